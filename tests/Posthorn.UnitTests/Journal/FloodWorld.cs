using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.UnitTests.Journal;

/// <summary>
/// A queue on virtual time with workers that each take one message and work on it for a while, and tenants that send steadily; one of them may
/// send thousands at once. With and without that flood everybody else sends the same at the same times, and it takes as long to work on.
/// </summary>
internal sealed class FloodWorld(QueueFairness? fairness, int flood, int workers = FloodWorld.WorkersMany)
{
    public const string Flooder = "flooder";
    public const int WorkersMany = 40;
    public const int QuietTenants = 10;

    /// <summary>The mean; the shortest takes half of it, the longest half more.</summary>
    public static readonly TimeSpan Service = TimeSpan.FromMilliseconds(100);

    /// <summary>When the flood comes.</summary>
    public static readonly TimeSpan FloodAt = TimeSpan.FromSeconds(5);

    private const double QuietLoad = 0.3;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(40);
    private static readonly QueueName Jobs = QueueName.Parse("jobs");

    private readonly ManualTimeProvider _time = new();
    private readonly PriorityQueue<Func<Task>, (TimeSpan At, int Order)> _events = new();
    private readonly Dictionary<MessageId, Job> _jobs = [];
    private JournalEngine _engine = null!;
    private TimeSpan _now;
    private int _order;
    private int _idle;

    public List<Job> Done { get; } = [];

    /// <summary>The queue's figures at the end.</summary>
    public QueueStatus Status { get; private set; } = null!;

    /// <summary>The most that ever waited in the delayed lane.</summary>
    public long DelayedMost { get; private set; }

    public async Task<FloodWorld> RunAsync()
    {
        var options = JournalTestOptions.Small with { SegmentBytes = 4 << 20, ReserveBytes = 1 << 20, CallersWrite = true };
        await using var engine = _engine = await JournalEngine.OpenAsync(new MemoryFileSystem(), options, _time);
        await engine.CommitAsync(new Commit().SetQueue(Jobs, new QueuePolicy { Fairness = fairness, VisibilityTimeout = TimeSpan.FromHours(1) }));
        _idle = workers;
        Plan();
        while (_events.TryDequeue(out var happens, out var when))
        {
            _time.Advance(when.At - _now);
            _now = when.At;
            await happens();
            while (_events.TryPeek(out _, out var next) && next.At == _now)
                await _events.Dequeue()();
            await StartAsync();
        }
        Status = engine.Status(Jobs)!;
        return this;
    }

    private void Plan()
    {
        var between = Service.TotalSeconds * QuietTenants / (workers * QuietLoad);
        for (var tenant = 0; tenant < QuietTenants; tenant++)
        {
            var (random, at, name) = (new Random(tenant + 1), TimeSpan.Zero, $"quiet-{tenant}");
            while ((at += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * between)) < Length)
                Send(at, [new Job(name, at, ServiceOf(random))]);
        }
        var floods = new Random(99);
        for (var sent = 0; sent < flood; sent += 100)
            Send(FloodAt, [.. Enumerable.Range(0, 100).Select(_ => new Job(Flooder, FloodAt, ServiceOf(floods)))]);
    }

    private static TimeSpan ServiceOf(Random random) => Service * (0.5 + random.NextDouble());

    private void Send(TimeSpan at, Job[] jobs) => At(at, async () =>
    {
        var commit = new Commit();
        foreach (var job in jobs)
            commit.Add(new NewMessage { Queue = Jobs, Content = Body.Of(new byte[1]), Attributes = new Dictionary<string, AttributeValue> { ["account"] = job.Tenant } });
        var added = (await _engine.CommitAsync(commit)).Added;
        for (var i = 0; i < jobs.Length; i++)
            _jobs.Add(added[i].Id, jobs[i]);
    });

    /// <summary>Every idle worker takes a message, when there is one.</summary>
    private async Task StartAsync()
    {
        while (_idle > 0 && await _engine.LeaseAsync(Jobs, new LeaseRequest { MessagesMax = 1 }) is [var lease])
        {
            _idle--;
            var job = _jobs[lease.Message.Id];
            job.Received.Add((_now, lease.Message.Number, lease.DelayedStay));
            At(_now + job.Service, async () =>
            {
                await _engine.CommitAsync(new Commit().Remove(lease));
                job.DoneAt = _now;
                Done.Add(job);
                _idle++;
            });
        }
        var status = _engine.Status(Jobs)!;
        DelayedMost = Math.Max(DelayedMost, status.Lanes.Delayed);
        if (_idle > 0 && status.Ready > 0)
            throw new InvalidOperationException($"{_idle.ToString(CultureInfo.InvariantCulture)} workers are idle while {status.Ready} messages wait.");
    }

    private void At(TimeSpan at, Func<Task> what) => _events.Enqueue(what, (at, _order++));

    /// <summary>A message as its sender and the workers know it.</summary>
    internal sealed record Job(string Tenant, TimeSpan SentAt, TimeSpan Service)
    {
        public List<(TimeSpan At, long Number, DelayedStay? Stay)> Received { get; } = [];

        public TimeSpan DoneAt { get; set; }

        /// <summary>How long it was in the queue: until it was done with.</summary>
        public TimeSpan InQueue => DoneAt - SentAt;
    }
}

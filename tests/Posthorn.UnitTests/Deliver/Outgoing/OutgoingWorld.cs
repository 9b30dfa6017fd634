using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Protocols.Schedules;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Bounces;
using Posthorn.Server.Operate.Clustering;
using Posthorn.UnitTests.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>The dispatcher with an engine in memory, a network of fake servers and a clock that moves when told.</summary>
internal sealed class OutgoingWorld : ITimeline, IAsyncDisposable
{
    public const string Mail = "From: a@sender.test\r\nTo: b@one.test\r\nSubject: hello there\r\nMessage-ID: <1@sender.test>\r\n\r\nHi.\r\n.dot\r\n";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public OutgoingWorld(Func<OutgoingOptions, OutgoingOptions>? with = null)
    {
        Options = new PosthornOptions
        {
            Hostname = "out.sender.test",
            Outgoing = (with ?? (o => o))(new OutgoingOptions { Jitter = 0, Schedule = RetrySchedule.Parse("10m, 30m, 2h"), DelayWarningAfter = null }),
        };
        Engine = new ReferenceEngine(Time);
        Orders = StandingOrders.Load(Engine, Cluster, Time, NullLogger<StandingOrders>.Instance);
        Network.Mx("one.test", "mx.one.test");
        One = Network.Host("mx.one.test");
    }

    public ManualTimeProvider Time { get; } = new();

    public PosthornOptions Options { get; }

    public ReferenceEngine Engine { get; }

    /// <summary>The nodes; this one alone unless a test says otherwise.</summary>
    public TestCluster Cluster { get; } = new();

    public FakeNetwork Network { get; } = new();

    /// <summary>The mail exchanger of one.test.</summary>
    public FakeSmtpServer One { get; }

    public StandingOrders Orders { get; }

    public ConcurrentQueue<TimelineEvent> Events { get; } = new();

    public OutgoingDispatcher Dispatcher { get; private set; } = null!;

    public async Task<OutgoingWorld> StartAsync()
    {
        Dispatcher = new OutgoingDispatcher(Engine, Options, Network, Network, new BounceWriter(Engine, Options, Time), Orders, this, Cluster, new NodeTally(Time), Time, NullLogger<OutgoingDispatcher>.Instance);
        await Dispatcher.StartAsync(CancellationToken.None);
        await UntilAsync(() => Dispatcher.HouseKeptAt != default, "it has begun");
        return this;
    }

    public Task<MessageId> QueueAsync(string recipient) => QueueAsync([new Recipient(recipient)]);

    public async Task<MessageId> QueueAsync(
        IReadOnlyList<Recipient> recipients, string sender = "a@sender.test", string content = Mail, Func<NewMessage, NewMessage>? with = null)
    {
        var message = new NewMessage
        {
            Queue = SpoolQueues.Outgoing,
            Content = Body.Of(Encoding.UTF8.GetBytes(content)),
            Envelope = new Envelope(sender, recipients),
            Group = OutgoingGroup.Of(recipients[0].Address[(recipients[0].Address.LastIndexOf('@') + 1)..]),
        };
        return (await Engine.CommitAsync(new Commit().Add((with ?? (m => m))(message)))).Added[0].Id;
    }

    public List<Message> In(QueueName queue) => Engine.BrowseAsync(queue, MessageFilter.All).ToBlockingEnumerable().ToList();

    public List<Message> Outgoing => In(SpoolQueues.Outgoing);

    public List<Message> DeadLetters => In(SpoolQueues.DeadLetters);

    public List<Message> Bounces => In(SpoolQueues.Root);

    public async Task<string> TextAsync(Message message)
    {
        await using var stream = await Engine.OpenAsync(message.Content);
        return await new StreamReader(stream).ReadToEndAsync();
    }

    /// <summary>Waits until it is so; the clock stands still meanwhile.</summary>
    public async Task UntilAsync(Func<bool> isSo, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > s_patience)
                throw new TimeoutException($"Not so within {s_patience}: {what}. Queue: {string.Join(" | ", Outgoing.Select(m => $"{m.Id} {m.State} due {m.DueAt:HH:mm:ss} {m.LastError}"))}; events: {string.Join(" | ", Events.Select(e => $"{e.Kind} {e.Detail}"))}; said: {string.Join(" | ", One.Commands)}");
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Waits until nothing of the outgoing queue is ready or leased, and nobody works.</summary>
    public Task RestAsync() => UntilAsync(() => Outgoing.TrueForAll(m => m.State is MessageState.Delayed or MessageState.Held) && Destinations.All(d => d.Ready == 0), "at rest");

    public Task EmptyAsync() => UntilAsync(() => Outgoing.Count == 0, "the queue is empty");

    /// <summary>
    /// Moves the clock in steps, so that what a timer starts can go on before the next one fires: what the dispatcher does once a second has been
    /// done by each step's time, however slow the machine is. A round that came late would count the steps it missed as time that it took.
    /// </summary>
    public async Task AdvanceAsync(TimeSpan by, TimeSpan? step = null)
    {
        var each = step ?? by;
        for (var done = TimeSpan.Zero; done < by; done += each)
        {
            Time.Advance(by - done < each ? by - done : each);
            await Task.Delay(TimeSpan.FromMilliseconds(5));
            await UntilAsync(() => Dispatcher.HouseKeptAt > Time.GetUtcNow() - TimeSpan.FromSeconds(1), "the house is kept");
        }
    }

    /// <summary>What the dispatcher says of the destinations; all that it asks is in memory.</summary>
    public IReadOnlyList<DestinationStatus> Destinations => Dispatcher.ListAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().Destinations;

    /// <summary>What it says of one.</summary>
    public DestinationStatus? Destination(string nameOrDomain) => Dispatcher.FindAsync(nameOrDomain, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public IEnumerable<string> Told(TimelineKind kind) => Events.Where(e => e.Kind == kind).Select(e => e.Detail ?? "");

    void ITimeline.Record(TimelineEvent happened) => Events.Enqueue(happened);

    /// <summary>Stops the dispatcher. A server that hangs would use up the drain's time, which is the clock's: it goes on meanwhile.</summary>
    public async Task StopAsync()
    {
        var stopped = Dispatcher.StopAsync(CancellationToken.None);
        while (!stopped.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(3));
            await Task.WhenAny(stopped, Task.Delay(5));
        }

        await stopped;
    }

    public async ValueTask DisposeAsync()
    {
        if (Dispatcher is not null)
        {
            await StopAsync();
            Dispatcher.Dispose();
        }

        await Orders.DisposeAsync();
        await Engine.DisposeAsync();
    }
}

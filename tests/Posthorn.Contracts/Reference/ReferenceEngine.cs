using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>
/// The engine's promises in the plainest code that keeps them: everything in memory, one lock, sorted by scanning. It keeps every contract, so
/// that a test of the stages that runs on it, where durability is not the matter, would run on the journal too.
/// </summary>
/// <remarks>Limits: what it holds survives the engine in its <see cref="ReferenceStore"/>, not the process; every operation costs as much as there are messages.</remarks>
public sealed partial class ReferenceEngine : IEngine
{
    private readonly TimeProvider _time;
    private readonly ReferenceStore _store;
    private readonly ITimer _timer;
    private readonly Lock _lock = new(); // Guards all fields below, and the store's state.
    private readonly Dictionary<QueueName, ReferenceConsumers> _consumers = [];
    private bool _isDisposed;
    private DateTimeOffset _servedAt; // what was due by then is announced; what became due since is not, should others move the clock

    /// <summary>An engine on a store of its own, which is empty.</summary>
    public ReferenceEngine(TimeProvider time) : this(time, new ReferenceStore())
    {
    }

    /// <summary>An engine on a store that another one may have filled: its leases have ended with it.</summary>
    public ReferenceEngine(TimeProvider time, ReferenceStore store)
    {
        (_time, _store) = (time, store);
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            foreach (var entry in State.Messages.Values)
            {
                State = State.With(entry with { LeasedUntil = null });
                if (entry is { IsConsumed: false, IsHeld: false })
                    DeadLetterWhenDue(entry);
            }
            SetTimer();
        }
    }

    public EngineHealth Health { get; private set; } = new(EngineState.Serving, null, long.MaxValue);

    private ReferenceState State
    {
        get => _store.State;
        set => _store.State = value;
    }

    public IBodyWriter CreateBody() => new ReferenceBodyWriter();

    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (content.Body is ReferenceBody && !State.Messages.Values.Any(e => ReferenceEquals(e.Content.Body, content.Body)))
                throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        }
        var bytes = new byte[content.Length];
        content.Prefix.CopyTo(bytes);
        content.Body.Bytes!.Value[(int)content.Skip..].CopyTo(bytes.AsMemory(content.Prefix.Length));
        return ValueTask.FromResult<Stream>(new MemoryStream(bytes, writable: false));
    }

    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var message in Look(now => State.Queues.GetValueOrDefault(queue) is { } q ? Browsed(q).Select(e => e.Snapshot(now)).Where(filter.Selects).ToList() : []))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message;
        }
        await Task.CompletedTask;
    }

    public ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Look(now => State.Messages.GetValueOrDefault(id)?.Snapshot(now)));

    public QueueStatus? Status(QueueName queue) => Look(now => State.Queues.GetValueOrDefault(queue) is { } q ? StatusOf(q, now) : null);

    public IReadOnlyList<QueueStatus> Queues() => Look(now => State.Queues.Values.Select(q => StatusOf(q, now)).ToList());

    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => Look(now => State.In(queue)
        .GroupBy(e => e.Group ?? "", StringComparer.Ordinal)
        .Select(g => StatusOf(queue, g, now))
        .ToList());

    public ChannelReader<string> ReadyGroups(QueueName queue)
    {
        lock (_lock)
        {
            ThrowIfOutOfService();
            var consumers = ConsumersOf(queue);
            consumers.Announcements?.Writer.TryComplete();
            consumers.Announced.Clear();
            consumers.Announcements = Channel.CreateUnbounded<string>();
            Serve();
            return consumers.Announcements.Reader;
        }
    }

    public ReadOnlyMemory<byte>? Document(string key) => Look(_ => State.Documents.TryGetValue(key, out var value) ? value : default(ReadOnlyMemory<byte>?));

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix) =>
        Look(_ => State.Documents.Where(d => d.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList());

    /// <summary>What a failed sync does to an engine.</summary>
    public void Fail(string reason)
    {
        lock (_lock)
        {
            Health = new EngineHealth(EngineState.Failed, reason, 0);
            EndWaits(waiter => waiter.Answer.TrySetException(new EngineFailedException(reason)));
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer.Dispose();
            EndWaits(waiter => waiter.Answer.TrySetResult([]));
        }
        return ValueTask.CompletedTask;
    }

    private IEnumerable<ReferenceEntry> Browsed(ReferenceQueue queue)
    {
        var entries = State.In(queue.Name);
        var ordered = queue.Policy.IsFifo ? entries : entries.OrderByDescending(e => e.Priority.Value).ThenBy(e => e.Number);
        return ordered.Concat(State.ConsumedIn(queue.Name));
    }

    private T Look<T>(Func<DateTimeOffset, T> at)
    {
        lock (_lock)
        {
            ThrowIfOutOfService();
            Tick();
            TellWatches();
            return at(_time.GetUtcNow());
        }
    }

    private void EndWaits(Action<Waiter> answer)
    {
        foreach (var waiter in _waiters)
            answer(waiter);
        _waiters.Clear();
        foreach (var waiter in _lines.Values.SelectMany(line => line))
            waiter.TrySetResult(true);
        foreach (var watch in _watches.Keys)
            watch.End(Health.State == EngineState.Failed ? new EngineFailedException(Health.Reason!) : null);
        foreach (var consumers in _consumers.Values)
            consumers.Announcements?.Writer.TryComplete(Health.State == EngineState.Failed ? new EngineFailedException(Health.Reason!) : null);
    }

    private ReferenceConsumers ConsumersOf(QueueName queue)
    {
        if (!_consumers.TryGetValue(queue, out var consumers))
            _consumers[queue] = consumers = new ReferenceConsumers();
        return consumers;
    }

    private void ThrowIfOutOfService()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Health.State == EngineState.Failed)
            throw new EngineFailedException(Health.Reason!);
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts;

/// <summary>
/// An engine that is closed and opened again after each commit, and before each look at it when time has passed: what a contract promises must
/// hold over every restart, wherever it comes.
/// </summary>
/// <remarks>
/// Limits: while a message is leased, a caller waits or a queue is being read it is not restarted, for that may end with a restart; and no more
/// once a large body was opened, a body is written, ready groups are announced or a queue is watched; nor while the wall clock is behind what it was, for an engine
/// that starts then takes what was sent later for delayed.
/// </remarks>
public sealed class RestartingEngine : IEngine
{
    // Held while it is closed and opened again; guards all fields.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Func<Task<IEngine>> _open;
    private readonly TimeProvider _time;
    private IEngine _inner;
    private DateTimeOffset _seenAt;
    private int _callers;
    private bool _isPinned;

    private RestartingEngine(Func<Task<IEngine>> open, TimeProvider time, IEngine inner) =>
        (_open, _time, _inner, _seenAt) = (open, time, inner, time.GetUtcNow());

    /// <summary>How often it was closed and opened again.</summary>
    public int Restarts { get; private set; }

    public EngineHealth Health => Look(engine => engine.Health);

    /// <summary>Opens the engine for the first time.</summary>
    /// <param name="open">Opens the engine, on the same store each time.</param>
    /// <param name="time">The engine's clock.</param>
    public static async Task<IEngine> OpenAsync(Func<Task<IEngine>> open, TimeProvider time) => new RestartingEngine(open, time, await open());

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: false);
        try
        {
            return await engine.CommitAsync(commit, cancellationToken);
        }
        finally
        {
            await LeaveAsync(restarts: true);
        }
    }

    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        // One that waits is to be in the line when the call returns.
        var engine = await EnterAsync(restartsWhenTimePassed: request.Wait == TimeSpan.Zero);
        try
        {
            return await engine.LeaseAsync(queue, request, cancellationToken);
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    public ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default) =>
        AskAsync(engine => engine.LeaseAsync(queue, targets, visibilityTimeout, cancellationToken));

    public async ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: false);
        try
        {
            return await engine.ExtendAsync(handle, visibilityTimeout, cancellationToken);
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    public IBodyWriter CreateBody() => Look(engine =>
    {
        _isPinned = true;
        return engine.CreateBody();
    });

    public async ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: false);
        try
        {
            _isPinned |= content.Length > 4096;
            return await engine.OpenAsync(content, cancellationToken);
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    public async ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: false);
        try
        {
            return await engine.TryReadStartAsync(content, target, checksum, cancellationToken);
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: true);
        try
        {
            await foreach (var message in engine.BrowseAsync(queue, filter, cancellationToken))
                yield return message;
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    public ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default) => AskAsync(engine => engine.FindAsync(id, cancellationToken));

    public ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default) =>
        AskAsync(engine => engine.FindAsync(queue, number, cancellationToken));

    public ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default) =>
        AskAsync(engine => engine.ListAsync(queue, from, max, cancellationToken));

    public ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default) =>
        AskAsync(engine => engine.ReadAsync(queue, numbers, cancellationToken));

    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => Look(engine => engine.FlagCounts(queue));

    public IQueueWatch Watch(QueueName queue, int capacity) => Look(engine =>
    {
        _isPinned = true;
        return engine.Watch(queue, capacity);
    });

    public QueueStatus? Status(QueueName queue) => Look(engine => engine.Status(queue));

    public IReadOnlyList<QueueStatus> Queues() => Look(engine => engine.Queues());

    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => Look(engine => engine.Groups(queue));

    public ChannelReader<string> ReadyGroups(QueueName queue) => Look(engine =>
    {
        _isPinned = true;
        return engine.ReadyGroups(queue);
    });

    public void Defer(QueueName queue, string group, TimeSpan time) => Look(engine =>
    {
        _isPinned = true;
        engine.Defer(queue, group, time);
        return true;
    });

    public ReadOnlyMemory<byte>? Document(string key) => Look(engine => engine.Document(key));

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix) => Look(engine => engine.Documents(prefix));

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _isPinned = true;
            await _inner.DisposeAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<T> AskAsync<T>(Func<IEngine, ValueTask<T>> ask)
    {
        var engine = await EnterAsync(restartsWhenTimePassed: true);
        try
        {
            return await ask(engine);
        }
        finally
        {
            await LeaveAsync(restarts: false);
        }
    }

    private T Look<T>(Func<IEngine, T> look)
    {
        _gate.Wait();
        try
        {
            return look(_inner);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<IEngine> EnterAsync(bool restartsWhenTimePassed)
    {
        await _gate.WaitAsync();
        try
        {
            if (restartsWhenTimePassed && _seenAt != _time.GetUtcNow())
                await RestartWhenQuietAsync();
            _callers++;
            return _inner;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask LeaveAsync(bool restarts)
    {
        await _gate.WaitAsync();
        try
        {
            _callers--;
            if (restarts)
                await RestartWhenQuietAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RestartWhenQuietAsync()
    {
        if (_callers > 0 || _isPinned || _time.GetUtcNow() < _seenAt || _inner.Health.State != EngineState.Serving || _inner.Queues().Any(queue => queue.Leased > 0))
            return;
        await _inner.DisposeAsync();
        _inner = await _open();
        _seenAt = _time.GetUtcNow();
        Restarts++;
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>
/// The engine's promises in the plainest code that keeps them: everything in memory, one lock, sorted by scanning. Tests of the stages use
/// it where durability is not their matter.
/// </summary>
/// <remarks>
/// Limits: nothing survives it; every operation costs as much as there are messages; one operation a message and commit; policies and
/// times out of range are not refused. The contracts in full are the journal's.
/// </remarks>
public sealed partial class ReferenceEngine(TimeProvider time) : IEngine
{
    private readonly Lock _lock = new(); // Guards all fields below.
    private readonly SortedDictionary<QueueName, ReferenceQueue> _queues = [];
    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> _documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset At, CommitResult Result)> _keys = new(StringComparer.Ordinal);
    private readonly List<Waiter> _waiters = [];
    private ulong _nextId = 1;
    private ulong _nextToken = 1;
    private long _nextIdentity = 1;
    private bool _isDisposed;

    public EngineHealth Health { get; private set; } = new(EngineState.Serving, null, long.MaxValue);

    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CommitResult result;
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            if (commit.IdempotencyKey is { } key && _keys.TryGetValue(key, out var known) && known.At > time.GetUtcNow() - TimeSpan.FromHours(1))
                return ValueTask.FromResult(known.Result with { IsRepeat = true });
            Check(commit);
            result = new CommitResult([.. commit.Operations.Select(Apply).OfType<AddedMessage>()]);
            if (commit.IdempotencyKey is { } newKey)
                _keys[newKey] = (time.GetUtcNow(), result);
        }
        Serve();
        return ValueTask.FromResult(result);
    }

    public ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            if (Find(handle) is not { } entry)
                return ValueTask.FromResult<DateTimeOffset?>(null);
            entry.LeasedUntil = time.GetUtcNow() + visibilityTimeout;
            SetTimer(entry.LeasedUntil.Value);
            return ValueTask.FromResult(entry.LeasedUntil);
        }
    }

    public IBodyWriter CreateBody() => new ReferenceBodyWriter();

    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        var bytes = new byte[content.Length];
        content.Prefix.CopyTo(bytes);
        content.Body.Bytes!.Value[(int)content.Skip..].CopyTo(bytes.AsMemory(content.Prefix.Length));
        return ValueTask.FromResult<Stream>(new MemoryStream(bytes, writable: false));
    }

    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<Message> snapshot;
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            snapshot = _queues.TryGetValue(queue, out var q) ? [.. q.InOrder().Select(e => e.Snapshot(time.GetUtcNow()))] : [];
        }
        foreach (var message in snapshot.Where(filter.Selects))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message;
        }
        await Task.CompletedTask;
    }

    public ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            return ValueTask.FromResult(Find(id)?.Snapshot(time.GetUtcNow()));
        }
    }

    public QueueStatus? Status(QueueName queue)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            return _queues.TryGetValue(queue, out var q) ? q.Status(time.GetUtcNow()) : null;
        }
    }

    public IReadOnlyList<QueueStatus> Queues()
    {
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            return [.. _queues.Values.Select(q => q.Status(time.GetUtcNow()))];
        }
    }

    public IReadOnlyList<GroupStatus> Groups(QueueName queue)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            return _queues.TryGetValue(queue, out var q)
                ? [.. q.Entries.GroupBy(e => e.Group ?? "").Select(g => new GroupStatus(g.Key, g.Count(e => e.IsReady(time.GetUtcNow())), g.Count(), g.Min(e => e.EnqueuedAt)))]
                : [];
        }
    }

    public ChannelReader<string> ReadyGroups(QueueName queue)
    {
        ReferenceQueue q;
        lock (_lock)
        {
            ThrowIfFailed();
            q = GetOrMake(queue);
            q.Announcements ??= Channel.CreateUnbounded<string>();
        }
        Serve();
        return q.Announcements.Reader;
    }

    public ReadOnlyMemory<byte>? Document(string key)
    {
        lock (_lock)
            return _documents.TryGetValue(key, out var value) ? value : default(ReadOnlyMemory<byte>?);
    }

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix)
    {
        lock (_lock)
            return [.. _documents.Where(d => d.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    /// <summary>What a failed sync does to an engine.</summary>
    public void Fail(string reason)
    {
        lock (_lock)
            Health = new EngineHealth(EngineState.Failed, reason, 0);
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _isDisposed = true;
        return ValueTask.CompletedTask;
    }

    private void ThrowIfFailed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Health.State == EngineState.Failed)
            throw new EngineFailedException(Health.Reason!);
    }

    private ReferenceEntry? Find(MessageId id) => _queues.Values.SelectMany(q => q.Entries).FirstOrDefault(e => e.Id == id);

    private ReferenceEntry? Find(ReceiptHandle handle) =>
        Find(handle.Message) is { } entry && entry.Token == handle.Token && entry.LeasedUntil > time.GetUtcNow() ? entry : null;

    private ReferenceQueue GetOrMake(QueueName name)
    {
        if (!_queues.TryGetValue(name, out var queue))
            _queues[name] = queue = new ReferenceQueue(name, _nextIdentity++);
        return queue;
    }
}

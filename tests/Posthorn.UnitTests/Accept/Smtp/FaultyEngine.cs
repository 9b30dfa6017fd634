using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>The reference engine with faults on demand.</summary>
internal sealed class FaultyEngine(TimeProvider time) : IEngine
{
    private readonly ReferenceEngine _engine = new(time);

    /// <summary>Thrown by the next commits.</summary>
    public Exception? CommitFault { get; set; }

    /// <summary>Which queues cannot be asked for.</summary>
    public Func<QueueName, bool>? IsAway { get; set; }

    /// <summary>Thrown when a body is flushed.</summary>
    public Exception? FlushFault { get; set; }

    /// <summary>Thrown when content is opened.</summary>
    public Exception? OpenFault { get; set; }

    /// <summary>The number of a message whose record cannot be read.</summary>
    public long? DamagedNumber { get; set; }

    /// <summary>How often messages were read by number.</summary>
    public int Reads { get; private set; }

    /// <summary>How often a queue was listed.</summary>
    public int Lists { get; private set; }

    /// <summary>What commits wait for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>What happens right before a commit.</summary>
    public Func<Commit, Task>? BeforeCommit { get; set; }

    /// <summary>What lists wait for.</summary>
    public Task ListGate { get; set; } = Task.CompletedTask;

    /// <summary>Completes when a commit has begun.</summary>
    public TaskCompletionSource CommitBegun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes bodies; the reference engine's when null.</summary>
    public Func<IBodyWriter>? Bodies { get; set; }

    public EngineHealth? StatedHealth { get; set; }

    public EngineHealth Health => StatedHealth ?? _engine.Health;

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        CommitBegun.TrySetResult();
        await Gate;
        if (BeforeCommit is { } before)
            await before(commit);
        return CommitFault is null ? await _engine.CommitAsync(commit, cancellationToken) : throw CommitFault;
    }

    public IBodyWriter CreateBody() => Bodies?.Invoke() ?? new FaultyBody(_engine.CreateBody(), this);

    public ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default) =>
        _engine.LeaseAsync(queue, request, cancellationToken);

    public ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default) =>
        _engine.ExtendAsync(handle, visibilityTimeout, cancellationToken);

    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default) =>
        OpenFault is null ? _engine.OpenAsync(content, cancellationToken) : throw OpenFault;

    public ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default) =>
        ((IEngine)_engine).TryReadStartAsync(content, target, checksum, cancellationToken);

    public IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, CancellationToken cancellationToken = default) =>
        _engine.BrowseAsync(queue, filter, cancellationToken);

    public ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default) => _engine.FindAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default) =>
        _engine.LeaseAsync(queue, targets, visibilityTimeout, cancellationToken);

    public async ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default)
    {
        Lists++;
        await ListGate.WaitAsync(cancellationToken);
        return await _engine.ListAsync(queue, from, max, cancellationToken);
    }

    public async ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default) =>
        await ReadAsync(queue, [number], cancellationToken) is [var found] ? found : null;

    public ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default)
    {
        Reads++;
        return DamagedNumber is { } damaged && numbers.Contains(damaged)
            ? throw new BodyLostException("The record is damaged.", isDamaged: true)
            : _engine.ReadAsync(queue, numbers, cancellationToken);
    }

    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => _engine.FlagCounts(queue);

    public IQueueWatch Watch(QueueName queue, int capacity) => _engine.Watch(queue, capacity);

    public QueueStatus? Status(QueueName queue) => IsAway?.Invoke(queue) == true ? throw new EngineUnavailableException("the database is away") : _engine.Status(queue);

    public IReadOnlyList<QueueStatus> Queues() => _engine.Queues();

    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => _engine.Groups(queue);

    public ChannelReader<string> ReadyGroups(QueueName queue) => _engine.ReadyGroups(queue);

    public void Defer(QueueName queue, string group, TimeSpan time) => _engine.Defer(queue, group, time);

    public ReadOnlyMemory<byte>? Document(string key) => _engine.Document(key);

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix) => _engine.Documents(prefix);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private sealed class FaultyBody(IBodyWriter body, FaultyEngine engine) : IBodyWriter
    {
        public long Length => body.Length;

        public void Advance(int count) => body.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => body.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => body.GetSpan(sizeHint);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => engine.FlushFault is null ? body.FlushAsync(cancellationToken) : throw engine.FlushFault;

        public ValueTask<Body> CompleteAsync(CancellationToken cancellationToken) => body.CompleteAsync(cancellationToken);

        public ValueTask DisposeAsync() => body.DisposeAsync();
    }
}

using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.UnitTests.Pipeline;

/// <summary>An engine whose commits can be made to fail, and which counts what is asked of it.</summary>
internal sealed class ObservedEngine(IEngine inner) : IEngine
{
    private readonly HashSet<Body> _leased = new(ReferenceEqualityComparer.Instance);
    private int _opened;

    public int Opened => _opened;

    public List<Commit> Commits { get; } = [];

    /// <summary>Looks at a commit first, and may throw.</summary>
    public Action<Commit>? BeforeCommit { get; set; }

    public EngineHealth Health => inner.Health;

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        BeforeCommit?.Invoke(commit);
        var result = await inner.CommitAsync(commit, cancellationToken);
        lock (Commits)
            Commits.Add(commit);
        return result;
    }

    /// <summary>Bodies that a commit brings which are not those of leased messages.</summary>
    public IEnumerable<Body> NewBodies(Commit commit) => commit.Operations
        .Select(o => o switch { CommitOperation.Add add => add.Message.Content, CommitOperation.Change change => change.Changes.Content, _ => null })
        .OfType<Content>().Select(c => c.Body).Where(b => !_leased.Contains(b));

    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default) =>
        Noted(await inner.LeaseAsync(queue, request, cancellationToken));

    public ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default) =>
        inner.ExtendAsync(handle, visibilityTimeout, cancellationToken);

    public void Defer(QueueName queue, string group, TimeSpan time) => inner.Defer(queue, group, time);

    public IBodyWriter CreateBody() => inner.CreateBody();

    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _opened);
        return inner.OpenAsync(content, cancellationToken);
    }

    public IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, CancellationToken cancellationToken = default) =>
        inner.BrowseAsync(queue, filter, cancellationToken);

    public ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default) => inner.FindAsync(id, cancellationToken);

    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default) =>
        Noted(await inner.LeaseAsync(queue, targets, visibilityTimeout, cancellationToken));

    public ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default) =>
        inner.ListAsync(queue, from, max, cancellationToken);

    public ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default) =>
        inner.FindAsync(queue, number, cancellationToken);

    public ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(queue, numbers, cancellationToken);

    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => inner.FlagCounts(queue);

    public IQueueWatch Watch(QueueName queue, int capacity) => inner.Watch(queue, capacity);

    public QueueStatus? Status(QueueName queue) => inner.Status(queue);

    public IReadOnlyList<QueueStatus> Queues() => inner.Queues();

    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => inner.Groups(queue);

    public System.Threading.Channels.ChannelReader<string> ReadyGroups(QueueName queue) => inner.ReadyGroups(queue);

    public ReadOnlyMemory<byte>? Document(string key) => inner.Document(key);

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix) => inner.Documents(prefix);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IReadOnlyList<LeasedMessage> Noted(IReadOnlyList<LeasedMessage> leased)
    {
        lock (_leased)
            _leased.UnionWith(leased.Select(l => l.Message.Content.Body));
        return leased;
    }
}

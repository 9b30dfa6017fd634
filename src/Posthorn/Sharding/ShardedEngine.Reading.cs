using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>What shards hold, each asked for its own.</summary>
public sealed partial class ShardedEngine
{
    /// <inheritdoc/>
    public IBodyWriter CreateBody() => new ShardBodyWriter(_map.Home);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        var (shard, inner) = InnerOf(content);
        return shard.AskAsync(e => e.OpenAsync(inner, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default)
    {
        var (shard, inner) = InnerOf(content);
        return shard.AskAsync(e => e.TryReadStartAsync(inner, target, checksum, cancellationToken));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (BetweenQueues.Has(queue))
            yield break;
        var shard = ShardOf(queue);
        await using var messages = shard.Engine.BrowseAsync(queue, filter, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await shard.AskAsync(_ => messages.MoveNextAsync()))
            yield return _map.Shown(shard, messages.Current);
    }

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default)
    {
        Message? onItsWay = null;
        var likely = _map.ShardOf(id);
        foreach (var shard in _map.Links.OrderBy(l => l != likely))
        {
            if (await shard.AskAsync(e => e.FindAsync(id, cancellationToken)) is not { } message || message.Queue == BetweenQueues.Receipts)
                continue;
            if (!BetweenQueues.Has(message.Queue))
                return _map.Shown(shard, message);
            // A dead letter is one already; where, the other shard may know better.
            var shown = ShardMap.WithBodyOf(shard, message);
            onItsWay ??= BetweenQueues.DeadLetterQueueOf(message.Queue) is { } letters ? shown with { Queue = letters } : shown;
        }
        return onItsWay;
    }

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default)
    {
        var shard = ShardOf(queue);
        return await shard.AskAsync(e => e.FindAsync(queue, number, cancellationToken)) is { } message ? _map.Shown(shard, message) : null;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default) =>
        ShardOf(queue).AskAsync(e => e.ListAsync(queue, from, max, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default)
    {
        var shard = ShardOf(queue);
        return [.. (await shard.AskAsync(e => e.ReadAsync(queue, numbers, cancellationToken))).Select(m => _map.Shown(shard, m))];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => ShardOf(queue).Look(e => e.FlagCounts(queue));

    /// <inheritdoc/>
    public IQueueWatch Watch(QueueName queue, int capacity) => ShardOf(queue).Engine.Watch(queue, capacity);

    /// <inheritdoc/>
    public QueueStatus? Status(QueueName queue) => BetweenQueues.Has(queue) ? null : ShardOf(queue).Look(e => e.Status(queue)) is { } status ? ShardMap.Shown(status) : null;

    /// <summary>All queues with their figures, ordered by name; those of a shard that cannot be reached are left out.</summary>
    /// <exception cref="EngineUnavailableException">The home shard cannot be reached.</exception>
    public IReadOnlyList<QueueStatus> Queues() => Queues(out _);

    /// <inheritdoc cref="Queues()"/>
    /// <param name="isWhole">Whether none were left out.</param>
    public IReadOnlyList<QueueStatus> Queues(out bool isWhole)
    {
        var queues = _map.Links.Select(QueuesOf).ToList();
        isWhole = !queues.Contains(null);
        return [.. queues.OfType<IEnumerable<QueueStatus>>().SelectMany(q => q).OrderBy(q => q.Name.Value, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => ShardOf(queue).Look(e => e.Groups(queue));

    /// <inheritdoc/>
    public ChannelReader<string> ReadyGroups(QueueName queue) => ShardOf(queue).Engine.ReadyGroups(queue);

    /// <inheritdoc/>
    public void Defer(QueueName queue, string group, TimeSpan time) => ShardOf(queue).Engine.Defer(queue, group, time);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Document(string key) => _map.Home.Engine.Document(key);

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix) =>
        [.. _map.Home.Engine.Documents(prefix).Where(d => !ShardRegistry.IsOwn(d.Key))];

    /// <returns>Null when it cannot be reached.</returns>
    private static IEnumerable<QueueStatus>? QueuesOf(ShardLink shard)
    {
        try
        {
            return shard.Look(e => e.Queues()).Where(q => !BetweenQueues.Has(q.Name)).Select(ShardMap.Shown);
        }
        catch (EngineUnavailableException) when (!shard.IsHome)
        {
            return null; // the health says so
        }
    }

    private (ShardLink Shard, Content Content) InnerOf(Content content) =>
        content.Body is ShardBody known ? (known.Shard, content with { Body = known.Inner }) : (_map.Home, content);
}

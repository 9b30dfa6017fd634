using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>Leases, each of the shard of its queue.</summary>
public sealed partial class ShardedEngine
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        var shard = ShardOf(queue);
        return Shown(shard, await shard.AskAsync(e => e.LeaseAsync(queue, request, cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
    {
        var shard = ShardOf(queue);
        return Shown(shard, await shard.AskAsync(e => e.LeaseAsync(queue, targets, visibilityTimeout, cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        var likely = _map.ShardOf(handle.Message);
        foreach (var shard in _map.Links.OrderBy(l => l != likely))
        {
            if (await shard.AskAsync(e => e.ExtendAsync(handle, visibilityTimeout, cancellationToken)) is { } until)
            {
                _map.Seen(handle.Message, shard);
                return until;
            }
        }
        return null;
    }

    private LeasedMessage[] Shown(ShardLink shard, IReadOnlyList<LeasedMessage> leased)
    {
        var shown = new LeasedMessage[leased.Count];
        for (var i = 0; i < shown.Length; i++)
            shown[i] = _map.Shown(shard, leased[i]);
        return shown;
    }
}

using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Sharding.Spanning;

/// <summary>What one commit, decided in one shard, hands to another: it happens there as one commit.</summary>
/// <param name="From">Where it was decided and lies in the outbox.</param>
/// <param name="To">Where it happens.</param>
/// <param name="Operations">What happens, in order; bodies are those of <paramref name="From"/>.</param>
/// <param name="Parcels">The messages in the outbox, in the same order. The first one's id names the consignment for ever.</param>
internal sealed record Consignment(ShardLink From, ShardLink To, IReadOnlyList<CommitOperation> Operations, IReadOnlyList<MessageId> Parcels)
{
    /// <summary>The id of its receipt: nothing else is named so.</summary>
    public MessageId Receipt => Parcels[0];

    /// <summary>The idempotency key under which it is committed.</summary>
    public string Key => $"between-shards/{Receipt}";
}

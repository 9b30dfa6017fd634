using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Sharding.Spanning;

/// <summary>How a commit that spans shards is done: what one shard decides, and what then happens in others.</summary>
/// <param name="deciding">The shard that decides: all that may stand in the way lies in it.</param>
internal sealed class SpanningPlan(ShardLink deciding)
{
    private readonly List<(ShardLink Shard, int Place)> _added = [];
    private readonly Dictionary<ShardLink, int> _addedThere = [];
    private int _addedHere;

    public ShardLink Deciding { get; } = deciding;

    /// <summary>What happens in the deciding shard, each with its place in the commit.</summary>
    public List<(CommitOperation Operation, int Origin)> Decision { get; } = [];

    /// <summary>What happens in the others, by shard, in order.</summary>
    public SortedDictionary<int, (ShardLink Shard, List<CommitOperation> Operations)> Elsewhere { get; } = [];

    /// <summary>Operations that are refused when their message has changed since it was read, though the caller asks for nothing of the kind.</summary>
    public HashSet<int> Guarded { get; } = [];

    /// <summary>Messages that move and end in the same commit.</summary>
    public HashSet<MessageId> Ended { get; } = [];

    /// <summary>Has an operation happen in the deciding shard.</summary>
    public void Here(CommitOperation operation, int origin)
    {
        if (operation is CommitOperation.Add)
            _added.Add((Deciding, _addedHere++));
        Decision.Add((operation, origin));
    }

    /// <summary>Has an operation happen in another shard.</summary>
    public void There(ShardLink shard, CommitOperation operation)
    {
        if (!Elsewhere.TryGetValue(shard.Index, out var part))
            Elsewhere[shard.Index] = part = (shard, []);
        if (operation is CommitOperation.Add add)
        {
            var place = _addedThere[shard] = _addedThere.GetValueOrDefault(shard, -1) + 1;
            if (add.Message.Arrival is null)
                _added.Add((shard, place));
        }
        part.Operations.Add(operation);
    }

    /// <summary>The consignments, of which the decision has put the parcels into the outbox.</summary>
    /// <param name="decided">What the decision did.</param>
    /// <returns>Null when it is a repeat of one that was another commit: then nobody knows what it handed on.</returns>
    public IReadOnlyList<Consignment>? Consignments(CommitResult decided)
    {
        var parcels = decided.Added.Skip(_addedHere).Select(a => a.Id).ToList();
        if (parcels.Count != Elsewhere.Values.Sum(p => p.Operations.Count))
            return null;
        var consignments = new List<Consignment>();
        foreach (var (shard, operations) in Elsewhere.Values)
        {
            consignments.Add(new Consignment(Deciding, shard, operations, parcels.GetRange(0, operations.Count)));
            parcels.RemoveRange(0, operations.Count);
        }
        return consignments;
    }

    /// <summary>What the caller is answered.</summary>
    /// <param name="commit">His commit.</param>
    /// <param name="decided">What the decision did.</param>
    /// <param name="delivered">What the consignments did, in their order; null for one that happened long ago.</param>
    public CommitResult Result(Commit commit, CommitResult decided, IReadOnlyList<(Consignment Consignment, CommitResult? Result)> delivered)
    {
        var byShard = delivered.ToDictionary(d => d.Consignment.To, d => d.Result?.Added ?? []);
        byShard[Deciding] = decided.Added;
        var numbers = decided.Moved.GroupBy(m => m.Id).ToDictionary(g => g.Key, g => g.Last().Number);
        foreach (var (consignment, result) in delivered)
        {
            foreach (var (operation, at) in consignment.Operations.Where(o => o is CommitOperation.Add).Select((o, at) => (o, at)))
            {
                if (operation is CommitOperation.Add { Message.Arrival: { } arrival } && at < result?.Added.Count)
                    numbers[arrival.Id] = result.Added[at].Number;
            }
        }
        return new CommitResult([.. _added.Select(a => byShard.GetValueOrDefault(a.Shard) is { } added && a.Place < added.Count ? added[a.Place] : default)], decided.IsRepeat)
        {
            Moved = [.. commit.Operations.OfType<CommitOperation.Change>().Where(c => c.MoveTo is not null)
                .Select(c => new AddedMessage(c.Message.Id, Ended.Contains(c.Message.Id) ? 0 : numbers.GetValueOrDefault(c.Message.Id)))],
        };
    }
}

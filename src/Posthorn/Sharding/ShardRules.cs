using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>Which shard a queue is in: its name alone says it, so that every node comes to the same answer without asking.</summary>
internal sealed class ShardRules
{
    private readonly (string Pattern, int Shard)[] _rules;

    /// <param name="queues">The patterns of each shard after the home shard, in their order.</param>
    /// <exception cref="ShardsUnusableException">A pattern is there twice, or none.</exception>
    public ShardRules(IReadOnlyList<IReadOnlyList<string>> queues)
    {
        _rules = [.. queues.SelectMany((patterns, i) => patterns.Select(p => (p, i + 1)))];
        if (_rules.FirstOrDefault(r => r.Pattern.Length == 0) is { Pattern: not null })
            throw new ShardsUnusableException("A pattern of queue names is empty: write a name, or a part of one with * for the rest.");
        if (_rules.GroupBy(r => r.Pattern, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ShardsUnusableException($"The pattern '{twice.Key}' is there twice: a queue is in one shard. Leave one of them out.");
    }

    /// <summary>The shard of a queue: 0 for the home shard, which has what no pattern names and what shards use between themselves.</summary>
    public int Of(QueueName queue)
    {
        foreach (var (pattern, shard) in _rules)
        {
            if (QueuePattern.Matches(pattern, queue.Value))
                return shard;
        }
        return 0;
    }
}

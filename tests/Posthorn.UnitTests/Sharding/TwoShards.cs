using Posthorn.Contracts.Reference;
using Posthorn.Sharding;

namespace Posthorn.UnitTests.Sharding;

/// <summary>Two stores that make one, on the reference: a home shard and one called <c>b</c>, unless a test needs a name of its own.</summary>
internal sealed class TwoShards
{
    public static readonly string[] AllButOrders = ["invoices", "other", "audit", "new", "dead", "*-dead", "spool/process/*", "b-*"];

    /// <summary>The queues of the second shard.</summary>
    public IReadOnlyList<string> Queues { get; init; } = AllButOrders;

    public string Name { get; init; } = "b";

    public ReferenceStore Home { get; } = new();

    public ReferenceStore Other { get; } = new();

    /// <summary>Opens them as they were left, the engines as <paramref name="around"/> makes of them.</summary>
    public async Task<ShardedEngine> OpenAsync(TimeProvider time, Func<IShard, IShard>? around = null)
    {
        around ??= engine => engine;
        return await ShardedEngine.OpenAsync(around(new ReferenceEngine(time, Home)), [new Shard(Name, around(new ReferenceEngine(time, Other)), Queues)], time);
    }
}

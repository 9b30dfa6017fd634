using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Sharding;

namespace Posthorn.UnitTests.Sharding;

/// <summary>Two stores that make one, on the reference: a home shard and one called <c>b</c>, unless a test needs a name of its own.</summary>
internal sealed class TwoShards
{
    public static readonly string[] AllButOrders = ["invoices", "other", "audit", "new", "dead", "*-dead", "spool/process/*", "b-*"];

    private volatile bool _isAway;

    /// <summary>The queues of the second shard.</summary>
    public IReadOnlyList<string> Queues { get; init; } = AllButOrders;

    public string Name { get; init; } = "b";

    public ReferenceStore Home { get; } = new();

    public ReferenceStore Other { get; } = new();

    /// <summary>Whether the second one cannot be reached, of those that <see cref="OpenLosableAsync"/> opens.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Opens them as they were left, the engines as <paramref name="around"/> makes of them.</summary>
    public async Task<ShardedEngine> OpenAsync(TimeProvider time, Func<IShard, IShard>? around = null)
    {
        around ??= engine => engine;
        return await ShardedEngine.OpenAsync(around(new ReferenceEngine(time, Home)), [new Shard(Name, around(new ReferenceEngine(time, Other)), Queues)], time);
    }

    /// <summary>Opens them so that the second one can be away, now and later.</summary>
    public Task<ShardedEngine> OpenLosableAsync(TimeProvider time) => ShardedEngine.OpenAsync(
        new ReferenceEngine(time, Home),
        [new Shard(Name, _ => Fault() is { } fault ? throw fault : Task.FromResult(WatchedShard.Around(new ReferenceEngine(time, Other), _ => Fault())), Queues)], time);

    private EngineUnavailableException? Fault() => _isAway ? new EngineUnavailableException("gone") : null;
}

using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;

namespace Posthorn.Sharding;

/// <summary>An engine that can be one of several that make one (<see cref="ShardedEngine"/>).</summary>
public interface IShard : IEngine
{
    /// <summary>Names its store; kept in the store, so that it is the same however the store is reached.</summary>
    Guid Identity { get; }

    /// <summary>The nodes that share it.</summary>
    ICluster Cluster { get; }

    /// <summary>
    /// Gives ids of messages from one range from now on: the ids with this number above their lowest 48 bits. So no two shards name two messages alike,
    /// and an id says where its message began. To be called before the first commit; again, it changes nothing.
    /// </summary>
    /// <param name="range">0 to 32,767.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ShardsUnusableException">It has given ids of another range to messages that are there; nothing was changed.</exception>
    ValueTask UseIdRangeAsync(int range, CancellationToken cancellationToken = default);

    /// <summary>What the commit with an idempotency key did; null when the key is not known (<see cref="Commit.IdempotencyKey"/>).</summary>
    ValueTask<CommitResult?> FindCommitAsync(string key, CancellationToken cancellationToken = default);
}

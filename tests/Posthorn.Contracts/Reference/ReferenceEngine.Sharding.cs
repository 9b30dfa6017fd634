using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Sharding;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine : IShard
{
    private readonly SoleNode _node = new("reference", DateTimeOffset.UnixEpoch);

    public Guid Identity => _store.Identity;

    public ICluster Cluster => _node;

    public ValueTask UseIdRangeAsync(int range, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (IdRanges.FirstOf(range) > State.NextId || State.NextId >= IdRanges.EndOf(range))
            {
                if (!State.Messages.IsEmpty)
                    throw new ShardsUnusableException("The store holds messages whose ids another shard may give too.");
                State = State with { NextId = IdRanges.FirstOf(range) };
            }
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<CommitResult?> FindCommitAsync(string key, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Look(now => State.Keys.TryGetValue(key, out var known) && known.Until > now ? known.Result with { IsRepeat = true } : null));
}

using Posthorn.Contracts;
using Posthorn.Engine;

namespace Posthorn.UnitTests.Sharding;

// Every contract, on two shards: the queue "orders" is in the home shard, those that go with it are in the other, so that commits on both span them.

public sealed class ShardedCommitTests : CommitContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedLeaseTests : LeaseContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedPriorityTests : PriorityContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedDelayTests : DelayContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedBrowseTests : BrowseContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedGroupTests : GroupContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedLimitsTests : LimitsContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedDeadLetterTests : DeadLetterContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedBodyTests : BodyContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRestartTests : RestartContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedFifoTests : FifoContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedFairTests : FairContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedDeferTests : DeferContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedDeduplicationTests : DeduplicationContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedReplayTests : ReplayContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRoomTests : RoomContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedBatchTests : BatchContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedMailTests : MailContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedSettlementTests : SettlementContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRemovalTests : RemovalContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedConcurrencyTests : ConcurrencyContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRegistryTests : RegistryContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedVisibilityTests : VisibilityContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRedriveTests : RedriveContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedMailboxTests : MailboxContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedClaimTests : ClaimContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedWatchTests : WatchContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

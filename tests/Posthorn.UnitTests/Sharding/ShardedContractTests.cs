using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

// Every contract, on two shards: the queue "orders" is in the home shard, those that go with it are in the other, so that commits on both span them.
// What cannot hold between shards stands in docs/conformance.md; here it is replaced by what does, or the queues it is about are in one shard.

public sealed class ShardedCommitTests : CommitContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);

    /// <summary>Each shard gives ids of its own: they are different, and grow within each.</summary>
    [Fact]
    public override async Task Numbers_grow_in_each_queue_and_ids_over_all()
    {
        var commit = new Commit().Add(Text(Orders, "1")).Add(Text(Invoices, "2")).Add(Text(Orders, "3"));
        var added = (await Engine.CommitAsync(commit)).Added;
        added.Select(message => message.Number).ShouldBe([1, 1, 2]);
        added.Select(message => message.Id).Distinct().Count().ShouldBe(3);
        added[2].Id.ShouldBeGreaterThan(added[0].Id);
        (await AddAsync(Orders, "4")).Number.ShouldBe(3);
        Engine.Status(Orders)!.NextNumber.ShouldBe(4);
    }
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
    private readonly TwoShards _shards = new() { Queues = ["invoices", "other", "audit"] };

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedBodyTests : BodyContract
{
    private readonly TwoShards _shards = new() { Queues = ["*"] };

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedRestartTests : RestartContract
{
    private readonly TwoShards _shards = new() { Queues = ["*"] };

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedFifoTests : FifoContract
{
    private readonly TwoShards _shards = new() { Queues = ["*"] };

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
    private readonly TwoShards _shards = new() { Queues = ["*"] };

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
    private readonly TwoShards _shards = new() { Queues = ["invoices"] };

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);

    protected override async Task UntilBuriedAsync(MessageId id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // It is told to be in its queue as soon as it is a dead letter; there it is when the queue has it.
        while (await Engine.FindAsync(id, patience.Token) is not { } letter || (await BrowseAsync(letter.Queue)).All(m => m.Id != id))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

public sealed class ShardedMailboxTests : MailboxContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);

    /// <summary>Each shard counts its changes itself: what moves to another has the number of its change there.</summary>
    [Fact]
    public override async Task Every_commit_gives_what_it_adds_or_changes_a_higher_number()
    {
        var (first, second) = (await AddAsync(Orders, "a"), await AddAsync(Orders, "b"));
        var (a, b) = (await ChangeOfAsync(first.Id), await ChangeOfAsync(second.Id));
        b.ShouldBeGreaterThan(a);
        await Engine.CommitAsync(new Commit().Change(first.Id, new MessageChanges { FlagsAdded = ["\\Seen"] }));
        (await ChangeOfAsync(first.Id)).ShouldBeGreaterThan(b);
        var there = await AddAsync(Invoices, "c");
        await Engine.CommitAsync(new Commit().Move(first.Id, Invoices));
        (await ChangeOfAsync(first.Id)).ShouldBeGreaterThan(await ChangeOfAsync(there.Id));
    }

    [Fact]
    public override async Task A_queues_highest_number_grows_with_every_change_removals_included()
    {
        var moved = await AddAsync(Orders, "a");
        await RemoveAsync((await AddAsync(Orders, "b")).Id);
        await AddAsync(Invoices, "c");
        var (here, there) = (Engine.Status(Orders)!.HighestModSeq, Engine.Status(Invoices)!.HighestModSeq);
        await Engine.CommitAsync(new Commit().Move(moved.Id, Invoices));
        Engine.Status(Orders)!.HighestModSeq.ShouldBeGreaterThan(here);
        Engine.Status(Invoices)!.HighestModSeq.ShouldBeGreaterThan(there);
    }

    private async Task<long> ChangeOfAsync(MessageId id) => (await Engine.FindAsync(id)).ShouldNotBeNull().ModSeq;
}

public sealed class ShardedClaimTests : ClaimContract
{
    private readonly TwoShards _shards = new() { Queues = ["*"] };

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

public sealed class ShardedWatchTests : WatchContract
{
    private readonly TwoShards _shards = new();

    protected override async Task<IEngine> OpenAsync() => await _shards.OpenAsync(Time);
}

using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Leasing by number: whoever has listed a queue takes what he chose, and each message goes to one.</summary>
public abstract class ClaimContract : EngineContract
{
    [Fact]
    public async Task Those_asked_for_are_leased_by_number_and_the_others_are_left_out()
    {
        for (var i = 1; i <= 5; i++)
            await AddAsync(Orders, $"{i}");
        var leased = await ClaimAsync(4, 2, 77, 4);
        leased.Select(l => l.Message.Number).ShouldBe([2, 4]);
        leased.Select(l => l.Message.State).ShouldAllBe(state => state == MessageState.Leased);
        (await TextsOfAsync(leased.Select(l => l.Message))).ShouldBe(["2", "4"]);
        (await ClaimAsync(1, 2, 3)).Select(l => l.Message.Number).ShouldBe([1, 3]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["5"]);
        await RemoveAsync(leased[0]);
        (await Engine.FindAsync(Orders, 2)).ShouldBeNull();
    }

    [Fact]
    public async Task Such_a_lease_ends_with_its_time_and_counts_as_a_receive()
    {
        await AddAsync(Orders, "a");
        var lease = (await ClaimAsync(1)).ShouldHaveSingleItem();
        (lease.Message.ReceiveCount, lease.ExpiresAt).ShouldBe((1, Time.GetUtcNow() + QueuePolicy.Default.VisibilityTimeout));
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        lease = (await Engine.LeaseAsync(Orders, [new LeaseTarget(1)], TimeSpan.FromMinutes(5))).ShouldHaveSingleItem();
        (lease.Message.ReceiveCount, lease.ExpiresAt).ShouldBe((2, Time.GetUtcNow() + TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public async Task What_was_received_too_often_becomes_a_dead_letter_however_it_was_received()
    {
        await SetAsync(Orders, new QueuePolicy { ReceivesMax = 2, DeadLetterQueue = Invoices });
        await AddAsync(Orders, "a");
        await ClaimAsync(1);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        await ClaimAsync(1);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        await UntilAsync(() => Engine.Status(Invoices)?.Messages == 1);
        (await Engine.ListAsync(Orders, 0, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_changed_since_is_not_leased()
    {
        await AddAsync(Orders, "a");
        await AddAsync(Orders, "b");
        var seen = await Engine.ListAsync(Orders, 0, 10);
        await Engine.CommitAsync(new Commit().Change(seen[0].Id, new MessageChanges { FlagsAdded = ["x"] }));
        var leased = await Engine.LeaseAsync(Orders, [.. seen.Select(m => new LeaseTarget(m.Number, m.ModSeq))]);
        leased.ShouldHaveSingleItem().Message.Number.ShouldBe(2);
        var again = (await Engine.ListAsync(Orders, 0, 1))[0];
        (await Engine.LeaseAsync(Orders, [new LeaseTarget(1, again.ModSeq - 1)])).ShouldBeEmpty();
        (await Engine.LeaseAsync(Orders, [new LeaseTarget(1, again.ModSeq)])).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_is_delayed_held_or_in_somebodys_hands_is_not_leased()
    {
        await AddAsync(Text(Orders, "delayed") with { DueAt = Time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        await AddAsync(Text(Orders, "held") with { IsHeld = true });
        await AddAsync(Orders, "leased");
        await LeaseOneAsync(Orders);
        (await ClaimAsync(1, 2, 3)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromSeconds(10));
        (await ClaimAsync(1, 2, 3)).ShouldHaveSingleItem().Message.Number.ShouldBe(1);
    }

    [Fact]
    public async Task A_paused_queue_gives_nothing_and_a_limit_of_leases_holds()
    {
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        await SetAsync(Orders, new QueuePolicy { IsPaused = true });
        (await ClaimAsync(1, 2)).ShouldBeEmpty();
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 3 });
        (await ClaimAsync(4)).Count.ShouldBe(1);
        (await ClaimAsync(3, 1, 2)).Select(l => l.Message.Number).ShouldBe([1, 2]);
        (await ClaimAsync(3)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_leased_of_a_queue_that_does_not_exist_or_of_what_was_consumed()
    {
        (await ClaimAsync(1)).ShouldBeEmpty();
        await SetAsync(Orders, new QueuePolicy { KeepConsumed = TimeSpan.FromHours(1) });
        await RemoveAsync((await AddAsync(Orders, "x")).Id);
        (await ClaimAsync(1)).ShouldBeEmpty();
    }

    [Fact]
    public async Task In_a_fifo_queue_only_what_stands_at_the_head_of_its_group_is_leased()
    {
        await SetAsync(Orders, new QueuePolicy { IsFifo = true });
        foreach (var group in new[] { "a", "a", "b", "a", "b" })
            await AddAsync(Text(Orders, group) with { Group = group });
        (await ClaimAsync(2, 5)).ShouldBeEmpty();
        var leased = await ClaimAsync(2, 1, 5);
        leased.Select(l => l.Message.Number).ShouldBe([1, 2]);
        (await ClaimAsync(4)).ShouldBeEmpty();
        await RemoveAsync(leased[0]);
        (await ClaimAsync(4)).ShouldBeEmpty();
        await RemoveAsync(leased[1]);
        (await ClaimAsync(3, 4)).Select(l => l.Message.Number).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Of_many_who_want_the_same_messages_each_message_goes_to_one()
    {
        await AddManyAsync(50, i => Text(Orders, $"{i + 1}"));
        var numbers = Enumerable.Range(1, 50).Select(i => new LeaseTarget(i)).ToArray();
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => i % 2 == 0
            ? await Engine.LeaseAsync(Orders, numbers)
            : await Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10 }))));
        var taken = claims.SelectMany(c => c).Select(l => l.Message.Number).ToList();
        taken.Count.ShouldBe(taken.Distinct().Count());
        taken.Concat((await LeaseAsync(Orders, 100)).Select(l => l.Message.Number)).Order().ShouldBe(Enumerable.Range(1, 50).Select(i => (long)i));
    }

    [Fact]
    public async Task Among_many_that_wait_any_is_leased_by_its_number()
    {
        await AddManyAsync(300, i => Text(Orders, $"{i + 1}") with { Priority = Priority.Of(i % 4), Flags = i % 5 == 4 ? ["five"] : [] });
        var leased = await ClaimAsync(290, 150, 7, 299);
        leased.Select(l => l.Message.Number).ShouldBe([7, 150, 290, 299]);
        (await TextsOfAsync(leased.Select(l => l.Message))).ShouldBe(["7", "150", "290", "299"]);
        Engine.FlagCounts(Orders)["five"].ShouldBe(60);
        await Engine.CommitAsync(leased.Aggregate(new Commit(), (commit, l) => commit.Remove(l)));
        Engine.FlagCounts(Orders)["five"].ShouldBe(58);
        (await LeaseAsync(Orders, 300)).Count.ShouldBe(296);
    }

    private async Task<IReadOnlyList<LeasedMessage>> ClaimAsync(params long[] numbers) =>
        await Engine.LeaseAsync(Orders, [.. numbers.Select(number => new LeaseTarget(number))]);
}

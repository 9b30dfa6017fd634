using System.Globalization;
using System.Threading.Channels;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>In a FIFO queue each group is handed out strictly in its order; groups do not wait for each other.</summary>
public abstract class FifoContract : EngineContract
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private Task MakeAsync(QueuePolicy? policy = null) => SetAsync(Orders, (policy ?? QueuePolicy.Default) with { IsFifo = true });

    private Task<AddedMessage> AddAsync(string text) => AddAsync(Text(Orders, text) with { Group = text[..1] });

    private async Task AddAllAsync(params string[] texts)
    {
        foreach (var text in texts)
            await AddAsync(text);
    }

    private static NewMessage Of(string text, int priority) => Text(Orders, text) with { Group = text[..1], Priority = Priority.Of(priority) };

    [Fact]
    public async Task A_group_with_a_message_in_flight_waits_and_others_go_on()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "b1", "b2");
        var a1 = await LeaseOneAsync(Orders);
        (await LeaseTextsAsync(Orders, 1)).ShouldBe(["b1"]);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        (await LeaseTextsAsync(Orders, 10, "a")).ShouldBeEmpty();
        await AddAsync("c1");
        (await LeaseTextsAsync(Orders)).ShouldBe(["c1"]);
        await RemoveAsync(a1);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a2"]);
    }

    [Fact]
    public async Task One_receive_takes_several_of_a_group_in_order_before_the_next_group()
    {
        await MakeAsync();
        await AddAllAsync("a1", "b1", "a2", "a3");
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1", "a2", "a3", "b1"]);
    }

    [Fact]
    public async Task Groups_take_turns()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "b1", "b2", "c1");
        (await TextsOfAsync((await LeaseAsync(Orders, 3, visibility: TimeSpan.Zero)).Select(l => l.Message))).ShouldBe(["a1", "a2", "b1"]);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["c1", "a1", "a2", "b1", "b2"]);
    }

    [Fact]
    public async Task Messages_without_a_group_are_one_group()
    {
        await MakeAsync();
        await AddAsync(Orders, "1");
        await AddAsync(Orders, "2");
        var first = await LeaseOneAsync(Orders);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        await RemoveAsync(first);
        (await LeaseTextsAsync(Orders, 10, "")).ShouldBe(["2"]);
    }

    [Fact]
    public async Task Priorities_do_not_break_the_order()
    {
        await MakeAsync();
        await AddAsync(Of("a1", 2));
        await AddAsync(Of("a2", 9));
        await AddAsync(Of("b1", 7));
        (await BrowseAsync(Orders)).Select(m => m.Priority.Value).ShouldBe([2, 9, 7]);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1", "a2", "b1"]);
    }

    [Fact]
    public async Task A_released_message_comes_again_before_those_behind_it()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "a3");
        var leases = await LeaseAsync(Orders, 2);
        await Engine.CommitAsync(new Commit().Release(leases[0]));
        // The second is still in somebody's hands: the first can be received, the third cannot.
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1"]);
        await RemoveAsync(leases[1]);
        (await LeaseTextsAsync(Orders, 10)).ShouldBeEmpty();
        await Engine.CommitAsync(new Commit().Release((MessageReference)leases[0].Message.Id));
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1", "a3"]);
    }

    [Fact]
    public async Task A_message_released_with_a_delay_keeps_its_group_waiting()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "b1");
        var a1 = (await LeaseAsync(Orders, 1, "a"))[0];
        await Engine.CommitAsync(new Commit().Release(a1, Minute));
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
        Time.Advance(Minute - TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders, 10, "a")).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders, 10, "a")).ShouldBe(["a1", "a2"]);
    }

    [Fact]
    public async Task Order_holds_when_leases_end_by_their_time()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "a3", "a4");
        var leases = await LeaseAsync(Orders, 3, visibility: Minute);
        await Engine.ExtendAsync(leases[1].Handle, 2 * Minute);
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1"]); // the second is held on to, the third behind it waits
        await RemoveAsync(leases[1]);
        (await LeaseTextsAsync(Orders, 10)).ShouldBeEmpty(); // now the first is held again
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["a1", "a3", "a4"]);
    }

    [Fact]
    public async Task A_message_given_back_comes_after_other_groups_and_lets_none_behind_it_pass()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "b1");
        var leases = await LeaseAsync(Orders, 2);
        await Engine.CommitAsync(new Commit().Release(leases[0]));
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1", "a1"]); // not a2, which is still out
    }

    [Fact]
    public async Task A_group_stays_closed_until_all_that_was_taken_of_it_is_settled()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "a3", "a4");
        var leases = await LeaseAsync(Orders, 3);
        await RemoveAsync(leases[0]);
        await RemoveAsync(leases[2]);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        await RemoveAsync(leases[1]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a4"]);
    }

    [Fact]
    public async Task An_extended_lease_keeps_its_group_closed()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2");
        var lease = await LeaseOneAsync(Orders);
        Time.Advance(TimeSpan.FromSeconds(20));
        await Engine.ExtendAsync(lease.Handle, Minute);
        Time.Advance(Minute - TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        await Engine.ExtendAsync(lease.Handle, TimeSpan.Zero);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1", "a2"]);
    }

    [Fact]
    public async Task What_came_too_late_does_not_end_a_message_that_is_out_again()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2");
        var late = await LeaseOneAsync(Orders);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        var again = await LeaseOneAsync(Orders);
        (await Should.ThrowAsync<CommitConflictException>(() => RemoveAsync(late))).Conflicts[0].Reason.ShouldBe(ConflictReason.LeaseEnded);
        await RemoveAsync(again);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a2"]);
    }

    [Fact]
    public async Task Numbers_grow_over_all_groups_and_are_never_used_again()
    {
        await MakeAsync();
        var numbers = new List<long>();
        foreach (var text in new[] { "a1", "b1", "a2" })
            numbers.Add((await AddAsync(text)).Number);
        await RemoveAsync((await LeaseAsync(Orders, 1, "b"))[0]);
        await ReopenAsync();
        numbers.Add((await AddAsync("b2")).Number);
        numbers.ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task A_delay_holds_for_all_of_the_queue_and_a_later_one_of_its_own_for_its_group()
    {
        await MakeAsync(new QueuePolicy { Delay = TimeSpan.FromSeconds(10) });
        await AddAsync("a1");
        await AddAsync(Text(Orders, "b1") with { Group = "b", DueAt = Time.GetUtcNow() + Minute });
        await AddAsync("b2");
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromSeconds(10));
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
        Time.Advance(TimeSpan.FromSeconds(50));
        (await LeaseTextsAsync(Orders, 10, "b")).ShouldBe(["b1", "b2"]);
    }

    [Fact]
    public async Task A_held_message_keeps_its_group_waiting_until_it_is_let_go_moved_or_removed()
    {
        await MakeAsync();
        var id = (await AddAsync("a1")).Id;
        await AddAllAsync("a2", "b1");
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = true }));
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
        await Engine.CommitAsync(new Commit().Move(id, Invoices));
        (await LeaseTextsAsync(Orders)).ShouldBe(["a2"]);
    }

    [Fact]
    public async Task Dead_letters_come_in_the_order_of_their_queue()
    {
        await SetAsync(Invoices, new QueuePolicy { IsFifo = true });
        await MakeAsync(new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices });
        await AddAllAsync("a1", "a2", "b1", "a3", "b2");
        await LeaseAsync(Orders, 10, visibility: Minute);
        Time.Advance(Minute);
        await UntilAsync(() => Engine.Status(Invoices)!.Messages == 5);
        (await TextsOfAsync(await BrowseAsync(Invoices))).ShouldBe(["a1", "a2", "b1", "a3", "b2"]);
        (await LeaseTextsAsync(Invoices, 10, "a")).ShouldBe(["a1", "a2", "a3"]);
    }

    [Fact]
    public async Task A_dead_letter_lets_its_group_go_on()
    {
        await MakeAsync(new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices });
        await AddAllAsync("a1", "a2");
        var a1 = await LeaseOneAsync(Orders);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await Engine.CommitAsync(new Commit().Release(a1, Minute));
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("a2");
        (await BrowseAsync(Invoices)).ShouldHaveSingleItem().Group.ShouldBe("a");
    }

    [Fact]
    public async Task Whoever_waits_is_served_when_the_group_is_free_again()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "a3");
        var leases = await LeaseAsync(Orders, 2, visibility: Minute);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10, Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await AddAsync("a4");
        await RemoveAsync(leases[1]); // the first is still out
        waiting.IsCompleted.ShouldBeFalse();
        await RemoveAsync(leases[0]);
        (await TextsOfAsync((await waiting.WaitAsync(Patience)).Select(l => l.Message))).ShouldBe(["a3", "a4"]);
        var next = Engine.LeaseAsync(Orders, new LeaseRequest { Group = "a", Wait = Timeout.InfiniteTimeSpan }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(30));
        (await TextOfAsync((await next.WaitAsync(Patience))[0].Message)).ShouldBe("a3");
    }

    [Fact]
    public async Task A_group_is_announced_when_it_can_be_received_and_again_when_what_is_in_flight_is_done()
    {
        await MakeAsync();
        await AddAsync("a1");
        var ready = Engine.ReadyGroups(Orders);
        Read(ready).ShouldBe(["a"]);
        var a1 = (await LeaseAsync(Orders, 10, "a"))[0];
        await AddAllAsync("a2", "b1");
        Read(ready).ShouldBe(["b"]);
        await RemoveAsync(a1);
        Read(ready).ShouldBe(["a"]);
        var a2 = (await LeaseAsync(Orders, 10, "a"))[0];
        await Engine.CommitAsync(new Commit().Release(a2, Minute));
        await AddAsync("a3");
        Read(ready).ShouldBeEmpty();
        Time.Advance(Minute);
        Read(ready).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_queue_becomes_fifo_or_ceases_to_be_only_while_it_is_empty()
    {
        var id = (await AddAsync("a1")).Id;
        var refusal = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit()
            .Add(Text(Invoices, "x")).SetQueue(Orders, new QueuePolicy { IsFifo = true })));
        refusal.Conflicts.ShouldBe([new CommitConflict(1, ConflictReason.QueueNotEmpty)]);
        Engine.Status(Invoices).ShouldBeNull();
        await RemoveAsync(id);
        await MakeAsync();
        await AddAllAsync("a1", "a2");
        await MakeAsync(new QueuePolicy { MessagesMax = 5 });
        await Should.ThrowAsync<CommitConflictException>(() => SetAsync(Orders, QueuePolicy.Default));
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders).SetQueue(Orders, QueuePolicy.Default).Add(Of("a1", 3)).Add(Of("a2", 8)));
        (await LeaseTextsAsync(Orders)).ShouldBe(["a2", "a1"]);
    }

    [Fact]
    public async Task A_queue_made_fifo_by_the_commit_that_fills_it_is_in_order()
    {
        await Engine.CommitAsync(new Commit().Add(Of("a1", 3)).Add(Of("a2", 8)).SetQueue(Orders, new QueuePolicy { IsFifo = true }).Add(Of("a3", 9)));
        var first = await LeaseOneAsync(Orders);
        (await TextOfAsync(first.Message)).ShouldBe("a1");
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        await RemoveAsync(first);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a2", "a3"]);
    }

    [Fact]
    public async Task Order_holds_over_a_restart()
    {
        await MakeAsync();
        await AddAllAsync("a1", "a2", "b1", "a3");
        var leases = await LeaseAsync(Orders, 2, "a");
        await Engine.CommitAsync(new Commit().Release(leases[0], Minute));
        await ReopenAsync();
        Engine.Status(Orders)!.Policy.IsFifo.ShouldBeTrue();
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders, 10, "a")).ShouldBe(["a1", "a2", "a3"]);
    }

    [Fact]
    public async Task Many_consumers_at_once_see_each_group_in_order()
    {
        const int groups = 7, each = 30;
        await MakeAsync();
        var commit = new Commit();
        for (var i = 0; i < groups * each; i++)
            commit.Add(Text(Orders, $"{i / groups}") with { Group = $"g{i % groups}" });
        await Engine.CommitAsync(commit);
        var seen = Enumerable.Range(0, groups).ToDictionary(g => $"g{g}", _ => new List<int>());
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            while (Engine.Status(Orders)!.Messages > 0)
            {
                var leases = await LeaseAsync(Orders, random.Next(1, 5));
                var done = random.Next(leases.Count + 1);
                foreach (var lease in leases.Take(done))
                {
                    seen[lease.Message.Group!].Add(int.Parse(await TextOfAsync(lease.Message), CultureInfo.InvariantCulture)); // nobody else has this group now
                    await RemoveAsync(lease);
                }
                if (done < leases.Count)
                    await Engine.CommitAsync(leases.Skip(done).Aggregate(new Commit(), (all, lease) => all.Release(lease)));
            }
        }))).WaitAsync(Patience);
        seen.Values.ShouldAllBe(list => list.SequenceEqual(Enumerable.Range(0, each)));
    }

    private static List<string> Read(ChannelReader<string> reader)
    {
        var read = new List<string>();
        while (reader.TryRead(out var group))
            read.Add(group);
        return read;
    }
}

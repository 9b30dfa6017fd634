using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A queue may keep what was consumed for a time, and put it back.</summary>
public abstract class ReplayContract : EngineContract
{
    private static readonly MessageFilter Consumed = new() { States = [MessageState.Consumed] };

    private Task KeepAsync(QueuePolicy? policy = null) => SetAsync(Orders, (policy ?? QueuePolicy.Default) with { KeepConsumed = TimeSpan.FromHours(1) });

    private async Task<Message> ConsumeAsync(string text, string? group = null)
    {
        await AddAsync(Text(Orders, text) with { Group = group });
        var lease = await LeaseOneAsync(Orders);
        await RemoveAsync(lease);
        return lease.Message;
    }

    private async Task ConflictsAsync(Commit commit) =>
        (await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(commit))).Conflicts[0].Reason.ShouldBe(ConflictReason.MessageNotFound);

    [Fact]
    public async Task What_was_acked_or_removed_is_kept_invisible_and_counted_apart()
    {
        await KeepAsync();
        var acked = await ConsumeAsync("acked");
        var removed = (await AddAsync(Orders, "removed")).Id;
        await RemoveAsync(removed);
        await AddAsync(Orders, "waits");
        var status = Engine.Status(Orders)!;
        (status.Messages, status.Ready, status.Bytes, status.Consumed, status.ConsumedBytes).ShouldBe((1, 1, 5, 2, 12));
        Engine.Groups(Orders).ShouldHaveSingleItem().Messages.ShouldBe(1);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["waits"]);
        var kept = await BrowseAsync(Orders, Consumed);
        (await TextsOfAsync(kept)).ShouldBe(["acked", "removed"]);
        kept[0].ShouldBe(acked with { State = MessageState.Consumed, ModSeq = kept[0].ModSeq, DueAt = Time.GetUtcNow(), Content = kept[0].Content, Envelope = kept[0].Envelope, Attributes = kept[0].Attributes, Flags = kept[0].Flags });
        (await BrowseAsync(Orders, new MessageFilter { States = [MessageState.Ready, MessageState.Consumed] })).Count.ShouldBe(3);
        (await LeaseTextsAsync(Orders)).ShouldBe(["waits"]);
        (await Engine.FindAsync(acked.Id))!.State.ShouldBe(MessageState.Consumed);
    }

    [Fact]
    public async Task For_everything_but_replay_a_consumed_message_is_gone()
    {
        await KeepAsync();
        var id = (await ConsumeAsync("x")).Id;
        await ConflictsAsync(new Commit().Remove(id));
        await ConflictsAsync(new Commit().Move(id, Invoices));
        await ConflictsAsync(new Commit().Change(id, new MessageChanges { Priority = Priority.Highest }));
        await ConflictsAsync(new Commit().Release((MessageReference)id));
        Engine.Status(Orders)!.Consumed.ShouldBe(1);
    }

    [Fact]
    public async Task A_replayed_message_is_ready_again_under_a_new_number()
    {
        await KeepAsync();
        var before = await ConsumeAsync("x", "g");
        await AddAsync(Orders, "y");
        Time.Advance(TimeSpan.FromMinutes(5));
        await Engine.CommitAsync(new Commit().Replay(before.Id));
        var status = Engine.Status(Orders)!;
        (status.Messages, status.Consumed, status.ConsumedBytes, status.Bytes).ShouldBe((2, 0, 0, 2));
        var messages = await BrowseAsync(Orders);
        (await TextsOfAsync(messages)).ShouldBe(["y", "x"]);
        var replayed = messages[1];
        (replayed.Id, replayed.Number, replayed.ReceiveCount, replayed.Group, replayed.State).ShouldBe((before.Id, 3, 0, "g", MessageState.Ready));
        (replayed.AcceptedAt, replayed.EnqueuedAt, replayed.DueAt).ShouldBe((Time.GetUtcNow(), Time.GetUtcNow(), Time.GetUtcNow()));
        (await LeaseTextsAsync(Orders)).ShouldBe(["y", "x"]);
    }

    [Fact]
    public async Task A_message_can_be_replayed_into_another_queue_and_again_and_again()
    {
        await KeepAsync();
        var id = (await ConsumeAsync("x")).Id;
        await Engine.CommitAsync(new Commit().Replay(id, Invoices));
        (await LeaseTextsAsync(Invoices)).ShouldBe(["x"]);
        Engine.Status(Orders)!.Consumed.ShouldBe(0);
        await Engine.CommitAsync(new Commit().Move(id, Orders));
        for (var i = 0; i < 3; i++)
        {
            await RemoveAsync(await LeaseOneAsync(Orders));
            await Engine.CommitAsync(new Commit().Replay(id));
        }
        (await LeaseOneAsync(Orders)).Message.ReceiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Only_what_was_consumed_can_be_replayed()
    {
        await KeepAsync();
        var id = (await AddAsync(Orders, "x")).Id;
        await ConflictsAsync(new Commit().Replay(id));
        await ConflictsAsync(new Commit().Replay(new MessageId(987)));
        await RemoveAsync(id);
        await Engine.CommitAsync(new Commit().Replay(id));
        await ConflictsAsync(new Commit().Replay(id));
    }

    [Fact]
    public async Task Consuming_producing_and_keeping_are_one_commit()
    {
        await KeepAsync();
        await SetAsync(Invoices, new QueuePolicy { MessagesMax = 1 });
        await AddAsync(Invoices, "full");
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        await Should.ThrowAsync<Engine.QueueFullException>(async () => await Engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices, "y"))));
        (Engine.Status(Orders)!.Messages, Engine.Status(Orders)!.Consumed).ShouldBe((1, 0));
        await Engine.CommitAsync(new Commit().Remove(lease).Add(Text(Orders, "y")));
        (Engine.Status(Orders)!.Messages, Engine.Status(Orders)!.Consumed).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Discarding_really_removes_whether_consumed_or_not()
    {
        await KeepAsync();
        var consumed = (await ConsumeAsync("x")).Id;
        var ready = (await AddAsync(Orders, "y")).Id;
        await Engine.CommitAsync(new Commit().Discard(consumed).Discard(ready));
        var status = Engine.Status(Orders)!;
        (status.Messages, status.Consumed, status.ConsumedBytes).ShouldBe((0, 0, 0));
        (await Engine.FindAsync(consumed)).ShouldBeNull();
    }

    [Fact]
    public async Task What_was_consumed_is_kept_for_its_time_and_gone_within_a_minute_after()
    {
        await KeepAsync();
        await ConsumeAsync("1");
        Time.Advance(TimeSpan.FromMinutes(30));
        await ConsumeAsync("2");
        Time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromTicks(1));
        await UntilAsync(() => true);
        Engine.Status(Orders)!.Consumed.ShouldBe(2);
        Time.Advance(TimeSpan.FromMinutes(1));
        // A sweep that had just looked when the clock went on looks again after half a minute.
        await UntilAsync(() => Engine.Status(Orders)!.Consumed == 1, TimeSpan.FromMilliseconds(1));
        (await TextsOfAsync(await BrowseAsync(Orders, Consumed))).ShouldBe(["2"]);
    }

    [Fact]
    public async Task No_more_is_kept_than_the_queue_may_hold()
    {
        await KeepAsync(new QueuePolicy { MessagesMax = 3 });
        for (var i = 0; i < 6; i++)
            await ConsumeAsync($"{i}");
        await UntilAsync(() => Engine.Status(Orders)!.Consumed == 3);
        (await TextsOfAsync(await BrowseAsync(Orders, Consumed))).ShouldBe(["3", "4", "5"]);
        // What is kept takes no room.
        for (var i = 0; i < 3; i++)
            await AddAsync(Orders, "new");
    }

    [Fact]
    public async Task What_is_too_old_is_not_kept()
    {
        await KeepAsync(new QueuePolicy { Retention = TimeSpan.FromMinutes(10) });
        await AddAsync(Orders, "x");
        Time.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 0);
        Engine.Status(Orders)!.Consumed.ShouldBe(0);
    }

    [Fact]
    public async Task A_queue_that_keeps_no_more_forgets_what_it_kept()
    {
        await KeepAsync();
        await ConsumeAsync("x");
        await SetAsync(Orders, QueuePolicy.Default);
        await UntilAsync(() => Engine.Status(Orders)!.Consumed == 0);
    }

    [Fact]
    public async Task A_deleted_queue_takes_along_what_it_kept()
    {
        await KeepAsync();
        var id = (await ConsumeAsync("x")).Id;
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        (await Engine.FindAsync(id)).ShouldBeNull();
        await ConflictsAsync(new Commit().Replay(id, Invoices));
    }

    [Fact]
    public async Task Filters_select_by_when_it_was_consumed_and_by_all_else()
    {
        await KeepAsync();
        var start = Time.GetUtcNow();
        for (var i = 0; i < 4; i++)
        {
            await ConsumeAsync($"{i}", i % 2 == 0 ? "even" : null);
            Time.Advance(TimeSpan.FromMinutes(1));
        }
        var range = Consumed with { ConsumedFrom = start + TimeSpan.FromMinutes(1), ConsumedBefore = start + TimeSpan.FromMinutes(3) };
        (await TextsOfAsync(await BrowseAsync(Orders, range))).ShouldBe(["1", "2"]);
        (await TextsOfAsync(await BrowseAsync(Orders, range with { Group = "even" }))).ShouldBe(["2"]);
        (await TextsOfAsync(await BrowseAsync(Orders, Consumed with { AcceptedFrom = start + TimeSpan.FromMinutes(3) }))).ShouldBe(["3"]);
    }

    [Fact]
    public async Task A_range_can_be_replayed_while_it_is_browsed()
    {
        await KeepAsync();
        for (var i = 0; i < 200; i++)
            await ConsumeAsync($"{i}");
        var commit = new Commit();
        await foreach (var message in Engine.BrowseAsync(Orders, Consumed))
        {
            commit.Replay(message.Id);
            if (commit.Operations.Count < 50)
                continue;
            await Engine.CommitAsync(commit);
            commit = new Commit();
        }
        (await LeaseTextsAsync(Orders, 1000)).ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}"));
    }

    [Fact]
    public async Task What_is_consumed_while_it_is_browsed_is_not_seen_twice()
    {
        await KeepAsync();
        for (var i = 0; i < 200; i++)
            await AddAsync(Orders, $"{i}");
        var seen = new List<MessageId>();
        await foreach (var message in Engine.BrowseAsync(Orders, new MessageFilter { States = [MessageState.Ready, MessageState.Consumed] }))
        {
            seen.Add(message.Id);
            if (message.State == MessageState.Ready)
                await RemoveAsync(message.Id);
        }
        seen.Count.ShouldBe(200);
        seen.Distinct().Count().ShouldBe(200);
    }

    [Fact]
    public async Task All_of_it_holds_over_a_restart()
    {
        await KeepAsync(new QueuePolicy { IsFifo = true });
        var kept = await ConsumeAsync("kept", "g");
        var replayed = await ConsumeAsync("replayed", "g");
        var discarded = await ConsumeAsync("discarded");
        await AddAsync(Text(Orders, "waits") with { Group = "g" });
        await Engine.CommitAsync(new Commit().Replay(replayed.Id).Discard(discarded.Id));
        var before = Engine.Status(Orders)!;
        var browsed = (await BrowseAsync(Orders, Consumed)).ShouldHaveSingleItem();
        await ReopenAsync();
        var status = Engine.Status(Orders)!;
        status.ShouldBe(before with { HighestModSeq = Math.Max(before.HighestModSeq, status.HighestModSeq) });
        var after = (await BrowseAsync(Orders, Consumed)).ShouldHaveSingleItem();
        (after.Id, after.Number, after.DueAt, after.ReceiveCount, await TextOfAsync(after)).ShouldBe((kept.Id, browsed.Number, browsed.DueAt, 1, "kept"));
        (await LeaseTextsAsync(Orders)).ShouldBe(["waits", "replayed"]);
        await Engine.CommitAsync(new Commit().Replay(kept.Id));
        (await Engine.FindAsync(kept.Id))!.Number.ShouldBe(before.NextNumber);
        await AddAsync(Orders, "last");
        await ReopenAsync();
        (await LeaseTextsAsync(Orders, 10, "g")).ShouldBe(["waits", "replayed", "kept"]);
    }
}

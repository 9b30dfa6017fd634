using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A queue as a mailbox: listed and read by number, with flags, each change numbered, and changed only when nobody else did.</summary>
public abstract class MailboxContract : EngineContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Messages_are_listed_by_number_from_any_number_on_whatever_their_state_and_priority()
    {
        await AddAsync(Orders, "leased");
        await LeaseOneAsync(Orders);
        await AddAsync(Text(Orders, "high") with { Priority = Priority.Highest });
        await AddAsync(Text(Orders, "delayed") with { DueAt = Time.GetUtcNow() + Hour });
        await AddAsync(Text(Orders, "held") with { IsHeld = true });
        var all = await Engine.ListAsync(Orders, 0, 100);
        all.Select(m => m.Number).ShouldBe([1, 2, 3, 4]);
        all.Select(m => m.State).ShouldBe([MessageState.Leased, MessageState.Ready, MessageState.Delayed, MessageState.Held]);
        all.Select(m => m.Length).ShouldBe([6, 4, 7, 4]);
        all.Select(m => m.ReceiveCount).ShouldBe([1, 0, 0, 0]);
        (await Engine.ListAsync(Orders, 2, 2)).Select(m => m.Number).ShouldBe([2, 3]);
        (await Engine.ListAsync(Orders, 4, 1)).ShouldHaveSingleItem().Number.ShouldBe(4);
        (await Engine.ListAsync(Orders, 5, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_listed_is_what_is_found()
    {
        await AddAsync(Text(Orders, "a") with { Flags = ["\\Seen", "later"] });
        await AddAsync(Invoices, "elsewhere");
        foreach (var one in await Engine.ListAsync(Orders, 0, 10))
        {
            var found = (await Engine.FindAsync(Orders, one.Number)).ShouldNotBeNull();
            (found.Id, found.State, found.ModSeq, found.Content.Length, found.ReceiveCount).ShouldBe((one.Id, one.State, one.ModSeq, one.Length, one.ReceiveCount));
            one.Flags.ShouldBe(found.Flags, ignoreOrder: true);
            (found.EnqueuedAt - one.EnqueuedAt).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public async Task Nothing_is_listed_of_an_empty_queue_of_none_or_of_what_was_consumed()
    {
        (await Engine.ListAsync(Orders, 0, 10)).ShouldBeEmpty();
        await SetAsync(Orders, new QueuePolicy { KeepConsumed = Hour });
        await RemoveAsync((await AddAsync(Orders, "x")).Id);
        (await Engine.ListAsync(Orders, 0, 10)).ShouldBeEmpty();
        (await Engine.FindAsync(Orders, 1)).ShouldBeNull();
        (await Engine.ReadAsync(Orders, [1])).ShouldBeEmpty();
        Engine.FlagCounts(Invoices).ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_messages_are_listed_in_steps_without_a_gap_or_a_double()
    {
        await AddManyAsync(300, i => Text(Orders, $"{i}") with { Priority = Priority.Of(i % 10), Group = i % 3 == 0 ? null : $"g{i % 3}" });
        var tenths = await Engine.ReadAsync(Orders, [.. Enumerable.Range(1, 29).Select(i => i * 10L)]);
        await Engine.CommitAsync(tenths.Aggregate(new Commit(), (commit, message) => commit.Remove(message.Id)));
        var numbers = new List<long>();
        for (long from = 0; await Engine.ListAsync(Orders, from, 7) is { Count: > 0 } step; from = step[^1].Number + 1)
            numbers.AddRange(step.Select(m => m.Number));
        numbers.ShouldBe(Enumerable.Range(1, 300).Where(i => i % 10 != 0 || i == 300).Select(i => (long)i));
    }

    [Fact]
    public async Task Messages_are_read_by_number_in_the_order_asked_for()
    {
        for (var i = 1; i <= 5; i++)
            await AddAsync(Orders, $"{i}");
        await RemoveAsync((await Engine.FindAsync(Orders, 3)).ShouldNotBeNull().Id);
        (await TextsOfAsync(await Engine.ReadAsync(Orders, [5, 3, 1, 99, 2]))).ShouldBe(["5", "1", "2"]);
    }

    [Fact]
    public virtual async Task Every_commit_gives_what_it_adds_or_changes_a_higher_number()
    {
        var first = await AddAsync(Orders, "a");
        var second = await AddAsync(Orders, "b");
        var (a, b) = (await ModSeqAsync(first.Id), await ModSeqAsync(second.Id));
        b.ShouldBeGreaterThan(a);
        a.ShouldBeGreaterThan(0);
        await Engine.CommitAsync(new Commit().Change(first.Id, new MessageChanges { FlagsAdded = ["\\Seen"] }));
        (await ModSeqAsync(first.Id)).ShouldBeGreaterThan(b);
        (await ModSeqAsync(second.Id)).ShouldBe(b);
        await Engine.CommitAsync(new Commit().Change(first.Id, new MessageChanges { Priority = Priority.Highest }).Change(second.Id, new MessageChanges { LastError = "no" }));
        (await ModSeqAsync(second.Id)).ShouldBe(await ModSeqAsync(first.Id));
        var before = await ModSeqAsync(first.Id);
        await Engine.CommitAsync(new Commit().Move(first.Id, Invoices));
        (await ModSeqAsync(first.Id)).ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task A_lease_and_its_end_by_time_change_no_number_but_giving_it_up_does()
    {
        var added = await AddAsync(Orders, "a");
        var before = await ModSeqAsync(added.Id);
        (await LeaseOneAsync(Orders)).Message.ModSeq.ShouldBe(before);
        (await ModSeqAsync(added.Id)).ShouldBe(before);
        Time.Advance(TimeSpan.FromSeconds(31));
        (await ModSeqAsync(added.Id)).ShouldBe(before);
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        (await ModSeqAsync(added.Id)).ShouldBeGreaterThan(before);
    }

    [Fact]
    public virtual async Task A_queues_highest_number_grows_with_every_change_removals_included()
    {
        await AddAsync(Orders, "a");
        var added = Highest(Orders);
        added.ShouldBeGreaterThanOrEqualTo(await ModSeqAsync((await Engine.ListAsync(Orders, 0, 1))[0].Id));
        var second = await AddAsync(Orders, "b");
        await RemoveAsync(second.Id);
        var removed = Highest(Orders);
        removed.ShouldBeGreaterThan(await ModSeqAsync((await Engine.ListAsync(Orders, 0, 1))[0].Id));
        removed.ShouldBeGreaterThan(added);
        await Engine.CommitAsync(new Commit().Move((await Engine.ListAsync(Orders, 0, 1))[0].Id, Invoices));
        Highest(Orders).ShouldBeGreaterThan(removed);
        Highest(Invoices).ShouldBeGreaterThan(removed);
    }

    [Fact]
    public async Task Numbers_of_changes_outlive_a_restart_and_what_comes_then_is_higher()
    {
        var added = await AddAsync(Text(Orders, "a") with { Flags = ["x"] });
        await Engine.CommitAsync(new Commit().Change(added.Id, new MessageChanges { FlagsAdded = ["y"] }));
        var (modSeq, highest) = (await ModSeqAsync(added.Id), Highest(Orders));
        await ReopenAsync();
        (await ModSeqAsync(added.Id)).ShouldBe(modSeq);
        Highest(Orders).ShouldBeGreaterThanOrEqualTo(highest);
        highest = Highest(Orders);
        (await ModSeqAsync((await AddAsync(Orders, "b")).Id)).ShouldBeGreaterThan(highest);
        (await Engine.ListAsync(Orders, 0, 1))[0].Flags.ShouldBe(["x", "y"], ignoreOrder: true);
        Engine.FlagCounts(Orders).ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["x"] = 1, ["y"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Flags_are_given_and_taken_without_reading_first()
    {
        var id = (await AddAsync(Text(Orders, "a") with { Flags = ["\\Seen", "later"] })).Id;
        await ChangeAsync(id, new MessageChanges { FlagsAdded = ["\\Flagged", "LATER"], FlagsRemoved = ["\\seen", "absent"] });
        (await FlagsAsync(id)).ShouldBe(["later", "\\Flagged"], ignoreOrder: true);
        await ChangeAsync(id, new MessageChanges { FlagsAdded = ["a"], FlagsRemoved = ["a"] });
        (await FlagsAsync(id)).ShouldBe(["later", "\\Flagged", "a"], ignoreOrder: true);
        await ChangeAsync(id, new MessageChanges { Flags = ["new"], FlagsAdded = ["more"], FlagsRemoved = ["later"] });
        (await FlagsAsync(id)).ShouldBe(["new", "more"], ignoreOrder: true);
        await Engine.CommitAsync(new Commit()
            .Change(id, new MessageChanges { FlagsAdded = ["one", "two"], FlagsRemoved = ["new"] })
            .Change(id, new MessageChanges { FlagsAdded = ["new"], FlagsRemoved = ["TWO"] }));
        (await FlagsAsync(id)).ShouldBe(["more", "one", "new"], ignoreOrder: true);
    }

    [Fact]
    public async Task Flags_are_counted_as_the_queue_changes_without_case()
    {
        var first = (await AddAsync(Text(Orders, "a") with { Flags = ["\\Seen", "later"] })).Id;
        var second = (await AddAsync(Text(Orders, "b") with { Flags = ["\\SEEN"] })).Id;
        await AddAsync(Orders, "none");
        Counts(Orders).ShouldBe("\\seen 2, later 1");
        Engine.FlagCounts(Orders)["LATER"].ShouldBe(1);
        await LeaseAsync(Orders, 3);
        Counts(Orders).ShouldBe("\\seen 2, later 1");
        await ChangeAsync(first, new MessageChanges { FlagsRemoved = ["\\Seen"] });
        Counts(Orders).ShouldBe("\\seen 1, later 1");
        await Engine.CommitAsync(new Commit().Move(first, Invoices));
        Counts(Orders).ShouldBe("\\seen 1");
        Counts(Invoices).ShouldBe("later 1");
        await RemoveAsync(second);
        Counts(Orders).ShouldBe("");
        await Engine.CommitAsync(new Commit().DeleteQueue(Invoices));
        Counts(Invoices).ShouldBe("");
    }

    [Fact]
    public async Task What_was_consumed_has_no_flags_that_count_until_it_is_replayed()
    {
        await SetAsync(Orders, new QueuePolicy { KeepConsumed = Hour });
        var id = (await AddAsync(Text(Orders, "a") with { Flags = ["x"] })).Id;
        await RemoveAsync(id);
        Counts(Orders).ShouldBe("");
        await Engine.CommitAsync(new Commit().Replay(id));
        Counts(Orders).ShouldBe("x 1");
    }

    [Fact]
    public async Task Many_different_sets_of_flags_are_counted_and_listed_as_they_are()
    {
        await AddManyAsync(200, i => Text(Orders, $"{i}") with { Flags = [$"k{i}", i % 2 == 0 ? "even" : "odd"] });
        Engine.FlagCounts(Orders)["even"].ShouldBe(100);
        Engine.FlagCounts(Orders).Count.ShouldBe(202);
        foreach (var message in await Engine.ListAsync(Orders, 0, 1000))
            message.Flags.ShouldBe([$"k{message.Number - 1}", message.Number % 2 == 1 ? "even" : "odd"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("change")]
    [InlineData("move")]
    [InlineData("release")]
    public async Task What_somebody_else_changed_since_is_left_alone(string what)
    {
        var id = (await AddAsync(Orders, "a")).Id;
        var seen = await ModSeqAsync(id);
        await ChangeAsync(id, new MessageChanges { FlagsAdded = ["theirs"] });
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(Commit(seen)));
        conflict.Conflicts.ShouldHaveSingleItem().ShouldBe(new CommitConflict(0, ConflictReason.MessageChanged));
        (await FlagsAsync(id)).ShouldBe(["theirs"]);
        await Engine.CommitAsync(Commit(await ModSeqAsync(id)));

        Commit Commit(long since)
        {
            var message = MessageReference.Of(id).IfUnchangedSince(since);
            return what switch
            {
                "remove" => new Commit().Remove(message),
                "change" => new Commit().Change(message, new MessageChanges { FlagsAdded = ["mine"] }),
                "move" => new Commit().Move(message, Invoices),
                _ => new Commit().Release(message),
            };
        }
    }

    [Fact]
    public async Task Several_operations_on_one_message_all_ask_for_how_it_was_before_the_commit()
    {
        var id = (await AddAsync(Orders, "a")).Id;
        var message = MessageReference.Of(id).IfUnchangedSince(await ModSeqAsync(id));
        await Engine.CommitAsync(new Commit().Change(message, new MessageChanges { FlagsAdded = ["x"] }).Change(message, new MessageChanges { FlagsAdded = ["y"] }));
        (await FlagsAsync(id)).ShouldBe(["x", "y"], ignoreOrder: true);
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () =>
            await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { FlagsAdded = ["z"] }).Remove(message)));
        conflict.Conflicts.ShouldContain(c => c.Reason == ConflictReason.MessageChanged);
    }

    [Fact]
    public async Task Of_many_who_change_a_message_as_they_saw_it_one_succeeds()
    {
        var id = (await AddAsync(Orders, "a")).Id;
        var seen = await ModSeqAsync(id);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => TryClaimAsync(i))));
        outcomes.Count(won => won).ShouldBe(1);
        (await FlagsAsync(id)).ShouldHaveSingleItem();

        async Task<bool> TryClaimAsync(int i)
        {
            try
            {
                await Engine.CommitAsync(new Commit().Change(MessageReference.Of(id).IfUnchangedSince(seen), new MessageChanges { FlagsAdded = [$"by{i}"] }));
                return true;
            }
            catch (CommitConflictException e)
            {
                // Somebody's was there first, or is on its way.
                e.Conflicts.ShouldHaveSingleItem().Reason.ShouldBeOneOf(ConflictReason.MessageChanged, ConflictReason.MessageBusy);
                return false;
            }
        }
    }

    [Fact]
    public async Task A_commit_tells_the_numbers_of_what_it_moved_in_the_order_of_its_moves()
    {
        await AddAsync(Invoices, "there");
        var (a, b) = ((await AddAsync(Orders, "a")).Id, (await AddAsync(Orders, "b")).Id);
        var commit = new Commit { IdempotencyKey = "once" }.Add(Text(Orders, "c")).Move(b, Invoices).Move(a, Invoices);
        var result = await Engine.CommitAsync(commit);
        result.Moved.ShouldBe([new AddedMessage(b, 2), new AddedMessage(a, 3)]);
        (await Engine.FindAsync(Invoices, 2)).ShouldNotBeNull().Id.ShouldBe(b);
        (await Engine.CommitAsync(commit)).Moved.ShouldBe(result.Moved);
        await ReopenAsync();
        var repeat = await Engine.CommitAsync(commit);
        repeat.Moved.ShouldBe(result.Moved);
        repeat.Added.ShouldBe(result.Added);
        (await Engine.CommitAsync(new Commit().Change(a, new MessageChanges { Flags = ["x"] }))).Moved.ShouldBeEmpty();
    }

    private Task ChangeAsync(MessageId id, MessageChanges changes) => Engine.CommitAsync(new Commit().Change(id, changes)).AsTask();

    private async Task<long> ModSeqAsync(MessageId id) => (await Engine.FindAsync(id)).ShouldNotBeNull().ModSeq;

    private async Task<IReadOnlyList<string>> FlagsAsync(MessageId id)
    {
        var message = (await Engine.FindAsync(id)).ShouldNotBeNull();
        var listed = (await Engine.ListAsync(message.Queue, message.Number, 1)).ShouldHaveSingleItem();
        listed.Flags.ShouldBe(message.Flags, ignoreOrder: true);
        return message.Flags;
    }

    private long Highest(QueueName queue) => Engine.Status(queue).ShouldNotBeNull().HighestModSeq;

    private string Counts(QueueName queue) =>
        string.Join(", ", Engine.FlagCounts(queue).Select(c => $"{c.Key.ToLowerInvariant()} {c.Value}").Order(StringComparer.Ordinal));
}

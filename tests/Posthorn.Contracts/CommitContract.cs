using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A commit happens whole or not at all.</summary>
public abstract class CommitContract : EngineContract
{
    [Fact]
    public async Task An_added_message_can_be_received_with_all_it_carries()
    {
        var envelope = new Envelope("a@b.test", [
            new Recipient("c@d.test") { Notify = DsnNotify.Success | DsnNotify.Delay, OriginalRecipient = "rfc822;x@d.test", Headers = ["X-A: 1", "X-B: 2"] },
            new Recipient("e@f.test"),
        ]) { EnvelopeId = "QQ314159", Return = DsnReturn.Full };
        var added = await AddAsync(Text(Orders, "hello") with
        {
            Envelope = envelope,
            Attributes = new Dictionary<string, AttributeValue> { ["kind"] = "invoice", ["n"] = AttributeValue.Of("5", "Number.int"), ["raw"] = AttributeValue.Of(new byte[] { 1, 2 }, null, isText: false) },
            Flags = ["\\Seen", "todo"],
            Priority = Priority.Of(7),
            Group = "d.test",
            LastError = "451 later",
        });
        added.Number.ShouldBe(1);

        var message = (await LeaseOneAsync(Orders)).Message;

        message.Id.ShouldBe(added.Id);
        message.Origin.ShouldBe(added.Id);
        message.Queue.ShouldBe(Orders);
        message.Number.ShouldBe(1);
        message.State.ShouldBe(MessageState.Leased);
        message.ReceiveCount.ShouldBe(1);
        message.AcceptedAt.ShouldBe(Time.GetUtcNow());
        message.EnqueuedAt.ShouldBe(Time.GetUtcNow());
        message.DueAt.ShouldBe(Time.GetUtcNow());
        message.Priority.Value.ShouldBe(7);
        message.Group.ShouldBe("d.test");
        message.LastError.ShouldBe("451 later");
        message.Flags.ShouldBe(["\\Seen", "todo"]);
        message.Text("kind").ShouldBe("invoice");
        message.Attributes["n"].ShouldBe(AttributeValue.Of("5", "Number.int"));
        message.Attributes["raw"].Bytes.ToArray().ShouldBe([1, 2]);
        message.Attributes["raw"].IsText.ShouldBeFalse();
        message.Envelope.Sender.ShouldBe("a@b.test");
        message.Envelope.EnvelopeId.ShouldBe("QQ314159");
        message.Envelope.Return.ShouldBe(DsnReturn.Full);
        message.Envelope.Recipients.Select(recipient => recipient.Address).ShouldBe(["c@d.test", "e@f.test"]);
        message.Envelope.Recipients[0].Notify.ShouldBe(DsnNotify.Success | DsnNotify.Delay);
        message.Envelope.Recipients[0].OriginalRecipient.ShouldBe("rfc822;x@d.test");
        message.Envelope.Recipients[0].Headers.ShouldBe(["X-A: 1", "X-B: 2"]);
        (await TextOfAsync(message)).ShouldBe("hello");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task No_sender_and_the_null_sender_are_told_apart(string? sender)
    {
        await AddAsync(Text(Orders, "x") with { Envelope = new Envelope(sender, [new Recipient("a@b")]) });
        (await LeaseOneAsync(Orders)).Message.Envelope.Sender.ShouldBe(sender);
    }

    [Fact]
    public virtual async Task Numbers_grow_in_each_queue_and_ids_over_all()
    {
        var commit = new Commit().Add(Text(Orders, "1")).Add(Text(Invoices, "2")).Add(Text(Orders, "3"));
        var added = (await Engine.CommitAsync(commit)).Added;
        added.Select(message => message.Number).ShouldBe([1, 1, 2]);
        added.Select(message => message.Id).ShouldBeInOrder();
        added.Select(message => message.Id).Distinct().Count().ShouldBe(3);
        (await AddAsync(Orders, "4")).Number.ShouldBe(3);
        Engine.Status(Orders)!.NextNumber.ShouldBe(4);
    }

    [Fact]
    public async Task A_number_is_not_used_again_when_its_message_is_gone()
    {
        await RemoveAsync((await AddAsync(Orders, "1")).Id);
        (await AddAsync(Orders, "2")).Number.ShouldBe(2);
    }

    [Fact]
    public async Task Consuming_and_producing_are_one_commit()
    {
        await AddAsync(Orders, "order");
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices, "invoice")).Add(Text(Invoices, "copy")));
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        (await LeaseTextsAsync(Invoices)).ShouldBe(["invoice", "copy"]);
    }

    [Fact]
    public async Task A_conflict_names_every_operation_in_the_way_and_nothing_happens()
    {
        var gone = (await AddAsync(Orders, "gone")).Id;
        await AddAsync(Orders, "leased");
        await RemoveAsync(gone);
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Release(lease));

        var commit = new Commit().Add(Text(Invoices, "x")).Remove(gone).Remove(lease);
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(commit));

        conflict.Conflicts.ShouldBe([new CommitConflict(1, ConflictReason.MessageNotFound), new CommitConflict(2, ConflictReason.LeaseEnded)]);
        Engine.Status(Invoices).ShouldBeNull();
        Engine.Status(Orders)!.Ready.ShouldBe(1);
        await Engine.CommitAsync(new Commit().Remove((await LeaseOneAsync(Orders)).Handle));
    }

    [Fact]
    public async Task Several_operations_on_one_message_in_one_commit_take_effect_in_order()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        await Engine.CommitAsync(new Commit()
            .Change(id, new MessageChanges { Priority = Priority.Of(2), LastError = "a" })
            .Change(id, new MessageChanges { Priority = Priority.Of(8) })
            .Move(id, Invoices));
        var message = (await BrowseAsync(Invoices)).ShouldHaveSingleItem();
        message.Priority.Value.ShouldBe(8);
        message.LastError.ShouldBe("a");
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Remove(id).Remove(id)));
        conflict.Conflicts.ShouldBe([new CommitConflict(1, ConflictReason.MessageNotFound)]);
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { LastError = "" }).Remove(id));
        Engine.Status(Invoices)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_moved_message_keeps_what_it_is_and_gets_a_new_place()
    {
        var added = await AddAsync(Text(Orders, "x") with { Priority = Priority.Of(3), Group = "g" });
        await AddAsync(Invoices, "first");
        var lease = await LeaseOneAsync(Orders);
        Time.Advance(TimeSpan.FromSeconds(5));

        await Engine.CommitAsync(new Commit().Move(lease, Invoices, new MessageChanges { LastError = "why" }));

        var moved = await Engine.FindAsync(added.Id);
        moved.ShouldNotBeNull();
        moved.Queue.ShouldBe(Invoices);
        moved.Number.ShouldBe(2);
        moved.ReceiveCount.ShouldBe(0);
        moved.State.ShouldBe(MessageState.Ready);
        moved.Origin.ShouldBe(added.Id);
        moved.Group.ShouldBe("g");
        moved.LastError.ShouldBe("why");
        moved.AcceptedAt.ShouldBe(Time.GetUtcNow() - TimeSpan.FromSeconds(5));
        moved.EnqueuedAt.ShouldBe(Time.GetUtcNow());
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        (await Engine.ExtendAsync(lease.Handle, TimeSpan.FromSeconds(1))).ShouldBeNull();
    }

    [Fact]
    public async Task Attributes_and_flags_can_be_set_and_removed()
    {
        var id = (await AddAsync(Text(Orders, "x") with { Attributes = new Dictionary<string, AttributeValue> { ["a"] = "1", ["b"] = "2" } })).Id;
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges
        {
            Attributes = new Dictionary<string, AttributeValue?> { ["a"] = null, ["c"] = "3" },
            Flags = ["\\Deleted"],
        }));
        var message = (await Engine.FindAsync(id))!;
        message.Attributes.Keys.Order().ShouldBe(["b", "c"]);
        message.Flags.ShouldBe(["\\Deleted"]);
    }

    [Fact]
    public async Task A_repeated_key_changes_nothing_and_answers_as_the_first_time()
    {
        var first = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")));
        var second = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "y")));
        first.IsRepeat.ShouldBeFalse();
        second.IsRepeat.ShouldBeTrue();
        second.Added.ShouldBe(first.Added);
        (await LeaseTextsAsync(Orders)).ShouldBe(["x"]);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_an_hour_and_not_before()
    {
        await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")));
        Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        (await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "y")))).IsRepeat.ShouldBeTrue();
        Time.Advance(TimeSpan.FromTicks(1));
        (await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "z")))).IsRepeat.ShouldBeFalse();
    }

    [Fact]
    public async Task The_same_key_at_the_same_time_is_committed_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x"))))));
        results.Count(result => !result.IsRepeat).ShouldBe(1);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_cancelled_commit_leaves_no_mark()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        await Should.ThrowAsync<OperationCanceledException>(async () => await Engine.CommitAsync(new Commit().Remove(id), new CancellationToken(canceled: true)));
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Of_two_commits_on_one_message_at_once_one_wins()
    {
        for (var round = 0; round < 50; round++)
        {
            var id = (await AddAsync(Orders, "x")).Id;
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                try
                {
                    await Engine.CommitAsync(new Commit().Remove(id).Add(Text(Invoices, "once")));
                    return true;
                }
                catch (CommitConflictException)
                {
                    return false;
                }
            })));
            outcomes.Count(won => won).ShouldBe(1);
            Engine.Status(Invoices)!.Messages.ShouldBe(round + 1);
        }
    }

    [Fact]
    public async Task Documents_are_kept_replaced_listed_and_removed()
    {
        await Engine.CommitAsync(new Commit().SetDocument("order/2", new byte[] { 2 }).SetDocument("order/1", new byte[] { 1 }).SetDocument("other", new byte[] { 3 }));
        Engine.Documents("order/").Select(document => document.Key).ShouldBe(["order/1", "order/2"]);
        Engine.Document("order/2")!.Value.ToArray().ShouldBe([2]);
        await Engine.CommitAsync(new Commit().SetDocument("order/2", null).SetDocument("other", new byte[] { 4 }));
        Engine.Document("order/2").ShouldBeNull();
        Engine.Document("other")!.Value.ToArray().ShouldBe([4]);
    }

    [Fact]
    public async Task A_deleted_queue_takes_its_messages_along_and_comes_back_empty_with_another_identity()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        var lease = await LeaseOneAsync(Orders);
        var before = Engine.Status(Orders)!.Identity;

        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));

        Engine.Status(Orders).ShouldBeNull();
        (await Engine.FindAsync(id)).ShouldBeNull();
        (await Should.ThrowAsync<CommitConflictException>(async () => await RemoveAsync(lease))).Conflicts[0].Reason.ShouldBe(ConflictReason.MessageNotFound);
        await AddAsync(Orders, "y");
        Engine.Status(Orders)!.Identity.ShouldBeGreaterThan(before);
        (await LeaseTextsAsync(Orders)).ShouldBe(["y"]);
        await Engine.CommitAsync(new Commit().DeleteQueue(Invoices));
    }

    [Fact]
    public async Task A_queue_can_be_deleted_and_made_again_in_one_commit()
    {
        await AddAsync(Orders, "old");
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders).Add(Text(Orders, "new")));
        (await LeaseTextsAsync(Orders)).ShouldBe(["new"]);
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders).SetQueue(Orders, new QueuePolicy { Delay = TimeSpan.FromHours(1) }).Add(Text(Orders, "later")));
        Engine.Status(Orders)!.Delayed.ShouldBe(1);
    }

    [Fact]
    public async Task A_queue_that_is_made_only_when_it_is_missing_keeps_what_it_is()
    {
        await Engine.CommitAsync(new Commit().MakeQueue(Orders, new QueuePolicy { MessagesMax = 3 }));
        var made = Engine.Status(Orders)!;
        made.Policy.MessagesMax.ShouldBe(3);
        await Engine.CommitAsync(new Commit().MakeQueue(Orders, new QueuePolicy { MessagesMax = 4, Fairness = QueueFairness.ByAttribute("city") }).Add(Text(Orders, "x")));
        Engine.Status(Orders)!.Identity.ShouldBe(made.Identity);
        Engine.Status(Orders)!.Policy.ShouldBe(made.Policy);

        await Engine.CommitAsync(new Commit().DeleteQueue(Orders).MakeQueue(Orders, new QueuePolicy { Delay = TimeSpan.FromHours(1) }).Add(Text(Orders, "later")));
        Engine.Status(Orders)!.Delayed.ShouldBe(1);
        await Engine.CommitAsync(new Commit().Add(Text(Invoices, "x")).MakeQueue(Invoices, new QueuePolicy { IsFifo = true }));
        Engine.Status(Invoices)!.Policy.ShouldBe(QueuePolicy.Default);
    }

    [Fact]
    public async Task Of_many_who_make_a_queue_one_does()
    {
        await Task.WhenAll(Enumerable.Range(100, 50).Select(i => Task.Run(async () =>
            await Engine.CommitAsync(new Commit().MakeQueue(Orders, new QueuePolicy { MessagesMax = i }).Add(Text(Orders, $"{i}"))))));
        (Engine.Queues().Count, Engine.Status(Orders)!.Messages).ShouldBe((1, 50));
        Engine.Status(Orders)!.Policy.MessagesMax!.Value.ShouldBeInRange(100, 149);
    }

    [Fact]
    public async Task An_empty_queue_is_removed_as_one_and_no_other()
    {
        var first = (await AddAsync(Orders, "1")).Id;
        var second = (await AddAsync(Orders, "2")).Id;
        var kept = (await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(
            new Commit().Move(first, Invoices).DeleteEmptyQueue(Orders)))).Conflicts;
        kept.ShouldBe([new CommitConflict(1, ConflictReason.QueueNotEmpty)]);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["1", "2"]);
        (await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(
            new Commit().Move(first, Invoices).Move(second, Invoices).Add(Text(Orders, "3")).DeleteEmptyQueue(Orders)))).Conflicts.Count.ShouldBe(1);

        await Engine.CommitAsync(new Commit().Move(first, Invoices).Remove(second).DeleteEmptyQueue(Orders));

        Engine.Status(Orders).ShouldBeNull();
        (await TextsOfAsync(await BrowseAsync(Invoices))).ShouldBe(["1"]);
        await Engine.CommitAsync(new Commit().DeleteEmptyQueue(Orders));
        var lease = await LeaseOneAsync(Invoices);
        (await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().DeleteEmptyQueue(Invoices)))).Conflicts.Count.ShouldBe(1);
        await Engine.CommitAsync(new Commit().Remove(lease).DeleteEmptyQueue(Invoices));
        Engine.Queues().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_consumed_and_is_kept_goes_with_an_empty_queue()
    {
        await SetAsync(Orders, new QueuePolicy { KeepConsumed = TimeSpan.FromDays(1) });
        var id = (await AddAsync(Orders, "x")).Id;
        await Engine.CommitAsync(new Commit().Remove(id).DeleteEmptyQueue(Orders));
        Engine.Queues().ShouldBeEmpty();
        (await Engine.FindAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task Queues_are_listed_by_name()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 3 });
        await AddAsync(Invoices, "x");
        Engine.Queues().Select(queue => queue.Name).ShouldBe([Invoices, Orders]);
        Engine.Status(Orders)!.Policy.MessagesMax.ShouldBe(3);
        Engine.Status(QueueName.Parse("none")).ShouldBeNull();
    }

    [Fact]
    public async Task A_copy_shares_its_origin_and_body()
    {
        var origin = await AddAsync(Orders, "shared");
        var lease = await LeaseOneAsync(Orders);
        var copy = new NewMessage { Queue = Invoices, Content = lease.Message.Content, Origin = lease.Message.Origin, AcceptedAt = lease.Message.AcceptedAt };
        await Engine.CommitAsync(new Commit().Remove(lease).Add(copy).Add(copy with { Queue = QueueName.Parse("audit") }));
        foreach (var queue in new[] { Invoices, QueueName.Parse("audit") })
        {
            var message = (await LeaseOneAsync(queue)).Message;
            message.Origin.ShouldBe(origin.Id);
            (await TextOfAsync(message)).ShouldBe("shared");
        }
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_their_own()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => AddAsync(Orders, $"{i}"))));
        added.Select(message => message.Id).Distinct().Count().ShouldBe(200);
        added.Select(message => message.Number).Order().ShouldBe(Enumerable.Range(1, 200).Select(i => (long)i));
        (await LeaseTextsAsync(Orders, 1000)).Count.ShouldBe(200);
    }
}

using Posthorn.Commits;
using Posthorn.Embedded;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Dead letters: when a message becomes one, what it keeps, and how it goes back.</summary>
public abstract class RedriveContract : EngineContract
{
    private static readonly QueueName Dead = QueueName.Parse("dead");
    private static readonly QueueName Other = QueueName.Parse("other");
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private Task BuryAtAsync(QueueName queue, QueueName at, int receives = 1, QueuePolicy? policy = null) =>
        SetAsync(queue, (policy ?? QueuePolicy.Default) with { ReceivesMax = receives, DeadLetterQueue = at });

    private async Task<MessageId> BuryAsync(QueueName queue, string text)
    {
        var id = (await AddAsync(queue, text)).Id;
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(queue)));
        await UntilBuriedAsync(id);
        return id;
    }

    /// <summary>Waits until a dead letter is in its queue, where that is not part of the commit that made it one.</summary>
    protected virtual Task UntilBuriedAsync(MessageId id) => Task.CompletedTask;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_message_is_delivered_as_often_as_allowed_and_not_once_more(int receives)
    {
        await BuryAtAsync(Orders, Dead, receives);
        await AddAsync(Orders, "x");
        for (var receive = 1; receive <= receives; receive++)
        {
            Engine.Status(Dead).ShouldBeNull();
            (await LeaseAsync(Orders, visibility: Minute)).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(receive);
            Time.Advance(Minute);
        }
        await UntilAsync(() => Engine.Status(Dead)?.Ready == 1);
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        (await TextOfAsync((await LeaseOneAsync(Dead)).Message)).ShouldBe("x");
    }

    [Fact]
    public async Task A_dead_letter_keeps_its_name_content_attributes_and_the_time_it_was_sent_and_says_where_it_came_from()
    {
        await BuryAtAsync(Orders, Dead);
        var sentAt = Time.GetUtcNow();
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["n"] = AttributeValue.Of("5", "Number.int") };
        var id = (await AddAsync(Text(Orders, "x") with { Attributes = attributes, Group = "g", DeduplicationId = "d", Priority = Priority.Of(7) })).Id;
        Time.Advance(Minute);
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        var letter = (await LeaseOneAsync(Dead)).Message;
        (letter.Id, letter.AcceptedAt, letter.Group, letter.DeduplicationId, letter.Priority.Value).ShouldBe((id, sentAt, "g", "d", 7));
        (letter.Attributes["n"], letter.Text(MessageAttributes.DeadLetterSource)).ShouldBe((AttributeValue.Of("5", "Number.int"), "orders"));
        (await TextOfAsync(letter)).ShouldBe("x");
    }

    [Fact]
    public async Task Dead_letters_may_die_again_down_a_chain_of_queues()
    {
        await BuryAtAsync(Orders, Dead);
        await BuryAtAsync(Dead, Other);
        var id = await BuryAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Dead)));
        var letter = (await LeaseOneAsync(Other)).Message;
        (letter.Id, letter.Text(MessageAttributes.DeadLetterSource)).ShouldBe((id, "dead"));
        (Engine.Status(Orders)!.Messages, Engine.Status(Dead)!.Messages).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_dead_letters_age_counts_from_when_it_was_sent()
    {
        await SetAsync(Dead, new QueuePolicy { Retention = TimeSpan.FromHours(1) });
        await BuryAtAsync(Orders, Dead);
        await AddAsync(Orders, "x");
        Time.Advance(TimeSpan.FromMinutes(50));
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        Engine.Status(Dead)!.Messages.ShouldBe(1);
        Time.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(() => Engine.Status(Dead)!.Messages == 0, TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task A_queue_that_buries_no_more_delivers_for_ever()
    {
        await BuryAtAsync(Orders, Dead);
        await SetAsync(Orders, QueuePolicy.Default);
        await AddAsync(Orders, "x");
        for (var i = 0; i < 5; i++)
            await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        Engine.Status(Dead).ShouldBeNull();
    }

    [Fact]
    public async Task A_smaller_number_of_receives_holds_for_what_was_received_already()
    {
        await BuryAtAsync(Orders, Dead, receives: 5);
        await AddAsync(Orders, "x");
        for (var i = 0; i < 2; i++)
            await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        await BuryAtAsync(Orders, Dead, receives: 2);
        foreach (var lease in await LeaseAsync(Orders)) // at the latest when it comes back the next time
            await Engine.CommitAsync(new Commit().Release(lease));
        await UntilAsync(() => Engine.Status(Dead)?.Messages == 1);
    }

    [Fact]
    public async Task Redriven_dead_letters_each_go_back_to_their_own_queue_and_begin_anew()
    {
        await BuryAtAsync(Orders, Dead);
        await BuryAtAsync(Invoices, Dead);
        var (order, invoice) = (await BuryAsync(Orders, "order"), await BuryAsync(Invoices, "invoice"));
        var progress = await DoAsync(Dead, BulkAction.Redrive());
        (progress.Done, progress.Refused, Engine.Status(Dead)!.Messages).ShouldBe((2, 0, 0));
        var back = await LeaseOneAsync(Orders);
        (back.Message.Id, back.Message.ReceiveCount, back.Message.Text(MessageAttributes.DeadLetterSource)).ShouldBe((order, 1, null));
        (await LeaseOneAsync(Invoices)).Message.Id.ShouldBe(invoice);
    }

    [Fact]
    public async Task A_redrive_to_a_named_queue_takes_all_there()
    {
        await BuryAtAsync(Orders, Dead);
        var first = await BuryAsync(Orders, "1");
        await AddAsync(Dead, "sent here");
        (await DoAsync(Dead, BulkAction.Move("other"))).Done.ShouldBe(2);
        (await LeaseTextsAsync(Other)).ShouldBe(["1", "sent here"]);
        (await Engine.FindAsync(first))!.Queue.ShouldBe(Other);
    }

    [Fact]
    public async Task What_does_not_say_where_it_came_from_is_left_when_nobody_says_where_to()
    {
        await AddAsync(Dead, "sent here");
        var progress = await DoAsync(Dead, BulkAction.Redrive());
        (progress.Done, progress.Refused).ShouldBe((0, 1));
        progress.Errors.ShouldHaveSingleItem().Reason.ShouldNotBeEmpty();
        (await TextsOfAsync(await BrowseAsync(Dead))).ShouldBe(["sent here"]);
    }

    [Fact]
    public async Task A_redrive_keeps_its_rate_and_can_be_stopped_in_the_middle()
    {
        await BuryAtAsync(Orders, Dead);
        for (var i = 0; i < 5; i++)
            await BuryAsync(Orders, $"{i}");
        var redrive = (await QueueAsync(Dead)).Start(BulkAction.Redrive(), options: new BulkOptions { MessagesPerSecond = 1 });
        // The clock stands still while it works, so that how fast it does is not measured.
        await UntilAsync(() => redrive.Progress.Done == 1 && Time.HasTimerIn(TimeSpan.FromSeconds(1)), TimeSpan.Zero);
        Time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromMilliseconds(1));
        redrive.Progress.Done.ShouldBe(1);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await UntilAsync(() => redrive.Progress.Done == 2, TimeSpan.Zero);
        redrive.Stop();
        await redrive.Completion.WaitAsync(Patience);
        (redrive.Progress.Done, Engine.Status(Orders)!.Messages, Engine.Status(Dead)!.Messages).ShouldBe((2, 2, 3));
    }

    [Fact]
    public async Task A_redrive_to_a_queue_that_is_full_ends_and_says_so_and_the_rest_stays()
    {
        await SetAsync(Other, new QueuePolicy { MessagesMax = 1 });
        await AddAsync(Dead, "1");
        await AddAsync(Dead, "2");
        var move = (await QueueAsync(Dead)).Start(BulkAction.Move("other"), options: new BulkOptions { CommitMax = 1 });
        (await Should.ThrowAsync<QueueFullException>(() => move.Completion.WaitAsync(Patience))).Queue.ShouldBe(Other);
        (Engine.Status(Other)!.Messages, Engine.Status(Dead)!.Messages).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Dead_letters_of_a_fifo_queue_keep_group_id_and_order_and_go_back_in_it()
    {
        await SetAsync(Dead, new QueuePolicy { IsFifo = true });
        await BuryAtAsync(Orders, Dead, policy: new QueuePolicy { IsFifo = true });
        foreach (var text in new[] { "a1", "a2", "b1" })
            await AddAsync(Text(Orders, text) with { Group = text[..1], DeduplicationId = text });
        await LeaseAsync(Orders, 10, visibility: Minute);
        Time.Advance(Minute);
        await UntilAsync(() => Engine.Status(Dead)!.Messages == 3);
        var letters = await BrowseAsync(Dead);
        letters.Select(m => (m.Group, m.DeduplicationId)).ShouldBe([("a", "a1"), ("a", "a2"), ("b", "b1")]);
        (await DoAsync(Dead, BulkAction.Redrive())).Done.ShouldBe(3);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1", "a2", "b1"]);
    }
}

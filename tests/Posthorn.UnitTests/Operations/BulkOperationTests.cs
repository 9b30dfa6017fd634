using Posthorn.Embedded;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.UnitTests.Embedded;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operations;

public sealed class BulkOperationTests : StoreTest
{
    [Fact]
    public async Task Removal_by_filter_removes_what_is_meant_and_nothing_else()
    {
        await SendAsync(3, new SendOptions { Group = "eu" });
        await SendAsync(2, new SendOptions { Group = "us" });

        var operation = Orders.Start(BulkAction.Remove, new MessageFilter { Group = "eu" });
        await operation.Completion;

        operation.Progress.Done.ShouldBe(3);
        operation.Progress.Selected.ShouldBe(3);
        (await BrowseAsync(Orders)).ShouldAllBe(m => m.Group == "us");
    }

    [Fact]
    public async Task Work_is_committed_in_pieces_of_bounded_size()
    {
        await SendAsync(25);
        var operation = Orders.Start(BulkAction.Move("later"), options: new BulkOptions { CommitMax = 10 });
        await operation.Completion;

        operation.Progress.Total.ShouldBe(25);
        operation.Progress.Done.ShouldBe(25);
        Store.Get("later").Status()!.Messages.ShouldBe(25);
        Orders.Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_copy_shares_the_origin_and_leaves_the_message_where_it_is()
    {
        await Orders.SendAsync("x", new SendOptions { Priority = Priority.Of(7) });
        await Orders.Start(BulkAction.Copy("audit")).Completion;

        var original = (await BrowseAsync(Orders)).ShouldHaveSingleItem();
        var copy = await ReceiveAsync(Store.Get("audit"));
        copy.Message.Origin.ShouldBe(original.Id);
        copy.Message.Priority.Value.ShouldBe(7);
        (await copy.ReadTextAsync()).ShouldBe("x");
    }

    [Fact]
    public async Task A_copy_into_the_same_queue_copies_each_message_once_and_not_its_own_copies()
    {
        await SendAsync(3);
        var operation = Orders.Start(BulkAction.Copy("orders"));
        await operation.Completion;
        operation.Progress.Done.ShouldBe(3);
        Orders.Status()!.Messages.ShouldBe(6);
    }

    [Fact]
    public async Task Flush_makes_delayed_messages_due_in_their_order_and_leaves_the_others_alone()
    {
        await SendAsync(2, new SendOptions { Delay = TimeSpan.FromDays(400) });
        await Orders.SendAsync("ready");

        var operation = Orders.Start(BulkAction.Flush, new MessageFilter { States = [MessageState.Delayed] });
        await operation.Completion;

        operation.Progress.Done.ShouldBe(2);
        var received = await Orders.ReceiveBatchAsync(10);
        received.Select(m => m.Message.Number).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Hold_takes_messages_out_of_the_way_and_release_lets_them_go()
    {
        await SendAsync(2);
        await Orders.Start(BulkAction.Hold).Completion;
        (await Orders.ReceiveAsync()).ShouldBeNull();
        Orders.Status()!.Held.ShouldBe(2);

        await Orders.SendAsync("free");
        var operation = Orders.Start(BulkAction.Release);
        await operation.Completion;

        operation.Progress.Done.ShouldBe(2);
        operation.Progress.Selected.ShouldBe(2, "the other one is not held");
        (await Orders.ReceiveBatchAsync(10)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Messages_get_another_time_and_another_priority()
    {
        await SendAsync(1);
        await Orders.Start(BulkAction.Reprioritise(Priority.Of(9))).Completion;
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().Priority.Value.ShouldBe(9);

        await Orders.Start(BulkAction.Reschedule(TimeSpan.FromHours(1))).Completion;
        Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        (await Orders.ReceiveAsync()).ShouldBeNull();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await Orders.ReceiveAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Dead_letters_go_back_where_they_came_from_with_their_full_number_of_attempts()
    {
        await Orders.SendAsync("a");
        await Store.Get("letters").SendAsync("b");
        await (await ReceiveAsync(Orders)).DeadLetterAsync("bad", "graveyard");
        await (await ReceiveAsync(Store.Get("letters"))).DeadLetterAsync("bad", "graveyard");
        await Store.Get("graveyard").SendAsync("from nowhere");

        var operation = Store.Get("graveyard").Start(BulkAction.Redrive());
        await operation.Completion;

        (operation.Progress.Done, operation.Progress.Refused).ShouldBe((2, 1));
        var back = await ReceiveAsync(Orders);
        back.Attempt.ShouldBe(1);
        back.Message.LastError.ShouldBeNull();
        back.Text(MessageAttributes.DeadLetterSource).ShouldBeNull();
        Store.Get("letters").Status()!.Ready.ShouldBe(1);

        await Store.Get("graveyard").Start(BulkAction.Redrive("orders")).Completion;
        Store.Get("graveyard").Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_dead_letter_that_says_nothing_goes_to_the_only_queue_that_buries_there()
    {
        await Orders.SetPolicyAsync(policy => policy with { ReceivesMax = 1, DeadLetterQueue = QueueName.Parse("graveyard") });
        await Store.Get("graveyard").SendAsync("x");
        await Store.Get("graveyard").Start(BulkAction.Redrive()).Completion;
        Orders.Status()!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_consumed_within_a_time_is_put_back()
    {
        await Orders.SetPolicyAsync(policy => policy with { KeepConsumed = TimeSpan.FromDays(1) });
        await Orders.SendAsync("early");
        await (await ReceiveAsync(Orders)).AckAsync();
        Time.Advance(TimeSpan.FromHours(1));
        var from = Time.GetUtcNow();
        await Orders.SendAsync("late");
        await (await ReceiveAsync(Orders)).AckAsync();
        Orders.Status()!.Consumed.ShouldBe(2);

        var replay = Orders.Replay(from);
        await replay.Completion;

        replay.Progress.Done.ShouldBe(1);
        (await (await ReceiveAsync(Orders)).ReadTextAsync()).ShouldBe("late");
        Orders.Status()!.Consumed.ShouldBe(1);
    }

    [Fact]
    public async Task A_purge_keeps_nothing_of_what_it_removes()
    {
        await Orders.SetPolicyAsync(policy => policy with { KeepConsumed = TimeSpan.FromDays(1) });
        await SendAsync(3);
        (await Orders.PurgeAsync()).ShouldBe(3);
        Orders.Status()!.Consumed.ShouldBe(0);
    }

    [Fact]
    public async Task A_rate_is_kept_and_the_work_can_be_stopped_in_between()
    {
        await SendAsync(10);
        var operation = Orders.Start(BulkAction.Move("later"), options: new BulkOptions { MessagesPerSecond = 2 });

        await UntilAsync(() => operation.Progress.Done == 2);
        Time.Advance(TimeSpan.FromMilliseconds(900));
        operation.Progress.Done.ShouldBe(2);
        Time.Advance(TimeSpan.FromMilliseconds(100));
        await UntilAsync(() => operation.Progress.Done == 4);

        operation.Stop();
        await operation.Completion;
        operation.IsStopped.ShouldBeTrue();
        Store.Get("later").Status()!.Messages.ShouldBe(4);
        Orders.Status()!.Messages.ShouldBe(6);
    }

    [Fact]
    public async Task What_came_after_the_beginning_is_not_touched()
    {
        await SendAsync(4);
        var operation = Orders.Start(BulkAction.Remove, options: new BulkOptions { MessagesPerSecond = 2 });
        await UntilAsync(() => operation.Progress.Done == 2);
        var late = await Orders.SendAsync("late");
        await UntilAsync(operation.Completion, TimeSpan.FromMilliseconds(50));

        operation.Progress.Done.ShouldBe(4);
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().Id.ShouldBe(late.Id);
    }

    [Fact]
    public async Task A_message_in_somebodys_hands_is_tried_again_and_done_when_it_comes_back()
    {
        await SendAsync(2);
        var held = await ReceiveAsync(Orders);
        var operation = Orders.Start(BulkAction.Remove);
        await UntilAsync(() => operation.Progress.Done == 1);

        await held.ReleaseAsync();
        await UntilAsync(operation.Completion, TimeSpan.FromMilliseconds(100));
        operation.Progress.Done.ShouldBe(2);
        Orders.Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_message_that_stays_in_somebodys_hands_is_left_alone_and_counted_unless_it_is_to_be_taken()
    {
        await SendAsync(2);
        var held = await ReceiveAsync(Orders, new ReceiveOptions { ExtendFor = TimeSpan.FromHours(1) });
        var operation = Orders.Start(BulkAction.Remove);
        await UntilAsync(operation.Completion, TimeSpan.FromMilliseconds(100));

        (operation.Progress.Done, operation.Progress.Busy).ShouldBe((1, 1));
        operation.Progress.Errors.ShouldHaveSingleItem().Message.ShouldBe(held.Id);

        (await Orders.PurgeAsync()).ShouldBe(1);
        Orders.Status()!.Messages.ShouldBe(0);
        await Should.ThrowAsync<LeaseLostException>(async () => await held.AckAsync());
    }

    [Fact]
    public async Task A_full_target_ends_the_work_with_its_exception_and_what_was_done_stays_done()
    {
        await Store.Get("later").SetPolicyAsync(policy => policy with { MessagesMax = 4 });
        await SendAsync(6);
        var operation = Orders.Start(BulkAction.Move("later"), options: new BulkOptions { CommitMax = 2 });

        await Should.ThrowAsync<QueueFullException>(() => operation.Completion);
        operation.Progress.Done.ShouldBe(4);
        Orders.Status()!.Messages.ShouldBe(2);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10_001, 1)]
    [InlineData(1, 0)]
    public void Options_outside_of_their_range_are_refused_at_once(int commitMax, int rate) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Orders.Start(BulkAction.Remove, options: new BulkOptions { CommitMax = commitMax, MessagesPerSecond = rate }));

    private async Task SendAsync(int count, SendOptions? options = null)
    {
        for (var i = 0; i < count; i++)
            await Orders.SendAsync($"{i}", options);
    }
}

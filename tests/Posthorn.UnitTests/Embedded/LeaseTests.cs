using Posthorn.Embedded;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class LeaseTests : StoreTest
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30); // the default policy's

    [Fact]
    public async Task A_lease_that_runs_out_cancels_the_messages_token_and_its_ack_fails()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders);
        var lost = received.LeaseLost;

        Time.Advance(Timeout - TimeSpan.FromMilliseconds(1));
        lost.IsCancellationRequested.ShouldBeFalse();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        lost.IsCancellationRequested.ShouldBeTrue();
        received.LeaseLost.IsCancellationRequested.ShouldBeTrue();

        var failure = await Should.ThrowAsync<LeaseLostException>(async () => await received.AckAsync());
        failure.Messages.ShouldBe([received.Id]);
        (await ReceiveAsync(Orders)).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_lease_can_be_extended_by_hand()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders);

        Time.Advance(TimeSpan.FromSeconds(29));
        await received.ExtendAsync(TimeSpan.FromMinutes(5));
        received.ExpiresAt.ShouldBe(Time.GetUtcNow() + TimeSpan.FromMinutes(5));

        Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        await received.AckAsync();
        Orders.Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_lease_is_extended_by_itself_for_as_long_as_was_asked_and_then_runs_out()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders, new ReceiveOptions { ExtendFor = TimeSpan.FromMinutes(10) });

        Time.Advance(TimeSpan.FromMinutes(9));
        received.LeaseLost.IsCancellationRequested.ShouldBeFalse();
        Orders.Status()!.Leased.ShouldBe(1);

        Time.Advance(TimeSpan.FromMinutes(1) + Timeout);
        received.LeaseLost.IsCancellationRequested.ShouldBeTrue();
        Orders.Status()!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_an_administrator_removed_is_lost_at_the_next_extension()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders, new ReceiveOptions { ExtendFor = TimeSpan.FromHours(1) });
        await Store.Engine.CommitAsync(new Commit().Remove(received.Id));

        received.LeaseLost.IsCancellationRequested.ShouldBeFalse();
        Time.Advance(Timeout / 2);
        received.LeaseLost.IsCancellationRequested.ShouldBeTrue();
        received.IsEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_settled_message_is_not_extended_and_not_lost()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders, new ReceiveOptions { ExtendFor = TimeSpan.FromHours(1) });
        await received.AckAsync();

        Time.Advance(TimeSpan.FromHours(2));
        received.LeaseLost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_message_is_settled_once()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders);
        await received.AckAsync();

        var again = await Should.ThrowAsync<InvalidOperationException>(async () => await received.AckAsync());
        again.ShouldNotBeOfType<LeaseLostException>();
        again.Message.ShouldContain("settled already");
    }

    [Fact]
    public async Task A_released_message_comes_back_after_its_delay_with_the_reason()
    {
        await Orders.SendAsync("x");
        await (await ReceiveAsync(Orders)).ReleaseAsync(TimeSpan.FromMinutes(1), "printer on fire");

        (await Orders.ReceiveAsync()).ShouldBeNull();
        Time.Advance(TimeSpan.FromMinutes(1));
        var again = await ReceiveAsync(Orders);
        again.Attempt.ShouldBe(2);
        again.Message.LastError.ShouldBe("printer on fire");
    }

    [Fact]
    public async Task A_dead_letter_goes_to_the_policys_queue_and_says_why_and_from_where()
    {
        await Orders.SetPolicyAsync(policy => policy with { ReceivesMax = 3, DeadLetterQueue = QueueName.Parse("graveyard") });
        await Orders.SendAsync("x");
        await (await ReceiveAsync(Orders)).DeadLetterAsync("no such customer");

        var letter = (await BrowseAsync(Store.Get("graveyard"))).ShouldHaveSingleItem();
        letter.LastError.ShouldBe("no such customer");
        letter.Text(MessageAttributes.DeadLetterSource).ShouldBe("orders");
        letter.ReceiveCount.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_policy_dead_letters_go_to_the_queues_name_with_dead_behind_it()
    {
        await Orders.SendAsync("x");
        await (await ReceiveAsync(Orders)).DeadLetterAsync("why not");
        Store.Get("orders-dead").Status()!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task An_ack_waits_for_an_administrators_change_of_the_same_message_that_is_on_its_way()
    {
        await Orders.SendAsync("x");
        var received = await ReceiveAsync(Orders);

        var change = Store.Engine.CommitAsync(new Commit().Change(received.Id, new MessageChanges { Priority = Priority.Highest })).AsTask();
        var ack = received.AckAsync().AsTask();
        await UntilAsync(Task.WhenAll(change, ack), TimeSpan.FromMilliseconds(1));

        await change;
        await ack;
        Orders.Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Consuming_and_producing_is_one_commit_over_several_queues()
    {
        await Orders.SendAsync("order");
        var order = await ReceiveAsync(Orders);
        var invoices = Store.Get("invoices", ShopJson.Default.Order);

        var result = await Store.NewCommit().Ack(order).Send(invoices, new Order(1, "horn")).Send("mails", "mail"u8.ToArray()).CommitAsync();

        result.Added.Count.ShouldBe(2);
        order.IsEnded.ShouldBeTrue();
        Orders.Status()!.Messages.ShouldBe(0);
        (await invoices.ReceiveAsync())!.Value.Item.ShouldBe("horn");
        Store.Get("mails").Status()!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_sent_when_a_lease_of_the_same_commit_is_lost()
    {
        await Orders.SendAsync("a");
        await Orders.SendAsync("b");
        var received = await Orders.ReceiveBatchAsync(2);
        await Store.Engine.CommitAsync(new Commit().Remove(received[1].Id));

        var failure = await Should.ThrowAsync<LeaseLostException>(async () =>
            await Store.NewCommit().Ack(received[0]).Ack(received[1]).Send("mails", "x"u8.ToArray()).CommitAsync());

        failure.Messages.ShouldBe([received[1].Id]);
        Store.Get("mails").Status().ShouldBeNull();
        received[0].IsEnded.ShouldBeFalse("the other one is still held");
        await received[0].AckAsync();
    }

    [Fact]
    public async Task A_commit_moves_releases_and_buries_received_messages()
    {
        for (var i = 0; i < 3; i++)
            await Orders.SendAsync($"{i}");
        var received = await Orders.ReceiveBatchAsync(3);

        await Store.NewCommit().Move(received[0], "later").Release(received[1], TimeSpan.FromHours(1), "busy").DeadLetter(received[2], "bad").CommitAsync();

        Store.Get("later").Status()!.Ready.ShouldBe(1);
        Orders.Status()!.Delayed.ShouldBe(1);
        Store.Get("orders-dead").Status()!.Messages.ShouldBe(1);
    }
}

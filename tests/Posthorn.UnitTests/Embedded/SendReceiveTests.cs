using System.Text;
using Posthorn.Embedded;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class SendReceiveTests : StoreTest
{
    [Fact]
    public async Task What_was_sent_is_received_and_gone_after_its_ack()
    {
        var sent = await Orders.SendAsync("one");

        var received = await ReceiveAsync(Orders);
        received.Id.ShouldBe(sent.Id);
        received.Attempt.ShouldBe(1);
        received.Queue.ShouldBe(Orders.Name);
        (await received.ReadTextAsync()).ShouldBe("one");
        Orders.Status()!.Leased.ShouldBe(1);

        await received.AckAsync();
        received.IsEnded.ShouldBeTrue();
        Orders.Status()!.Messages.ShouldBe(0);
        received.LeaseLost.IsCancellationRequested.ShouldBeFalse("it was settled, not lost");
    }

    [Fact]
    public async Task A_stream_is_sent_from_where_it_stands_to_its_end_whatever_its_length()
    {
        var bytes = new byte[300_000];
        new Random(7).NextBytes(bytes);
        using var stream = new MemoryStream(bytes) { Position = 10 };

        await Orders.SendAsync(stream);

        var received = await ReceiveAsync(Orders);
        (await received.ReadBytesAsync()).Span.SequenceEqual(bytes.AsSpan(10)).ShouldBeTrue();
        await using var opened = await received.OpenAsync();
        opened.Length.ShouldBe(bytes.Length - 10);
    }

    [Fact]
    public async Task Options_reach_the_message()
    {
        await Orders.SendAsync("x", new SendOptions
        {
            Priority = Priority.Of(8),
            Group = "eu",
            Attributes = new Dictionary<string, AttributeValue> { ["kind"] = "invoice" },
            Envelope = new Envelope("a@x.test", [new Recipient("b@y.test")]),
        });

        var message = (await ReceiveAsync(Orders, new ReceiveOptions { Group = "eu" })).Message;
        message.Priority.Value.ShouldBe(8);
        message.Group.ShouldBe("eu");
        message.Text("kind").ShouldBe("invoice");
        message.Envelope.Recipients.ShouldHaveSingleItem().Address.ShouldBe("b@y.test");
    }

    [Fact]
    public async Task A_delayed_message_comes_when_its_time_has_come_and_not_a_tick_before()
    {
        await Orders.SendAsync("x", new SendOptions { Delay = TimeSpan.FromSeconds(10) });

        Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        (await Orders.ReceiveAsync()).ShouldBeNull();

        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await Orders.ReceiveAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_negative_delay_is_none_and_the_longest_one_no_overflow()
    {
        await Orders.SendAsync("now", new SendOptions { Delay = TimeSpan.FromDays(-1) });
        await Orders.SendAsync("never", new SendOptions { Delay = TimeSpan.MaxValue });

        (await (await ReceiveAsync(Orders)).ReadTextAsync()).ShouldBe("now");
        Orders.Status()!.Delayed.ShouldBe(1);
    }

    [Fact]
    public async Task A_delay_and_a_due_time_together_are_refused()
    {
        var options = new SendOptions { Delay = TimeSpan.Zero, DueAt = Time.GetUtcNow() };
        await Should.ThrowAsync<ArgumentException>(async () => await Orders.SendAsync("x", options));
    }

    [Fact]
    public async Task A_send_repeated_with_its_key_adds_nothing_and_answers_the_first_message_also_after_a_restart()
    {
        var first = await Orders.SendAsync("x", new SendOptions { IdempotencyKey = "k" });
        await ReopenAsync();
        var second = await Orders.SendAsync("x", new SendOptions { IdempotencyKey = "k" });

        second.Id.ShouldBe(first.Id);
        Orders.Status()!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_batch_is_sent_in_its_order_or_not_at_all()
    {
        await Orders.SetPolicyAsync(policy => policy with { MessagesMax = 3 });
        OutgoingMessage[] batch = [.. Enumerable.Range(0, 3).Select(i => new OutgoingMessage(Encoding.UTF8.GetBytes($"{i}")))];

        (await Orders.SendBatchAsync(batch)).Count.ShouldBe(3);
        var full = await Should.ThrowAsync<QueueFullException>(async () => await Orders.SendBatchAsync(batch));
        full.IsMessageTooLarge.ShouldBeFalse();

        var received = await Orders.ReceiveBatchAsync(10);
        received.Count.ShouldBe(3);
        for (var i = 0; i < 3; i++)
            (await received[i].ReadTextAsync()).ShouldBe($"{i}");
    }

    [Fact]
    public async Task A_send_waits_for_room_as_long_as_it_was_told_to()
    {
        await Orders.SetPolicyAsync(policy => policy with { MessagesMax = 1 });
        await Orders.SendAsync("first");
        var waiting = Orders.SendAsync("second", new SendOptions { RoomWait = TimeSpan.FromMinutes(1) }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await (await ReceiveAsync(Orders)).AckAsync();
        await waiting;

        var inVain = Orders.SendAsync("third", new SendOptions { RoomWait = TimeSpan.FromMinutes(1) }).AsTask();
        await UntilAsync(inVain, TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<QueueFullException>(() => inVain);
    }

    [Fact]
    public async Task A_second_message_with_the_same_deduplication_id_is_answered_with_the_first()
    {
        var first = await Orders.SendAsync("x", new SendOptions { DeduplicationId = "d" });
        var second = await Orders.SendAsync("x", new SendOptions { DeduplicationId = "d" });

        second.IsDuplicate.ShouldBeTrue();
        second.Id.ShouldBe(first.Id);
        Orders.Status()!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_FIFO_queue_hands_out_one_message_of_a_group_after_the_other()
    {
        await Orders.SetPolicyAsync(policy => policy with { IsFifo = true });
        await Orders.SendAsync("a1", new SendOptions { Group = "a" });
        await Orders.SendAsync("a2", new SendOptions { Group = "a" });
        await Orders.SendAsync("b1", new SendOptions { Group = "b" });

        var a1 = await ReceiveAsync(Orders);
        (await (await ReceiveAsync(Orders)).ReadTextAsync()).ShouldBe("b1");
        (await Orders.ReceiveAsync()).ShouldBeNull();
        await a1.AckAsync();
        (await (await ReceiveAsync(Orders)).ReadTextAsync()).ShouldBe("a2");
    }

    [Fact]
    public async Task A_receive_waits_for_a_message_and_no_longer_than_it_was_told_to()
    {
        var waiting = Orders.ReceiveAsync(new ReceiveOptions { Wait = TimeSpan.FromSeconds(20) }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await Orders.SendAsync("x");
        (await waiting).ShouldNotBeNull();

        var inVain = Orders.ReceiveAsync(new ReceiveOptions { Wait = TimeSpan.FromSeconds(20) }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(20));
        (await inVain).ShouldBeNull();
    }

    [Fact]
    public async Task A_value_travels_as_json_through_a_typed_queue()
    {
        var orders = Store.Get("orders", ShopJson.Default.Order);
        await orders.SendAsync(new Order(7, "horn"));
        await orders.SendBatchAsync([new Order(8, "reed"), new Order(9, "case")]);

        (await orders.ReceiveAsync()).ShouldNotBeNull().Value.ShouldBe(new Order(7, "horn"));
        (await orders.ReceiveBatchAsync(5)).Select(m => m.Value.Number).ShouldBe([8, 9]);
    }

    [Fact]
    public async Task A_paused_queue_takes_messages_and_hands_none_out_until_it_is_resumed()
    {
        await Orders.PauseAsync();
        await Orders.SendAsync("x");
        (await Orders.ReceiveAsync()).ShouldBeNull();

        await Orders.ResumeAsync();
        (await Orders.ReceiveAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_declared_queue_has_its_policy_at_every_start_and_stays_paused()
    {
        await ReopenAsync(o => o.Queue("orders", q => q with { ReceivesMax = 3, DeadLetterQueue = QueueName.Parse("orders-dead") }));
        Orders.Status()!.Policy.ReceivesMax.ShouldBe(3);

        await Orders.SetPolicyAsync(q => q with { ReceivesMax = 9, IsPaused = true });
        await ReopenAsync(o => o.Queue("orders", q => q with { ReceivesMax = 4, DeadLetterQueue = QueueName.Parse("orders-dead") }));

        Orders.Status()!.Policy.ReceivesMax.ShouldBe(4);
        Orders.Status()!.Policy.IsPaused.ShouldBeTrue();
    }

    [Fact]
    public async Task A_queue_declared_without_a_policy_keeps_the_one_it_has()
    {
        await Orders.SetPolicyAsync(q => q with { MessagesMax = 5 });
        await ReopenAsync(o => o.Queue("orders").Queue("fresh"));

        Orders.Status()!.Policy.MessagesMax.ShouldBe(5);
        Store.List().Select(q => q.Name.Value).ShouldBe(["fresh", "orders"]);
    }

    [Fact]
    public async Task A_deleted_queue_is_gone_with_its_messages()
    {
        await Orders.SendAsync("x");
        await Orders.DeleteAsync();
        Orders.Status().ShouldBeNull();
        await Orders.DeleteAsync();
    }
}

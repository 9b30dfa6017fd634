using Posthorn.Embedded;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class ConsumeTests : StoreTest
{
    [Fact]
    public async Task Messages_come_in_order_and_the_sequence_waits_for_more()
    {
        using var stop = new CancellationTokenSource();
        var texts = new List<string>();
        var consuming = Task.Run(async () =>
        {
            await foreach (var message in Orders.ConsumeAsync(cancellationToken: stop.Token))
            {
                texts.Add(await message.ReadTextAsync());
                await message.AckAsync();
            }
        });
        await Orders.SendAsync("a");
        await Orders.SendAsync("b");
        await UntilAsync(() => texts.Count == 2);
        await Orders.SendAsync("c");
        await UntilAsync(() => texts.Count == 3 && Orders.Status()!.Messages == 0);

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => consuming);
        texts.ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_message_is_held_for_as_long_as_the_loops_body_works_on_it()
    {
        await Orders.SendAsync("x");
        await foreach (var message in Orders.ConsumeAsync())
        {
            Time.Advance(TimeSpan.FromHours(3));
            message.LeaseLost.IsCancellationRequested.ShouldBeFalse();
            await message.AckAsync();
            break;
        }
        Orders.Status()!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_message_held_beyond_the_handling_time_is_lost()
    {
        await Orders.SendAsync("x");
        await foreach (var message in Orders.ConsumeAsync(new ConsumeOptions { HandlingTimeMax = TimeSpan.FromMinutes(5) }))
        {
            Time.Advance(TimeSpan.FromMinutes(6));
            message.LeaseLost.IsCancellationRequested.ShouldBeTrue();
            break;
        }
        Orders.Status()!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task What_the_loops_body_leaves_unsettled_is_given_back_when_the_next_one_is_asked_for()
    {
        await Orders.SendAsync("x");
        var attempts = new List<int>();
        await foreach (var message in Orders.ConsumeAsync())
        {
            attempts.Add(message.Attempt);
            if (attempts.Count == 3)
                break;
        }
        attempts.ShouldBe([1, 2, 3]);
        Orders.Status()!.Ready.ShouldBe(1, "leaving the loop gives it back too");
    }

    [Fact]
    public async Task An_exception_in_the_loop_gives_back_what_is_held_and_what_was_fetched_ahead_uncounted()
    {
        for (var i = 0; i < 4; i++)
            await Orders.SendAsync($"{i}");
        await Should.ThrowAsync<InvalidTimeZoneException>(async () =>
        {
            await foreach (var message in Orders.ConsumeAsync(new ConsumeOptions { Prefetch = 2 }))
            {
                await UntilAsync(() => Orders.Status()!.Leased == 3);
                throw new InvalidTimeZoneException();
            }
        });

        Orders.Status()!.Ready.ShouldBe(4);
        (await BrowseAsync(Orders)).Select(m => m.ReceiveCount).ShouldBe([1, 0, 0, 0]);
    }

    [Fact]
    public async Task No_more_are_leased_than_may_be_worked_on_and_fetched_ahead()
    {
        for (var i = 0; i < 20; i++)
            await Orders.SendAsync($"{i}");
        var held = new List<ReceivedMessage>();
        await using var messages = Orders.ConsumeAsync(new ConsumeOptions { Concurrency = 3, Prefetch = 2 }).GetAsyncEnumerator();
        for (var i = 0; i < 3; i++)
        {
            (await messages.MoveNextAsync()).ShouldBeTrue();
            held.Add(messages.Current);
        }
        await UntilAsync(() => Orders.Status()!.Leased == 5);
        var fourth = messages.MoveNextAsync().AsTask();
        fourth.IsCompleted.ShouldBeFalse("three are unsettled");

        await held[1].AckAsync();
        (await fourth).ShouldBeTrue();
        (await messages.Current.ReadTextAsync()).ShouldBe("3");
        await UntilAsync(() => Orders.Status()!.Leased == 5);
    }

    [Fact]
    public async Task A_typed_sequence_hands_out_values_and_a_bad_body_does_not_end_it()
    {
        var orders = Store.Get("orders", ShopJson.Default.Order);
        await Orders.SendAsync("no json");
        await orders.SendAsync(new Order(1, "horn"));
        var items = new List<string>();
        await foreach (var message in orders.ConsumeAsync())
        {
            try
            {
                items.Add(message.Value.Item);
                await message.AckAsync();
                break;
            }
            catch (System.Text.Json.JsonException e)
            {
                await message.DeadLetterAsync(e.Message);
            }
        }
        items.ShouldBe(["horn"]);
        Store.Get("orders-dead").Status()!.Messages.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10_001, 0)]
    [InlineData(1, -1)]
    [InlineData(1, 10_001)]
    public void Options_outside_of_their_range_are_refused_at_once(int concurrency, int prefetch) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Orders.ConsumeAsync(new ConsumeOptions { Concurrency = concurrency, Prefetch = prefetch }));
}

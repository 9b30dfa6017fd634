using Posthorn.Embedded;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class ProcessTests : StoreTest
{
    private static readonly Backoff Steps = Backoff.Steps(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));

    [Fact]
    public async Task A_handler_that_succeeds_acknowledges()
    {
        await using var processing = Start((_, _) => Task.CompletedTask);
        await Orders.SendAsync("x");
        await UntilAsync(() => processing.Calls == 1 && Orders.Status()!.Messages == 0);
    }

    [Fact]
    public async Task A_handler_that_fails_is_called_again_after_each_step_of_the_back_off_and_then_the_message_is_a_dead_letter()
    {
        await Orders.SendAsync("x");
        await using var processing = Start((_, _) => throw new InvalidOperationException("no paper"), new ProcessOptions { Backoff = Steps, AttemptsMax = 3 });

        await UntilAsync(() => processing.Calls == 1 && Orders.Status()!.Delayed == 1);
        Time.Advance(TimeSpan.FromSeconds(59));
        processing.Calls.ShouldBe(1);
        Time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => processing.Calls == 2 && Orders.Status()!.Delayed == 1);
        Time.Advance(TimeSpan.FromMinutes(5));
        await UntilAsync(() => processing.Calls == 3 && Orders.Status()!.Messages == 0);

        var letter = (await BrowseAsync(Store.Get("orders-dead"))).ShouldHaveSingleItem();
        letter.LastError.ShouldBe("InvalidOperationException: no paper");
        letter.Text(MessageAttributes.DeadLetterSource).ShouldBe("orders");
    }

    [Fact]
    public async Task Without_a_number_of_attempts_the_queues_policy_decides()
    {
        await Orders.SetPolicyAsync(policy => policy with { ReceivesMax = 1, DeadLetterQueue = QueueName.Parse("graveyard") });
        await Orders.SendAsync("x");
        await using var processing = Start((_, _) => throw new InvalidOperationException("no paper"));

        await UntilAsync(() => Store.Get("graveyard").Status()?.Messages == 1);
        processing.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_is_no_value_is_a_dead_letter_at_once()
    {
        await Orders.SendAsync("no json");
        var calls = 0;
        using var stop = new CancellationTokenSource();
        var processing = Store.Get("orders", ShopJson.Default.Order).ProcessAsync(
            (message, token) =>
            {
                calls++;
                _ = message.Value;
                return Task.CompletedTask;
            },
            cancellationToken: stop.Token);

        await UntilAsync(() => Store.Get("orders-dead").Status()?.Messages == 1);
        await stop.CancelAsync();
        await processing;
        calls.ShouldBe(1);
    }

    [Fact]
    public async Task When_the_dead_letter_queue_is_full_the_message_stays_and_is_tried_again()
    {
        await Store.Get("orders-dead").SetPolicyAsync(policy => policy with { MessagesMax = 1 });
        await Store.Get("orders-dead").SendAsync("one before");
        await Orders.SendAsync("x");
        await using var processing = Start((_, _) => throw new InvalidOperationException("bad"), new ProcessOptions { Backoff = Steps, AttemptsMax = 1 });

        await UntilAsync(() => Orders.Status()!.Delayed == 1);
        Orders.Status()!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_cannot_be_settled_comes_back_when_its_lease_ends_and_the_others_go_on()
    {
        await Orders.SendAsync("bad");
        await Orders.SendAsync("good");
        await using var processing = Start(
            async (message, token) =>
            {
                if (await message.ReadTextAsync(token) == "bad")
                    throw new InvalidOperationException("no paper");
            },
            new ProcessOptions { IsPermanent = _ => throw new InvalidOperationException("the rule itself fails") });

        await UntilAsync(() => processing.Calls == 2 && Orders.Status()!.Messages == 1);
        Orders.Status()!.Leased.ShouldBe(1);
        await UntilAsync(() => processing.Calls == 3, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_handler_may_settle_its_message_itself()
    {
        await Orders.SendAsync("x");
        await using var processing = Start(async (message, token) => await Store.NewCommit().Ack(message).Send("done", "x"u8.ToArray()).CommitAsync(token));
        await UntilAsync(() => Store.Get("done").Status()?.Messages == 1 && Orders.Status()!.Messages == 0);
    }

    [Fact]
    public async Task A_lost_lease_cancels_the_handlers_token_and_its_failure_is_not_counted_against_the_message()
    {
        var sent = await Orders.SendAsync("x");
        var entered = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var processing = Start(async (_, token) =>
        {
            entered.TrySetResult();
            try
            {
                await Task.Delay(System.Threading.Timeout.Infinite, token);
            }
            finally
            {
                cancelled.TrySetResult();
            }
        });
        await entered.Task;
        await Store.Engine.CommitAsync(new Commit().Move(sent.Id, QueueName.Parse("elsewhere")));

        Time.Advance(TimeSpan.FromSeconds(15));
        await cancelled.Task;
        Store.Get("elsewhere").Status()!.Ready.ShouldBe(1);
        Store.Get("orders-dead").Status().ShouldBeNull();
    }

    [Fact]
    public async Task As_many_handlers_run_at_once_as_the_concurrency_allows()
    {
        for (var i = 0; i < 10; i++)
            await Orders.SendAsync($"{i}");
        var (now, most) = (0, 0);
        var go = new TaskCompletionSource();
        await using var processing = Start(
            async (_, _) =>
            {
                lock (go)
                    most = Math.Max(most, ++now);
                await go.Task;
                lock (go)
                    now--;
            },
            new ProcessOptions { Concurrency = 4, Prefetch = 3 });
        await UntilAsync(() => processing.Calls == 4 && Orders.Status()!.Leased == 7);
        go.SetResult();
        await UntilAsync(() => Orders.Status()!.Messages == 0);
        most.ShouldBe(4);
    }

    [Fact]
    public async Task A_stop_takes_nothing_more_lets_the_handler_finish_and_gives_back_what_was_fetched_ahead_uncounted()
    {
        for (var i = 0; i < 3; i++)
            await Orders.SendAsync($"{i}");
        var go = new TaskCompletionSource();
        var processing = Start((_, _) => go.Task, new ProcessOptions { Prefetch = 2 });
        await UntilAsync(() => processing.Calls == 1 && Orders.Status()!.Leased == 3);

        var stopping = processing.DisposeAsync().AsTask();
        await UntilAsync(() => Orders.Status()!.Leased == 1);
        stopping.IsCompleted.ShouldBeFalse("the handler is still at work");
        go.SetResult();
        await stopping;

        var left = await BrowseAsync(Orders);
        left.Count.ShouldBe(2);
        left.ShouldAllBe(m => m.ReceiveCount == 0);
    }

    [Fact]
    public async Task A_handler_that_does_not_end_within_the_drain_time_is_cancelled_and_its_message_given_back_uncounted()
    {
        await Orders.SendAsync("x");
        var processing = Start((_, token) => Task.Delay(System.Threading.Timeout.Infinite, token), new ProcessOptions { DrainTime = TimeSpan.FromSeconds(20) });
        await UntilAsync(() => processing.Calls == 1);

        var stopping = processing.DisposeAsync().AsTask();
        await UntilAsync(stopping, TimeSpan.FromSeconds(1));
        await stopping;
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().ReceiveCount.ShouldBe(0);
    }

    [Fact]
    public async Task Closing_the_store_ends_the_processing_with_an_exception()
    {
        var processing = Orders.ProcessAsync((_, _) => Task.CompletedTask);
        await Store.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => processing);
    }

    [Fact]
    public void A_back_off_doubles_up_to_its_most_and_spreads_alike_for_one_attempt_of_one_message()
    {
        var backoff = Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Enumerable.Range(1, 6).Select(i => backoff.DelayAfter(i, default).TotalSeconds).ShouldBe([1, 2, 4, 8, 10, 10]);

        var spread = backoff with { Spread = 0.5 };
        var delays = Enumerable.Range(1, 1_000).Select(i => spread.DelayAfter(5, new MessageId((ulong)i))).ToList();
        delays.ShouldAllBe(d => d > TimeSpan.FromSeconds(5) && d <= TimeSpan.FromSeconds(10));
        delays.Distinct().Count().ShouldBeGreaterThan(990);
        spread.DelayAfter(5, new MessageId(7)).ShouldBe(delays[6]);
    }

    private Processing Start(Func<ReceivedMessage, CancellationToken, Task> handler, ProcessOptions? options = null) => new(Orders, handler, options);

    /// <summary>A processor at work; stopped when disposed.</summary>
    private sealed class Processing : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;
        private int _calls;

        public Processing(IQueue queue, Func<ReceivedMessage, CancellationToken, Task> handler, ProcessOptions? options) =>
            _task = queue.ProcessAsync(
                (message, token) =>
                {
                    Interlocked.Increment(ref _calls);
                    return handler(message, token);
                },
                options, _stop.Token);

        public int Calls => Volatile.Read(ref _calls);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task;
            _stop.Dispose();
        }
    }
}

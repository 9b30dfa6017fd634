using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>What happens to a message whose call failed.</summary>
public sealed class WebhookRetryTests
{
    private const string Path = "/hook";

    [Fact]
    public async Task A_failed_call_is_made_again_by_the_schedule_and_past_its_end_the_message_is_a_dead_letter()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Answer(Path, 503, "busy");
        var id = await world.SendAsync();
        await world.PostsAsync(1);
        foreach (var (delay, posts) in new[] { (TimeSpan.FromSeconds(5), 2), (TimeSpan.FromMinutes(1), 3), (TimeSpan.FromMinutes(10), 4) })
        {
            await world.AdvanceAsync(delay - TimeSpan.FromSeconds(1));
            world.Endpoints.Posts.Count.ShouldBe(posts - 1);
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            await world.PostsAsync(posts);
        }

        await world.UntilAsync(() => world.Count("orders-dead") == 1, "it is a dead letter");
        var dead = world.In("orders-dead").Single();
        (dead.Id, dead.Text(MessageAttributes.DeadLetterSource), dead.LastError).ShouldBe((id, "orders", "attempt 4 of 4, http://127.0.0.1:8080/hook: 503 Service Unavailable"));
        world.Endpoints.To(Path).Select(p => p.Id).Distinct().ShouldBe([id.ToString()]);
        world.Told(TimelineKind.Deferred).ShouldBe(["for 5 s: 503 Service Unavailable", "for 60 s: 503 Service Unavailable", "for 600 s: 503 Service Unavailable"]);
        world.Told(TimelineKind.DeadLettered).ShouldHaveSingleItem().ShouldStartWith("by webhook orders: attempt 4 of 4");
        world.Courier.RecordOf("orders").Attempts().Select(a => a.Outcome).ShouldBe([WebhookOutcome.DeadLettered, WebhookOutcome.Deferred, WebhookOutcome.Deferred, WebhookOutcome.Deferred]);
    }

    [Fact]
    public async Task The_queues_own_dead_letter_queue_and_count_hold_too()
    {
        await using var world = await WebhookWorld.StartAsync(
            w => w.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("orders"), new QueuePolicy { ReceivesMax = 2, DeadLetterQueue = QueueName.Parse("graveyard") })).AsTask(),
            WebhookWorld.Orders());
        world.Endpoints.Answer(Path, 500);
        await world.SendAsync();
        await world.PostsAsync(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        await world.PostsAsync(2);

        await world.UntilAsync(() => world.Count("graveyard") == 1, "it is there");
        world.In("graveyard").Single().LastError.ShouldBe("attempt 2 of 4, http://127.0.0.1:8080/hook: 500 Internal Server Error");
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(202, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(302, false)]
    [InlineData(304, false)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(502, false)]
    public async Task Only_2xx_is_a_success(int status, bool isDone)
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Answer(Path, status);
        await world.SendAsync();
        await world.PostsAsync(1);

        await world.UntilAsync(() => world.Told(isDone ? TimelineKind.Delivered : TimelineKind.Deferred).Any(), "it is settled");
        (world.Count("orders"), world.In("orders").SingleOrDefault()?.ReceiveCount).ShouldBe(isDone ? (0, null) : (1, 1));
    }

    [Fact]
    public async Task A_call_without_an_answer_ends_at_its_time_and_not_before()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Timeout = TimeSpan.FromSeconds(15) });
        world.Endpoints.Hang(Path);
        await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it was posted");
        await world.AdvanceAsync(TimeSpan.FromSeconds(14.9));
        world.Lane().InFlight.ShouldBe(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(0.1));
        await world.SettledAsync();

        world.In("orders").Single().LastError.ShouldBe("no answer within 15 s");
        world.Courier.RecordOf("orders").Last!.ShouldSatisfyAllConditions(a => a.Status.ShouldBeNull(), a => a.Took.ShouldBe(TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public async Task A_lease_is_renewed_while_a_call_is_under_way()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Timeout = TimeSpan.FromMinutes(20) });
        world.Endpoints.Hang(Path);
        await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it was posted");
        await world.AdvanceAsync(TimeSpan.FromMinutes(19), TimeSpan.FromSeconds(30));
        world.Endpoints.LetGo(Path);
        await world.SettledAsync();

        (world.Count("orders"), world.Endpoints.Posts.Count).ShouldBe((0, 1));
    }

    [Theory]
    [InlineData("2", 5)] // a schedule's delay is a promise
    [InlineData("90", 90)]
    [InlineData("Sun, 01 Mar 2026 12:02:00 GMT", 120)]
    [InlineData("9999999", 86_400)] // believed for a day at most
    public async Task A_time_that_the_endpoint_names_is_believed(string retryAfter, int seconds)
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Answer(Path, 502, with: r => r.Headers.TryAddWithoutValidation("Retry-After", retryAfter).ShouldBeTrue());
        await world.SendAsync();
        await world.PostsAsync(1);

        (world.In("orders").Single().DueAt - world.Time.GetUtcNow()).ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task An_endpoint_that_asks_to_be_left_alone_is_and_nothing_that_waits_is_counted()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Concurrency = 1 });
        world.Endpoints.Answer(Path, 429, with: r => r.Headers.Add("Retry-After", "30"));
        await world.SendAsync("1");
        await world.PostsAsync(1);
        world.Endpoints.Answer(Path, 200);
        var second = await world.SendAsync("2");
        await world.AdvanceAsync(TimeSpan.FromSeconds(29));
        world.Endpoints.Posts.Count.ShouldBe(1);
        (await world.Engine.FindAsync(second))!.ReceiveCount.ShouldBe(0);
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));

        await world.PostsAsync(3);
        world.Count("orders").ShouldBe(0);
    }

    [Fact]
    public async Task A_crash_between_the_call_and_its_end_posts_the_message_again_under_the_same_id()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Hang(Path);
        var id = await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it was posted");
        await world.CrashAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 2, "it is posted again");
        world.Endpoints.LetGo(Path);
        await world.UntilAsync(() => world.Count("orders") == 0, "it is done");

        world.Endpoints.Posts.Select(p => p.Id).ShouldBe([id.ToString(), id.ToString()]);
    }

    [Fact]
    public async Task A_stop_gives_what_is_under_way_back_uncounted()
    {
        var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Timeout = TimeSpan.FromHours(1) });
        world.Endpoints.Hang(Path);
        var id = await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it was posted");
        var engine = world.Engine;
        var (stopped, begun) = (world.Courier.StopAsync(CancellationToken.None), world.Time.GetUtcNow());
        await world.Time.UntilAsync(() => stopped.IsCompleted, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        await stopped;

        (world.Time.GetUtcNow() - begun).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(10));
        var message = (await engine.FindAsync(id))!;
        (message.State, message.ReceiveCount).ShouldBe((MessageState.Ready, 0));
        await world.DisposeAsync();
    }

    [Fact]
    public async Task In_a_FIFO_queue_what_follows_in_a_group_waits_for_its_turn()
    {
        await using var world = await WebhookWorld.StartAsync(
            w => w.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("orders"), new QueuePolicy { IsFifo = true })).AsTask(), WebhookWorld.Orders());
        world.Endpoints.Answer(Path, p => FakeEndpoints.Response(p.Text == "a1" && world.Endpoints.Posts.Count(q => q.Text == "a1") == 1 ? 500 : 200));
        foreach (var text in new[] { "a1", "a2", "a3", "b1" })
            await world.SendAsync(text, group: text[..1]);
        await world.PostsAsync(2);
        world.Endpoints.Posts.Select(p => p.Text).Order().ShouldBe(["a1", "b1"]);
        await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        await world.PostsAsync(5);

        world.Endpoints.Posts.Skip(2).Select(p => p.Text).ShouldBe(["a1", "a2", "a3"]);
    }
}

using Posthorn.Client.Contracts.Webhooks;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>How many calls at once and in a time; and that nobody waits for somebody else's.</summary>
public sealed class WebhookLimitTests
{
    [Fact]
    public async Task No_more_calls_are_under_way_than_allowed()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Concurrency = 3 });
        world.Endpoints.Hang("/hook");
        for (var i = 0; i < 10; i++)
            await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 3, "three are under way");
        (world.Lane().InFlight, world.In("orders").Count(m => m.ReceiveCount > 0)).ShouldBe((3, 3));
        world.Endpoints.LetGo("/hook");
        await world.PostsAsync(10);

        world.Endpoints.Most["/hook"].ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_rate_holds()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Rate = "60/min", Concurrency = 10 });
        for (var i = 0; i < 6; i++)
            await world.SendAsync();
        await world.PostsAsync(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(0.9));
        world.Endpoints.Posts.Count.ShouldBe(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(0.1));
        await world.PostsAsync(2);
        for (var posts = 3; posts <= 6; posts++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            await world.PostsAsync(posts);
        }
    }

    [Fact]
    public async Task A_rate_that_nobody_used_for_an_hour_is_not_made_up_for()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Rate = "60/min", Concurrency = 10 });
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        for (var i = 0; i < 6; i++)
            await world.SendAsync();

        await world.PostsAsync(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        await world.PostsAsync(2);
    }

    [Fact]
    public async Task An_endpoint_that_hangs_holds_up_no_other_webhook()
    {
        await using var world = await WebhookWorld.StartAsync(
            [.. Enumerable.Range(0, 20).Select(i => WebhookWorld.Orders($"http://127.0.0.1/{i}") with { Queue = $"q{i}", Concurrency = 50 })]);
        for (var i = 0; i < 19; i++)
            world.Endpoints.Hang($"/{i}");
        for (var i = 0; i < 19; i++)
            for (var n = 0; n < 50; n++)
                await world.SendAsync(queue: $"q{i}");
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 19 * 50, "all of them hang");
        await world.SendAsync(queue: "q19");

        await world.UntilAsync(() => world.Count("q19") == 0, "it is done");
    }

    [Fact]
    public async Task Of_one_queue_that_serves_many_endpoints_one_that_hangs_holds_up_no_other()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc);
        world.Endpoints.Hang("/rpc/slow");
        for (var i = 0; i < 500; i++)
            await world.SendAsync(queue: "bus", attributes: ("service", "slow"));
        await world.UntilAsync(() => world.Endpoints.To("/rpc/slow").Count == 10, "ten hang");
        for (var i = 0; i < 20; i++)
            await world.SendAsync($"{i}", queue: "bus", attributes: ("service", $"s{i % 4}"));
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 30, "the others are served");
        await world.UntilAsync(() => world.Count("bus") == 500, "and are done");

        world.In("bus").Count(m => m.ReceiveCount > 0).ShouldBe(10);
        world.Endpoints.LetGo("/rpc/slow");
        await world.UntilAsync(() => world.Count("bus") == 0, "all is done");
    }

    [Fact]
    public async Task Each_endpoint_of_one_queue_fails_for_itself()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { PauseAfter = 2, Probes = "1m" });
        world.Endpoints.Answer("/rpc/bad", 500);
        world.Endpoints.Answer("/rpc/gone", 410);
        for (var i = 0; i < 10; i++)
        {
            await world.SendAsync(queue: "bus", attributes: ("service", "bad"));
            await world.SendAsync(queue: "bus", attributes: ("service", "gone"));
            await world.SendAsync(queue: "bus", attributes: ("service", "good"));
        }
        await world.UntilAsync(() => world.Endpoints.To("/rpc/good").Count == 10 && world.Count("bus") == 20, "the good one has all of its own");
        await world.SettledAsync();

        var lanes = world.Courier.Find("bus")!.Lanes().ToDictionary(l => l.Endpoint, StringComparer.Ordinal);
        lanes["http://127.0.0.1:9000/rpc/bad"].State.PausedUntil.ShouldNotBeNull();
        lanes["http://127.0.0.1:9000/rpc/gone"].State.IsDisabled.ShouldBeTrue();
        lanes["http://127.0.0.1:9000/rpc/good"].State.PausedUntil.ShouldBeNull();
    }

    private static WebhookSettings Rpc => new() { Queue = "bus", Url = "http://127.0.0.1:9000/rpc/{attribute(service)}", Secrets = [], Schedule = "1m, 1h" };
}

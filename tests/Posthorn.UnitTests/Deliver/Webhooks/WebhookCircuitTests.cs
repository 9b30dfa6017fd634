using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>An endpoint that keeps failing: paused, tried, disabled, told of, and back again.</summary>
public sealed class WebhookCircuitTests
{
    private const string Path = "/hook";

    private static WebhookSettings Failing => WebhookWorld.Orders() with
    {
        Schedule = "1m, 10*5m", PauseAfter = 3, Probes = "30s, 2m", Concurrency = 1, Owner = "ops@example.test", NotifyAfter = TimeSpan.Zero,
    };

    [Fact]
    public async Task A_failing_endpoint_is_paused_and_what_waits_is_neither_leased_nor_counted()
    {
        await using var world = await FailedAsync(Failing);

        world.Lane().State.PausedUntil.ShouldBe(world.Time.GetUtcNow() + TimeSpan.FromSeconds(30));
        await world.AdvanceAsync(TimeSpan.FromSeconds(29));
        world.Endpoints.Posts.Count.ShouldBe(3);
        world.In("orders").Count(m => m is { State: MessageState.Ready, ReceiveCount: 0 }).ShouldBe(7);
    }

    [Fact]
    public async Task It_is_tried_with_one_message_whose_failure_does_not_count_and_left_alone_for_longer()
    {
        await using var world = await FailedAsync(Failing);
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        await world.PostsAsync(4);

        world.Lane().State.PausedUntil.ShouldBe(world.Time.GetUtcNow() + TimeSpan.FromMinutes(2));
        var tried = world.In("orders").Single(m => m.Id.ToString() == world.Endpoints.Posts.Last().Id);
        tried.ReceiveCount.ShouldBe(0);
        world.Told(TimelineKind.Deferred).Last().ShouldBe("for 60 s, not counted: 500 Internal Server Error");
        world.Courier.RecordOf("orders").Last!.Outcome.ShouldBe(WebhookOutcome.Waits);
    }

    [Fact]
    public async Task One_success_and_all_the_others_follow()
    {
        await using var world = await FailedAsync(Failing);
        world.Endpoints.Answer(Path, 200);
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        await world.PostsAsync(3 + 7);
        world.Lane().State.ShouldBe(LaneState.Fine);
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.PostsAsync(3 + 7 + 3);

        world.Count("orders").ShouldBe(0);
        world.Engine.Documents("webhooks/lanes/").ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_owner_is_told_by_mail_and_once()
    {
        await using var world = await FailedAsync(Failing);
        await world.UntilAsync(() => world.Count("spool/process/root") == 1, "the mail is there");
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        await world.PostsAsync(4);
        await world.AdvanceAsync(TimeSpan.FromMinutes(2));
        await world.PostsAsync(5);

        var mail = world.In("spool/process/root").ShouldHaveSingleItem();
        (mail.Envelope.Sender, mail.Envelope.Recipients.Single().Address).ShouldBe(("", "ops@example.test"));
        var text = await world.TextAsync(mail);
        text.ShouldContain("Subject: Webhook orders: paused, the endpoint keeps failing");
        text.ShouldContain("http://127.0.0.1:8080/hook");
        text.ShouldContain("500 Internal Server Error");
        text.ShouldContain("posthorn webhook resume orders");
        text.ShouldContain("Auto-Submitted: auto-generated");
    }

    [Fact]
    public async Task Before_its_time_nobody_is_told()
    {
        await using var world = await FailedAsync(Failing with { NotifyAfter = TimeSpan.FromMinutes(1), Schedule = "10m" });
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        await world.PostsAsync(4);
        world.Count("spool/process/root").ShouldBe(0);
        await world.AdvanceAsync(TimeSpan.FromMinutes(2));
        await world.PostsAsync(5);

        await world.UntilAsync(() => world.Count("spool/process/root") == 1, "the mail is there");
    }

    [Fact]
    public async Task Gone_disables_it_at_once_and_its_messages_wait_uncounted_until_it_is_resumed()
    {
        await using var world = await WebhookWorld.StartAsync(Failing);
        world.Endpoints.Answer(Path, 410);
        var id = await world.SendAsync();
        await world.PostsAsync(1);
        await world.UntilAsync(() => world.Count("spool/process/root") == 1, "the mail is there");
        world.Endpoints.Answer(Path, 200);
        await world.SendAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1), TimeSpan.FromHours(1));
        (world.Endpoints.Posts.Count, world.Lane().State.IsDisabled).ShouldBe((1, true));
        (await world.Engine.FindAsync(id))!.ReceiveCount.ShouldBe(0);
        (await world.TextAsync(world.In("spool/process/root").Single())).ShouldContain("Subject: Webhook orders: disabled, the endpoint keeps failing");
        await world.Courier.Find("orders")!.ResumeAsync();

        await world.PostsAsync(3);
        world.Count("orders").ShouldBe(0);
    }

    [Fact]
    public async Task A_restart_does_not_forget_that_an_endpoint_is_disabled()
    {
        await using var world = await WebhookWorld.StartAsync(Failing);
        world.Endpoints.Answer(Path, 410);
        await world.SendAsync();
        await world.PostsAsync(1);
        await world.UntilAsync(() => world.Engine.Documents("webhooks/lanes/").Count == 1, "it is kept");
        await world.CrashAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1), TimeSpan.FromHours(1));

        (world.Endpoints.Posts.Count, world.Lane().State.IsDisabled, world.Lane().State.Reason).ShouldBe((1, true, "410 Gone"));
    }

    [Fact]
    public async Task By_hand_it_is_paused_and_goes_on()
    {
        await using var world = await WebhookWorld.StartAsync(Failing);
        var (book, webhook) = (world.Get<WebhookBook>(), WebhookWorld.Options(Failing));
        await book.SetPauseAsync(webhook, new HandPause("admin", world.Time.GetUtcNow(), "maintenance"));
        var id = await world.SendAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        (world.Endpoints.Posts.Count, (await world.Engine.FindAsync(id))!.ReceiveCount).ShouldBe((0, 0));
        await world.CrashAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        world.Endpoints.Posts.Count.ShouldBe(0);
        await world.Get<WebhookBook>().SetPauseAsync(webhook, null);

        await world.PostsAsync(1);
    }

    [Fact]
    public async Task A_message_that_the_endpoint_does_not_like_says_nothing_against_the_endpoint()
    {
        await using var world = await WebhookWorld.StartAsync(Failing);
        world.Endpoints.Answer(Path, 422);
        for (var i = 0; i < 10; i++)
            await world.SendAsync(i.ToString());
        await world.PostsAsync(10);

        world.Lane().State.ShouldBe(LaneState.Fine);
        world.In("orders").ShouldAllBe(m => m.ReceiveCount == 1 && m.State == MessageState.Delayed);
    }

    [Fact]
    public void After_days_of_nothing_but_failures_it_is_disabled_and_a_success_in_between_begins_anew()
    {
        var options = WebhookWorld.Options(WebhookWorld.Orders() with { PauseAfter = 1, Probes = "1h" });
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        HoursUntilDisabled(successAt: null).ShouldBe(12 + 120);
        HoursUntilDisabled(successAt: 100).ShouldBe(101 + 12 + 120);

        int HoursUntilDisabled(int? successAt)
        {
            var circuit = new Circuit(options, null, new Random(1));
            for (var hour = 0; ; hour++)
            {
                if (hour == successAt)
                    circuit.Succeed();
                else if (circuit.Fail(isProbe: true, now.AddHours(hour), "503") && circuit.IsDisabled)
                    return hour;
            }
        }
    }

    [Fact]
    public void Single_failures_days_apart_disable_nothing()
    {
        var circuit = new Circuit(WebhookWorld.Options(WebhookWorld.Orders()), null, new Random(1));
        for (var day = 0; day < 60; day += 2)
            circuit.Fail(isProbe: false, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day), "503");

        circuit.IsDisabled.ShouldBeFalse();
    }

    [Fact]
    public void What_was_under_way_when_it_was_paused_does_not_prolong_the_pause()
    {
        var circuit = new Circuit(WebhookWorld.Options(WebhookWorld.Orders() with { PauseAfter = 2, Probes = "30s, 2m" }), null, new Random(1));
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        circuit.Fail(isProbe: false, now, "x").ShouldBeFalse();
        circuit.Fail(isProbe: false, now, "x").ShouldBeTrue();
        circuit.Fail(isProbe: false, now.AddSeconds(20), "x").ShouldBeFalse();
        circuit.PausedUntil.ShouldBe(now.AddSeconds(30));
        circuit.Fail(isProbe: true, now.AddSeconds(31), "x").ShouldBeTrue();

        circuit.PausedUntil.ShouldBe(now.AddSeconds(31 + 120));
    }

    /// <summary>A world with ten messages, of which the first three failed.</summary>
    private static async Task<WebhookWorld> FailedAsync(WebhookSettings settings)
    {
        var world = await WebhookWorld.StartAsync(settings);
        world.Endpoints.Answer(Path, 500);
        for (var i = 0; i < 10; i++)
            await world.SendAsync(i.ToString());
        await world.PostsAsync(3);
        return world;
    }
}

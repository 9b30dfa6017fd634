using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>One queue, many endpoints; topics; answers.</summary>
public sealed class WebhookRoutingTests
{
    private static WebhookSettings Rpc => new() { Queue = "bus", Url = "http://127.0.0.1:9000/rpc/{attribute(service)}", Secrets = [], Schedule = "1m" };

    [Fact]
    public async Task The_message_decides_where_it_goes()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { Url = "http://127.0.0.1:9000/rpc/{attribute(service)}?for={attribute(account)}" });
        var id = await world.SendAsync(queue: "bus", attributes: [("service", "bill/../admin"), ("account", "a&b=c d")]);
        await world.PostsAsync(1);

        world.Endpoints.Posts.Single().Url.AbsoluteUri.ShouldBe("http://127.0.0.1:9000/rpc/bill%2F..%2Fadmin?for=a%26b%3Dc%20d");
        (world.Endpoints.Posts.Single().Id, world.Endpoints.Posts.Single()["posthorn-attempt"]).ShouldBe((id.ToString(), "1"));
    }

    [Theory]
    [InlineData(null, "it has no attribute 'service', which its webhook's URL needs")]
    [InlineData("..", "its attribute 'service' cannot stand in its webhook's URL")]
    [InlineData(".", "its attribute 'service' cannot stand in its webhook's URL")]
    public async Task A_message_that_leads_nowhere_is_a_dead_letter_at_once(string? service, string reason)
    {
        await using var world = await WebhookWorld.StartAsync(Rpc);
        await world.SendAsync(queue: "bus", group: "g", attributes: service is null ? [] : [("service", service)]);
        await world.UntilAsync(() => world.Count("bus-dead") == 1, "it is given up");

        var dead = world.In("bus-dead").Single();
        (dead.LastError, dead.Group, world.Endpoints.Posts.Count).ShouldBe((reason, "g", 0));
    }

    [Fact]
    public async Task A_dead_letter_has_the_group_again_that_it_had()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc);
        world.Endpoints.Answer("/rpc/a", 400);
        await world.SendAsync(queue: "bus", group: "tenant-7", attributes: ("service", "a"));
        await world.PostsAsync(1);
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.PostsAsync(2);
        await world.UntilAsync(() => world.Count("bus-dead") == 1, "it is given up");

        var dead = world.In("bus-dead").Single();
        (dead.Group, dead.Text(WebhookAttribute.Group), dead.ReceiveCount).ShouldBe(("tenant-7", null, 0));
    }

    [Fact]
    public async Task What_was_sorted_before_a_restart_is_delivered_after_it()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { PauseAfter = 1, Probes = "10m", Timeout = TimeSpan.FromHours(1) });
        world.Endpoints.Answer("/rpc/a", 500);
        for (var i = 0; i < 300; i++)
            await world.SendAsync(queue: "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Engine.Groups(QueueName.Parse("bus")).Count == 1 && !world.Endpoints.Posts.IsEmpty, "all are sorted");
        await world.SettledAsync();
        world.Endpoints.Answer("/rpc/a", 200);
        await world.CrashAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(11), TimeSpan.FromSeconds(30));

        await world.UntilAsync(() => world.Count("bus") == 0, "all is done");
    }

    [Fact]
    public async Task What_is_for_an_endpoint_that_fails_waits_in_the_delayed_lane_until_it_answers_again()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { PauseAfter = 1, Probes = "10s", Concurrency = 1 });
        world.Endpoints.Answer("/rpc/a", 500);
        var first = await world.SendAsync("1", "bus", attributes: ("service", "a"));
        await world.PostsAsync(1);
        var second = await world.SendAsync("2", "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Engine.Status(QueueName.Parse("bus"))!.Lanes is { DeferredGroups: 1, Delayed: 1 }, "what it would get is put aside");
        await world.SendAsync("3", "bus", attributes: ("service", "b"));
        await world.PostsAsync(2);
        (await world.Engine.LeaseAsync(QueueName.Parse("bus"), new LeaseRequest())).ShouldBeEmpty("others who consume the queue are not given it");

        await world.AdvanceAsync(TimeSpan.FromSeconds(10));
        await world.PostsAsync(3);
        world.Engine.Status(QueueName.Parse("bus"))!.Lanes.DeferredGroups.ShouldBe(1, "a probe that failed brings nothing back");
        world.Endpoints.Answer("/rpc/a", 200);
        await world.AdvanceAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));

        await world.UntilAsync(() => world.Count("bus") == 0, "all is done");
        world.Engine.Status(QueueName.Parse("bus"))!.Lanes.DeferredGroups.ShouldBe(0);
        world.Events.Where(e => e.Message == second).Select(e => e.Kind).ShouldContain(TimelineKind.Delayed);
        world.Events.Where(e => e.Message == second).Select(e => e.Kind).ShouldContain(TimelineKind.Resumed);
        world.Events.Where(e => e.Message == first).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_is_for_an_endpoint_that_hangs_waits_in_the_delayed_lane_when_all_its_calls_are_under_way()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { Concurrency = 1, Timeout = TimeSpan.FromHours(1) });
        world.Endpoints.Hang("/rpc/a");
        await world.SendAsync("1", "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it hangs");
        await world.SendAsync("2", "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Engine.Groups(QueueName.Parse("bus")).Count == 1, "all are sorted");
        world.Engine.Status(QueueName.Parse("bus"))!.Lanes.DeferredGroups.ShouldBe(0, "it may be at work");

        await world.AdvanceAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));
        await world.UntilAsync(() => world.Engine.Status(QueueName.Parse("bus"))!.Lanes is { DeferredGroups: 1, Delayed: 1 }, "what it would get is put aside");
        world.Endpoints.LetGo("/rpc/a");

        await world.UntilAsync(() => world.Count("bus") == 0, "all is done");
        world.Engine.Status(QueueName.Parse("bus"))!.Lanes.DeferredGroups.ShouldBe(0);
    }

    [Fact]
    public async Task A_queue_in_FIFO_order_goes_to_one_endpoint_only()
    {
        await using var world = await WebhookWorld.StartAsync(
            w => w.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("bus"), new QueuePolicy { IsFifo = true })).AsTask(), Rpc);
        await world.SendAsync(queue: "bus", group: "a", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Courier.Find("bus")!.Fault is not null, "it is told");

        world.Courier.Find("bus")!.Fault.ShouldBe("the queue 'bus' is in FIFO order, and such a queue goes to one endpoint only: its URL takes no attributes");
        world.Endpoints.Posts.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("replies")]
    [InlineData("attribute(ReplyTo)")]
    public async Task An_answer_goes_to_its_queue_with_the_end_of_the_message(string replyTo)
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { ReplyTo = replyTo });
        world.Endpoints.Answer("/rpc/a", 201, """{"ok":true}""", r => r.Content.Headers.ContentType = new("application/json"));
        var id = await world.SendAsync(queue: "bus", attributes: [("service", "a"), ("ReplyTo", "replies")]);
        await world.UntilAsync(() => world.Count("replies") == 1, "the answer is there");
        await world.SettledAsync();

        var answer = world.In("replies").Single();
        (await world.TextAsync(answer)).ShouldBe("""{"ok":true}""");
        (answer.Text("CorrelationId"), answer.Text("StatusCode"), answer.Text("Content-Type"), answer.Origin).ShouldBe((id.ToString(), "201", "application/json", id));
        world.Count("bus").ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_kept_is_a_failure_and_the_message_stays()
    {
        await using var world = await WebhookWorld.StartAsync(
            w => w.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("replies"), new QueuePolicy { MessageBytesMax = 3 })).AsTask(), Rpc with { ReplyTo = "replies" });
        world.Endpoints.Answer("/rpc/a", 200, "much too long");
        await world.SendAsync(queue: "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Told(TimelineKind.Deferred).Any(), "it waits");

        world.Told(TimelineKind.Deferred).Single().ShouldStartWith("for 60 s: 200 OK, and its answer could not be kept:");
        (world.Count("bus"), world.Count("replies")).ShouldBe((1, 0));
    }

    [Fact]
    public async Task An_answer_larger_than_its_webhook_takes_is_a_failure()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { ReplyTo = "replies", ReplyBytesMax = 5 });
        world.Endpoints.Answer("/rpc/a", 200, "123456");
        await world.SendAsync(queue: "bus", attributes: ("service", "a"));
        await world.UntilAsync(() => world.Told(TimelineKind.Deferred).Any(), "it waits");

        world.In("bus").Single().LastError!.ShouldContain("larger than the 5 bytes that its webhook takes ('reply-max')");
    }

    [Fact]
    public async Task Nobody_can_name_a_queue_of_the_mail_path_for_an_answer()
    {
        await using var world = await WebhookWorld.StartAsync(Rpc with { ReplyTo = "attribute(ReplyTo)" });
        await world.SendAsync(queue: "bus", attributes: [("service", "a"), ("ReplyTo", "spool/outgoing")]);
        await world.UntilAsync(() => world.Told(TimelineKind.Delivered).Any(), "it is delivered");

        world.Count("spool/outgoing").ShouldBe(0);
    }

    [Fact]
    public async Task A_topics_webhook_gets_what_is_published_with_the_publishers_commit()
    {
        await using var world = await WebhookWorld.StartAsync(new WebhookSettings { Topic = "orders", Url = "http://127.0.0.1/topic", Secrets = [] });
        world.Endpoints.Hang("/topic");
        var topics = world.Get<TopicBook>();
        await topics.SaveAsync(new Topic { Region = "eu-west-1", Name = "orders", Owner = "any" });
        var attributes = Enumerable.Range(0, 12).Select(i => new SqsAttribute($"a{i}", "String", "v"u8.ToArray(), null)).ToList();
        await world.Get<TopicPublisher>().PublishAsync(
            topics.Find("eu-west-1", "orders")!, [new SnsMessage { Text = "hello"u8.ToArray(), Attributes = attributes }], new Publisher("any", "http://127.0.0.1", "000000000000", null), CancellationToken.None);
        world.Count("webhook-orders").ShouldBe(1);
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1, "it was posted");
        world.Endpoints.LetGo("/topic");
        await world.UntilAsync(() => world.Count("webhook-orders") == 0, "it is done");

        var post = world.Endpoints.Posts.Single();
        (post.Text, post["posthorn-attribute-a11"], post["posthorn-queue"]).ShouldBe(("hello", "v", "webhook-orders"));
    }

    [Fact]
    public async Task A_topics_webhook_is_subscribed_once_whatever_happens_and_leaves_with_its_webhook()
    {
        await using var world = await WebhookWorld.StartAsync(new WebhookSettings { Topic = "orders", Url = "http://127.0.0.1/topic", Secrets = [] });
        await world.Get<TopicBook>().SaveAsync(new Topic { Region = "eu-west-1", Name = "orders", Owner = "any" });
        await world.Get<TopicBook>().SaveAsync(new Topic { Region = "us-east-1", Name = "orders", Owner = "any" });
        await world.CrashAsync();
        world.Get<TopicBook>().Subscriptions.Count().ShouldBe(2);
        world.Get<TopicBook>().Subscriptions.ShouldAllBe(s => s.IsOfWebhook && s.IsConfirmed);
        await world.Get<WebhookBook>().RemoveAsync(world.Get<WebhookBook>().All.Single());
        await world.Get<WebhookTopics>().SyncAsync();

        world.Get<TopicBook>().Subscriptions.ShouldBeEmpty();
    }
}

using Posthorn.Bodies;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.UnitTests.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>Webhooks whose queue, or that of their answers, is in a shard that is away: they wait for it, the others do not, and each message is posted.</summary>
public sealed class WebhookAwayTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TwoShards _shards = new() { Queues = ["far*", "webhook-*"] };

    private static WebhookSettings Far(string url = "http://127.0.0.1:8080/far") => new() { Queue = "far", Url = url, Secrets = [], Schedule = "5s" };

    /// <summary>Brings the shard back, and lets time go on until something is so.</summary>
    private async Task ComesBackAsync(WebhookWorld world, Func<bool> isSo)
    {
        _shards.IsAway = false;
        for (var passed = TimeSpan.Zero; world.Engine.Health.Reason is not null || !isSo(); passed += Second)
        {
            passed.ShouldBeLessThan(TimeSpan.FromMinutes(10));
            await world.AdvanceAsync(Second);
        }
    }

    private static Task PublishAsync(WebhookWorld world, string topic) => world.Get<TopicPublisher>().PublishAsync(
        world.Get<TopicBook>().Find("eu-west-1", topic)!, [new SnsMessage { Text = "hello"u8.ToArray() }], new Publisher("any", "http://127.0.0.1", "000000000000", null), CancellationToken.None).AsTask();

    private static ValueTask MakeTopicAsync(WebhookWorld world, string name) => world.Get<TopicBook>().SaveAsync(new Topic { Region = "eu-west-1", Name = name, Owner = "any" });

    [Theory]
    [InlineData("http://127.0.0.1:8080/far")]
    [InlineData("http://127.0.0.1:8080/{attribute(service)}")]
    public async Task One_that_was_away_at_the_start_is_posted_when_it_comes_and_the_others_do_not_wait(string url)
    {
        await using (var before = await _shards.OpenLosableAsync(new ManualTimeProvider()))
        {
            await before.CommitAsync(new Commit().Add(new NewMessage
            {
                Queue = QueueName.Parse("far"), Content = Body.Of("x"u8.ToArray()), Attributes = new Dictionary<string, AttributeValue> { ["service"] = AttributeValue.Of("far", "String") },
            }));
        }
        _shards.IsAway = true;
        await using var world = await WebhookWorld.StartAsync(_shards, WebhookWorld.Orders(), Far(url));
        await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.To("/hook").Count == 1 && world.Count("orders") == 0, "the other one is posted");
        await world.AdvanceAsync(TimeSpan.FromSeconds(3), Second);
        world.Endpoints.To("/far").ShouldBeEmpty();

        await ComesBackAsync(world, () => world.Endpoints.To("/far").Count == 1);
        await world.UntilAsync(() => world.Count("far") == 0, "it is done");
        world.Endpoints.Posts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_ack_that_cannot_be_kept_is_no_failure_of_the_endpoint_and_the_message_is_posted_again_under_its_id()
    {
        await using var world = await WebhookWorld.StartAsync(_shards, WebhookWorld.Orders(), Far());
        world.Endpoints.Hang("/far");
        var id = await world.SendAsync(queue: "far");
        await world.UntilAsync(() => world.Endpoints.To("/far").Count == 1, "it is posted");
        _shards.IsAway = true;
        world.Endpoints.LetGo("/far");
        await world.UntilAsync(() => world.Lane("far").InFlight == 0, "the call has ended");
        await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.To("/hook").Count == 1 && world.Count("orders") == 0, "the other one is posted");
        await world.AdvanceAsync(TimeSpan.FromSeconds(3), Second);

        await ComesBackAsync(world, () => world.Endpoints.To("/far").Count == 2);
        await world.UntilAsync(() => world.Count("far") == 0, "it is done");
        world.Endpoints.To("/far").ShouldAllBe(p => p.Id == id.ToString());
        world.Lane("far").State.ShouldBe(LaneState.Fine);
    }

    [Fact]
    public async Task What_comes_into_it_after_it_was_away_is_posted()
    {
        await using var world = await WebhookWorld.StartAsync(_shards, Far());
        _shards.IsAway = true;
        await Should.ThrowAsync<EngineUnavailableException>(() => world.SendAsync(queue: "far"));
        await world.AdvanceAsync(TimeSpan.FromSeconds(3), Second);
        await ComesBackAsync(world, () => true);
        await world.SendAsync(queue: "far");
        await world.PostsAsync(1);
    }

    [Fact]
    public async Task An_answer_that_goes_to_a_queue_of_it_is_there_once_it_is_back()
    {
        await using var world = await WebhookWorld.StartAsync(_shards, WebhookWorld.Orders() with { ReplyTo = "far-answers" });
        world.Endpoints.Answer("/hook", 200, "answer");
        _shards.IsAway = true;
        await world.SendAsync();
        await world.UntilAsync(() => world.Endpoints.Posts.Count == 1 && world.Lane().InFlight == 0, "it was posted");
        await world.AdvanceAsync(TimeSpan.FromSeconds(3), Second);
        (world.Count("orders"), world.Lane().State).ShouldBe((1, LaneState.Fine));

        await ComesBackAsync(world, () => world.Count("orders") == 0);
        world.In("far-answers").Count.ShouldBe(1);
        world.Endpoints.Posts.Select(p => p.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_topic_is_subscribed_while_it_is_away_its_publishers_try_again_and_those_of_others_need_not()
    {
        await using (var before = await WebhookWorld.StartAsync(_shards))
        {
            await MakeTopicAsync(before, "first");
            await MakeTopicAsync(before, "near");
        }
        _shards.IsAway = true;
        await using var world = await WebhookWorld.StartAsync(
            _shards, new WebhookSettings { Topic = "first", Url = "http://127.0.0.1/first", Secrets = [] }, new WebhookSettings { Topic = "second", Url = "http://127.0.0.1/second", Secrets = [] },
            new WebhookSettings { Topic = "near", Queue = "near", Url = "http://127.0.0.1/near", Secrets = [] });
        await MakeTopicAsync(world, "second");
        world.Get<TopicBook>().Subscriptions.Select(s => s.Topic).Order(StringComparer.Ordinal).ShouldBe(["first", "near", "second"]);
        foreach (var topic in new[] { "first", "second" })
            await Should.ThrowAsync<EngineUnavailableException>(() => PublishAsync(world, topic));
        await PublishAsync(world, "near");
        await world.UntilAsync(() => world.Endpoints.To("/near").Count == 1, "the other one is posted");

        await ComesBackAsync(world, () => true);
        await PublishAsync(world, "first");
        await PublishAsync(world, "second");
        await ComesBackAsync(world, () => world.Endpoints.To("/first").Count == 1 && world.Endpoints.To("/second").Count == 1);
    }
}

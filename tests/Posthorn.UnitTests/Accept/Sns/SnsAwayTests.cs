using System.Net;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Posthorn.Sharding;
using Posthorn.UnitTests.Accept.Sqs;
using Posthorn.UnitTests.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>Topics while a shard is away: what needs it is refused or waits, nothing else does, and nothing is lost or comes twice.</summary>
public sealed class SnsAwayTests
{
    private static readonly QueueName Far = QueueName.Parse("far");

    private readonly ManualTimeProvider _time = new();

    private async Task<SqsHost> StartAsync(TwoShards shards) => await SqsHost.StartAsync(time: _time, on: await shards.OpenLosableAsync(_time));

    // In small steps: what happens meanwhile takes real time, in which the clock should not go on by the minutes or days after which things are forgotten.
    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(30));

    private Task BackAsync(TwoShards shards, SqsHost host)
    {
        shards.IsAway = false;
        return UntilAsync(() => host.Engine.Health.Reason is null);
    }

    private static async Task RefusedAsync(SqsHost host, string topic, params (string Name, string Value)[] more)
    {
        var reply = await host.SayAsync("Publish", [("TopicArn", topic), ("Message", "hello"), .. more]);
        (reply.Status, reply.Code).ShouldBe((HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"));
    }

    [Fact]
    public async Task A_publication_for_a_queue_of_it_is_refused_as_a_whole_and_repeated_it_is_in_each_queue_once()
    {
        var shards = new TwoShards { Queues = ["far"] };
        await using var host = await StartAsync(shards);
        var (both, one) = (await host.MakeTopicAsync("both"), await host.MakeTopicAsync("one"));
        await host.SubscribeQueueAsync(both, "near");
        await host.SubscribeQueueAsync(both, "far");
        await host.SubscribeQueueAsync(one, "near");
        shards.IsAway = true;
        await RefusedAsync(host, both);
        await RefusedAsync(host, both);
        host.Status("near")!.Messages.ShouldBe(0);
        await host.PublishAsync(one, "hello");
        host.Status("near")!.Messages.ShouldBe(1);

        await BackAsync(shards, host);
        await host.PublishAsync(both, "hello");
        (host.Status("near")!.Messages, host.Status("far")!.Messages).ShouldBe((2, 1));
    }

    [Fact]
    public async Task What_waits_for_room_in_a_queue_of_it_goes_there_when_it_is_back()
    {
        var shards = new TwoShards { Queues = ["far"] };
        await using var host = await StartAsync(shards);
        var topic = await host.MakeTopicAsync("t");
        await host.SubscribeQueueAsync(topic, "far");
        await host.Engine.CommitAsync(new Commit().SetQueue(Far, new QueuePolicy { MessagesMax = 0 }));
        await host.PublishAsync(topic, "hello");
        host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages.ShouldBe(1);
        shards.IsAway = true;
        _time.Advance(TimeSpan.FromMinutes(3));
        host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages.ShouldBe(1);

        await BackAsync(shards, host);
        await host.Engine.CommitAsync(new Commit().SetQueue(Far, QueuePolicy.Default));
        await UntilAsync(() => host.Status("far")!.Messages == 1 && host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages == 0);
    }

    [Fact]
    public async Task What_topics_keep_in_it_is_read_when_it_comes_and_FIFO_topics_wait_for_that()
    {
        var shards = new TwoShards { Queues = ["spool/topics/*"] };
        string standard, fifo, published;
        await using (var before = await StartAsync(shards))
        {
            (standard, fifo) = (await before.MakeTopicAsync("t"), await before.MakeTopicAsync("t.fifo", ("FifoTopic", "true")));
            await before.SubscribeQueueAsync(standard, "near");
            await before.SubscribeQueueAsync(fifo, "near.fifo");
            published = (await before.PublishAsync(fifo, "x", ("MessageGroupId", "g"), ("MessageDeduplicationId", "d"))).All("MessageId").Single();
        }
        shards.IsAway = true;
        await using var host = await StartAsync(shards);
        await host.PublishAsync(standard, "hello");
        host.Status("near")!.Messages.ShouldBe(1);
        await RefusedAsync(host, fifo, ("MessageGroupId", "g"), ("MessageDeduplicationId", "d"));

        await BackAsync(shards, host);
        SqsReply reply;
        while ((reply = await host.SayAsync("Publish", ("TopicArn", fifo), ("Message", "x"), ("MessageGroupId", "g"), ("MessageDeduplicationId", "d"))).Code is not null)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        reply.All("MessageId").Single().ShouldBe(published);
        host.Status("near.fifo")!.Messages.ShouldBe(1);

        // The courier is at work too: what finds its queue full waits in that shard, and comes from there.
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("near"), new QueuePolicy { MessagesMax = 1 }));
        await host.PublishAsync(standard, "hello");
        host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages.ShouldBe(1);
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("near"), QueuePolicy.Default));
        await UntilAsync(() => host.Status("near")!.Messages == 2 && host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages == 0);
    }

    [Fact]
    public async Task Its_deliveries_wait_while_it_is_away_and_go_on_after()
    {
        var shards = new TwoShards { Queues = ["spool/topics/*"] };
        await using var host = await StartAsync(shards);
        var topic = await host.MakeTopicAsync("t");
        await host.SubscribeQueueAsync(topic, "near");
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("near"), new QueuePolicy { MessagesMax = 0 }));
        await host.PublishAsync(topic, "hello");
        shards.IsAway = true;
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("near"), QueuePolicy.Default));
        _time.Advance(TimeSpan.FromMinutes(3));
        host.Status("near")!.Messages.ShouldBe(0);

        await BackAsync(shards, host);
        await UntilAsync(() => host.Status("near")!.Messages == 1 && host.Engine.Status(SpoolQueues.TopicDeliveries)!.Messages == 0);
    }
}

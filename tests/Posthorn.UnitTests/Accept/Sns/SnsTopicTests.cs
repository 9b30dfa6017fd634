using System.Net;
using Posthorn.Server.Operate.Accounts;
using Posthorn.UnitTests.Accept.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>Topics and subscriptions: made, found, changed, ended, and kept.</summary>
public sealed class SnsTopicTests
{
    [Fact]
    public async Task Topics_and_subscriptions_are_kept_over_a_restart()
    {
        var (disk, time) = (new Posthorn.Contracts.MemoryFileSystem(), new Posthorn.Contracts.ManualTimeProvider());
        string topic, arn;
        var longName = new string('n', 256);
        await using (var host = await SqsHost.StartAsync(disk: disk, time: time))
        {
            topic = await host.MakeTopicAsync("orders", ("DisplayName", "Orders"));
            await host.MakeTopicAsync(longName);
            await host.AskAsync("TagResource", ("ResourceArn", topic), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "a"));
            (arn, _) = await host.SubscribeQueueAsync(topic, "q", ("FilterPolicy", """{"a":["x"]}"""));
        }
        await using (var host = await SqsHost.StartAsync(disk: disk, time: time))
        {
            (await host.AskAsync("ListTopics")).All("TopicArn").ShouldBe([SnsTalk.Prefix + longName, topic]);
            (await host.AskAsync("ListTagsForResource", ("ResourceArn", topic))).All("Key").ShouldBe(["team"]);
            (await host.AttributesAsync("GetTopicAttributes", "TopicArn", topic))["DisplayName"].ShouldBe("Orders");
            var shown = await host.AttributesAsync("GetSubscriptionAttributes", "SubscriptionArn", arn);
            (shown["FilterPolicy"], shown["FilterPolicyScope"], shown["PendingConfirmation"]).ShouldBe(("""{"a":["x"]}""", "MessageAttributes", "false"));
            await host.PublishAsync(topic, "x", SnsTalk.Attribute("a", "x"));
            (await host.ReceiveAsync("q")).Count.ShouldBe(1);

            await host.AskAsync("DeleteTopic", ("TopicArn", topic));
            await host.AskAsync("DeleteTopic", ("TopicArn", topic));
            (await host.AskAsync("ListSubscriptions")).All("SubscriptionArn").ShouldBeEmpty();
        }
        await using (var host = await SqsHost.StartAsync(disk: disk, time: time))
            (await host.AskAsync("ListTopics")).All("TopicArn").ShouldBe([SnsTalk.Prefix + longName]);
    }

    [Fact]
    public async Task Making_and_subscribing_again_finds_what_is_there()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t", ("DisplayName", "T"));
        (await host.MakeTopicAsync("t")).ShouldBe(topic);
        (await host.MakeTopicAsync("t", ("DisplayName", "T"))).ShouldBe(topic);
        var (arn, _) = await host.SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"));
        (await host.SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"))).Arn.ShouldBe(arn);
        (await host.SubscribeQueueAsync(topic, "q")).Arn.ShouldBe(arn);
        (await host.AskAsync("ListSubscriptionsByTopic", ("TopicArn", topic))).All("SubscriptionArn").ShouldBe([arn]);
        await host.AskAsync("Unsubscribe", ("SubscriptionArn", arn));
        await host.AskAsync("Unsubscribe", ("SubscriptionArn", arn));
        (await host.AskAsync("ListSubscriptionsByTopic", ("TopicArn", topic))).All("SubscriptionArn").ShouldBeEmpty();
    }

    [Fact]
    public async Task Listings_come_in_pages_of_a_hundred()
    {
        await using var host = await SqsHost.StartAsync();
        for (var i = 0; i < 101; i++)
            await host.MakeTopicAsync($"t{i:D3}");
        var first = await host.AskAsync("ListTopics");
        first.All("TopicArn").Length.ShouldBe(100);
        (await host.AskAsync("ListTopics", ("NextToken", first.All("NextToken").Single()))).All("TopicArn").ShouldBe([SnsTalk.Prefix + "t100"]);
    }

    [Fact]
    public async Task A_policy_gains_and_loses_statements()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        (string, string)[] permission = [("TopicArn", topic), ("Label", "l"), ("AWSAccountId.member.1", "111111111111"), ("ActionName.member.1", "Publish")];
        await host.AskAsync("AddPermission", permission);
        (await host.AttributesAsync("GetTopicAttributes", "TopicArn", topic))["Policy"].ShouldContain("SNS:Publish\",\"Resource");
        (await host.SayAsync("AddPermission", permission)).Message.ShouldBe("Invalid parameter: Statement already exists");
        await host.AskAsync("RemovePermission", ("TopicArn", topic), ("Label", "l"));
        (await host.AttributesAsync("GetTopicAttributes", "TopicArn", topic))["Policy"].ShouldNotContain("111111111111");
    }

    [Fact]
    public async Task An_expired_or_wrong_token_confirms_nothing()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        (await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "email"), ("Endpoint", "a@b.test"), ("ReturnSubscriptionArn", "true"))).All("SubscriptionArn").Single().ShouldStartWith(topic);
        (await host.SayAsync("ConfirmSubscription", ("TopicArn", topic), ("Token", "abc"))).Message.ShouldBe("Invalid parameter: Token");
        (await host.AskAsync("ListSubscriptions")).All("SubscriptionArn").ShouldBe(["PendingConfirmation"]);
    }

    [Fact]
    public async Task With_accounts_requests_are_signed_but_for_the_links_of_messages()
    {
        await using var host = await SqsHost.StartAsync([new AccountOptions { Name = "a", AccessKey = "AKIDA", SecretKey = "s" }]);
        (await host.SayAsync("ListTopics")).Code.ShouldBe("MissingAuthenticationToken");
        (await host.SayAsync("Unsubscribe", ("SubscriptionArn", SnsTalk.Prefix + "t:x"))).Code.ShouldBe("MissingAuthenticationToken");
        (await host.GetAsync($"/?Action=Unsubscribe&SubscriptionArn={SnsTalk.Prefix}t:x")).Status.ShouldBe(HttpStatusCode.OK);
        (await host.GetAsync("/?Action=ListTopics&Version=2010-03-31")).Code.ShouldBe("MissingAuthenticationToken");
    }
}

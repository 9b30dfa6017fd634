using System.Text.Json.Nodes;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>Messages on standard queues: in, out, hidden, back, gone.</summary>
public sealed class SqsMessageTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("<html> & \"quotes\" 'x' \\ \u00e9 \U0001F600 \U0010FFFF")]
    [InlineData("\r\n\t\r\r\n \u0085\u2028")]
    [InlineData("{\"json\":\"\\\"in\\\" json\"}")]
    public async Task A_body_comes_back_as_it_was_sent_over_both_protocols(string body)
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var sent = await host.SendAsync(url, body);
        (await host.PostFormAsync($"Action=SendMessage&QueueUrl=orders&MessageBody={Uri.EscapeDataString(body)}")).All("MD5OfMessageBody").ShouldBe([(string)sent["MD5OfMessageBody"]!]);

        var received = await host.ReceiveAsync(url, visibility: 0);
        received.Count.ShouldBe(2);
        foreach (var message in received)
            ((string)message["Body"]!, (string)message["MD5OfBody"]!).ShouldBe((body, (string)sent["MD5OfMessageBody"]!));
        (await host.PostFormAsync("Action=ReceiveMessage&QueueUrl=orders&MaxNumberOfMessages=10")).All("Body").ShouldBe([body, body]);
    }

    [Fact]
    public async Task A_message_of_the_largest_size_is_taken()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = new string('x', SqsLimits.MessageBytesMax - 10), MessageAttributes = new { a = new { DataType = "String", StringValue = "123" } } });
        ((string)(await host.ReceiveAsync(url))[0]["Body"]!).Length.ShouldBe(SqsLimits.MessageBytesMax - 10);
    }

    [Fact]
    public async Task Attributes_keep_type_and_value_and_are_given_when_asked_for()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var attributes = new Dictionary<string, object>
        {
            ["foo.one"] = new { DataType = "String.custom", StringValue = "v" }, ["foo.two"] = new { DataType = "Number.int", StringValue = "42" },
            ["bar"] = new { DataType = "Binary", BinaryValue = "AP8=" }, ["mail.from"] = new { DataType = "String", StringValue = "not the mail's" }, ["dead-letter-source"] = new { DataType = "String", StringValue = "x" },
        };
        var sent = await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "x", MessageAttributes = attributes });

        async Task<string[]> NamesAsync(params string[] wanted)
        {
            var answer = await host.DoAsync("ReceiveMessage", new { QueueUrl = url, VisibilityTimeout = 0, MessageAttributeNames = wanted });
            return [.. (answer["Messages"]![0]!["MessageAttributes"]?.AsObject() ?? []).Select(a => a.Key)];
        }
        (await NamesAsync("All")).ShouldBe(attributes.Keys, ignoreOrder: true);
        (await NamesAsync(".*")).Length.ShouldBe(5);
        (await NamesAsync("*")).Length.ShouldBe(5);
        (await NamesAsync("foo.*")).ShouldBe(["foo.one", "foo.two"]);
        (await NamesAsync("bar", "nothing")).ShouldBe(["bar"]);
        (await NamesAsync()).ShouldBeEmpty();
        var all = (await host.ReceiveAsync(url))[0];
        ((string)all["MD5OfMessageAttributes"]!).ShouldBe((string)sent["MD5OfMessageAttributes"]!);
        all["MessageAttributes"]!["foo.one"]!.ToJsonString().ShouldBe("""{"StringValue":"v","DataType":"String.custom"}""");
        all["MessageAttributes"]!["bar"]!.ToJsonString().ShouldBe("""{"BinaryValue":"AP8=","DataType":"Binary"}""");
        all["Attributes"]!.AsObject().ContainsKey("DeadLetterQueueSourceArn").ShouldBeFalse();
    }

    [Fact]
    public async Task System_attributes_tell_of_receives_and_are_given_by_either_name()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var sentAt = host.Time.GetUtcNow().ToUnixTimeMilliseconds();
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "x", MessageGroupId = "tenant", MessageSystemAttributes = new { AWSTraceHeader = new { DataType = "String", StringValue = "Root=1" } } });
        host.Advance(2);
        var first = (await host.ReceiveAsync(url, visibility: 0))[0]["Attributes"]!;
        host.Advance(3);
        var second = (await host.ReceiveAsync(url, visibility: 0))[0]["Attributes"]!;

        ((string)first["SentTimestamp"]!).ShouldBe(sentAt.ToString());
        ((string)first["ApproximateReceiveCount"]!, (string)second["ApproximateReceiveCount"]!).ShouldBe(("1", "2"));
        ((string)first["ApproximateFirstReceiveTimestamp"]!).ShouldBe((sentAt + 2000).ToString());
        ((string)second["ApproximateFirstReceiveTimestamp"]!).ShouldBe((sentAt + 2000).ToString());
        ((string)first["AWSTraceHeader"]!, (string)first["MessageGroupId"]!, (string)first["SenderId"]!).ShouldBe(("Root=1", "tenant", "anonymous"));
        first.AsObject().ContainsKey("SequenceNumber").ShouldBeFalse();
        var both = await host.DoAsync("ReceiveMessage", new { QueueUrl = url, AttributeNames = new[] { "SenderId" }, MessageSystemAttributeNames = new[] { "SentTimestamp" } });
        both["Messages"]![0]!["Attributes"]!.AsObject().Select(a => a.Key).ShouldBe(["SenderId", "SentTimestamp"]);
    }

    [Fact]
    public async Task A_batch_does_what_it_can_and_says_what_it_cannot()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("MaximumMessageSize", "1024"));
        var answer = await host.DoAsync("SendMessageBatch", new
        {
            QueueUrl = url,
            Entries = new object[]
            {
                new { Id = "good", MessageBody = "a" }, new { Id = "late", MessageBody = "b", DelaySeconds = 901 }, new { Id = "large", MessageBody = new string('x', 1025) },
                new { Id = "odd", MessageBody = "\u0001" }, new { Id = "empty", MessageBody = "" }, new { Id = "fine", MessageBody = "c" },
            },
        });

        answer["Successful"]!.AsArray().Select(e => (string)e!["Id"]!).ShouldBe(["good", "fine"]);
        answer["Failed"]!.AsArray().Select(e => ((string)e!["Id"]!, (string)e["Code"]!, (bool)e["SenderFault"]!)).ShouldBe(
            [("late", "InvalidParameterValue", true), ("large", "InvalidParameterValue", true), ("odd", "InvalidMessageContents", true), ("empty", "MissingParameter", true)]);
        (await host.BodiesAsync(url)).ShouldBe(["a", "c"]);
    }

    [Fact]
    public async Task A_delay_is_the_messages_own_or_the_queues()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("DelaySeconds", "10"));
        await host.SendAsync(url, "queue");
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "own", DelaySeconds = 5 });
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "none", DelaySeconds = 0 });

        (await host.AttributeAsync(url, "ApproximateNumberOfMessagesDelayed")).ShouldBe("2");
        (await host.BodiesAsync(url)).ShouldBe(["none"]);
        host.Advance(4.999);
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        host.Advance(0.001);
        (await host.BodiesAsync(url)).ShouldBe(["own"]);
        host.Advance(5);
        (await host.BodiesAsync(url)).ShouldBe(["queue"]);
    }

    [Fact]
    public async Task A_lease_ends_by_its_time_and_its_old_handle_still_deletes()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("VisibilityTimeout", "10"));
        await host.SendAsync(url, "x");
        var first = (await host.ReceiveAsync(url))[0];
        host.Advance(9.999);
        (await host.ReceiveAsync(url)).ShouldBeEmpty();
        host.Advance(0.001);
        var second = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        ((string)second["ReceiptHandle"]!).ShouldNotBe((string)first["ReceiptHandle"]!);

        await host.DeleteAsync(url, first);
        host.Status("orders")!.Messages.ShouldBe(0);
        await host.DeleteAsync(url, second);
        await host.DeleteAsync(url, first);
    }

    [Fact]
    public async Task Visibility_is_changed_from_now_on_also_by_an_old_handle()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("VisibilityTimeout", "10"));
        await host.SendAsync(url, "x");
        var first = (await host.ReceiveAsync(url))[0];
        (await host.ChangeAsync(url, first, 20)).Code.ShouldBeNull();
        host.Advance(19.9);
        (await host.ReceiveAsync(url)).ShouldBeEmpty();
        host.Advance(0.1);
        var second = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        // The first handle's lease is over, the second one's is what is changed.
        (await host.ChangeAsync(url, first, 30)).Code.ShouldBeNull();
        host.Advance(29);
        (await host.ReceiveAsync(url)).ShouldBeEmpty();
        host.Advance(1);
        // In nobody's hands: hidden again for so long.
        (await host.ChangeAsync(url, second, 5)).Code.ShouldBeNull();
        host.Advance(4);
        (await host.ReceiveAsync(url)).ShouldBeEmpty();
        host.Advance(1);
        var third = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        (await host.ChangeAsync(url, third, 0)).Code.ShouldBeNull();
        (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        await host.DeleteAsync(url, third);
        (await host.ChangeAsync(url, third, 5)).Message!.ShouldEndWith("Message does not exist or is not available for visibility timeout change.");
    }

    [Fact]
    public async Task A_lease_lasts_twelve_hours_at_most()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        await host.SendAsync(url, "x");
        var message = (await host.ReceiveAsync(url, visibility: 43_200))[0];
        host.Advance(3_600);
        (await host.ChangeAsync(url, message, 39_600)).Code.ShouldBeNull();
        (await host.ChangeAsync(url, message, 39_601)).Message!.ShouldContain("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }

    [Fact]
    public async Task No_more_than_the_limit_are_in_flight()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("orders"), host.Status("orders")!.Policy with { LeasesMax = 1 }));
        await host.SendAsync(url, "a");
        await host.SendAsync(url, "b");
        (await host.BodiesAsync(url)).ShouldBe(["a"]);
        (await host.SayAsync("ReceiveMessage", """{"QueueUrl":"orders"}""", isQueryMode: true)).ShouldSatisfyAllConditions(r => r.Code.ShouldBe("OverLimit"), r => ((int)r.Status).ShouldBe(403));
    }

    [Fact]
    public async Task What_happens_is_in_the_timeline_under_the_id_that_clients_know()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var id = (string)(await host.SendAsync(url, "x"))["MessageId"]!;
        var message = (await host.ReceiveAsync(url))[0];
        await host.ChangeAsync(url, message, 0);
        await host.DeleteAsync(url, message);

        Guid.Parse(id).ToString().ShouldBe(id);
        ((string)message["MessageId"]!).ShouldBe(id);
        host.Timeline.Events.Select(e => e.Kind).ShouldBe([TimelineKind.Accepted, TimelineKind.Leased, TimelineKind.Released, TimelineKind.Consumed]);
        host.Timeline.Events[0].MessageIdField.ShouldBe(id);
        host.Timeline.Events.Select(e => e.Message).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_group_that_floods_a_standard_queue_keeps_no_other_waiting_and_its_messages_tell_of_their_delay()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        async Task SendAsync(string group, string body) => await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = body, MessageGroupId = group });
        for (var i = 0; i < 40; i++)
            await SendAsync("loud", $"loud {i}");
        for (var i = 0; i < 3; i++)
            (await host.BodiesAsync(url)).Count.ShouldBe(10);
        await SendAsync("quiet", "quiet 1");
        host.Time.Advance(TimeSpan.FromSeconds(2));
        (await host.BodiesAsync(url)).Take(3).ShouldBe(["quiet 1", "loud 30", "loud 31"]);

        var delayed = host.Timeline.Events.Single(e => e.Kind == TimelineKind.Delayed && e.Message == host.Timeline.Events.First(f => f.Kind == TimelineKind.Resumed).Message);
        delayed.Queue.ShouldBe("orders");
        delayed.Detail!.ShouldContain("tenant 'loud' had 98");
        var life = host.Timeline.Events.Where(e => e.Message == delayed.Message).Select(e => e.Kind);
        life.ShouldBe([TimelineKind.Accepted, TimelineKind.Delayed, TimelineKind.Resumed, TimelineKind.Leased]);
        host.Status("orders")!.Lanes.DelayedReceives.ShouldBe(9);
    }

    [Fact]
    public async Task Ids_and_handles_are_good_after_a_restart()
    {
        await using var first = await SqsHost.StartAsync();
        var url = await first.MakeAsync("orders");
        await first.SendAsync(url, "a");
        await first.SendAsync(url, "b");
        var taken = (await first.ReceiveAsync(url, max: 1))[0];

        await using var second = await SqsHost.StartAsync(disk: first.Disk.Copy(), time: first.Time);

        var all = await second.ReceiveAsync("orders", visibility: 0);
        all.Select(m => (string)m["Body"]!).ShouldBe(["a", "b"]);
        ((string)all[0]["MessageId"]!).ShouldBe((string)taken["MessageId"]!);
        await second.DeleteAsync("orders", taken);
        (await second.BodiesAsync("orders")).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_body_that_is_no_text_is_told_as_base_64()
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("orders");
        await host.Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("orders"), Content = Posthorn.Bodies.Body.Of(new byte[] { 0, 0xff }) }));
        var message = (await host.DoAsync("ReceiveMessage", new { QueueUrl = "orders" }))["Messages"]![0]!;
        ((string)message["Body"]!, (string)message["MessageAttributes"]!["posthorn.encoding"]!["StringValue"]!).ShouldBe(("AP8=", "base64"));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_fetched_by_its_handle_in_ranges()
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("orders");
        var large = new byte[SqsLimits.MessageBytesMax + 1];
        Random.Shared.NextBytes(large);
        await host.Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("orders"), Content = Posthorn.Bodies.Body.Of(large) }));
        var message = (await host.DoAsync("ReceiveMessage", new { QueueUrl = "orders" }))["Messages"]![0]!;

        ((string)message["Body"]!, (string)message["MessageAttributes"]!["posthorn.body-size"]!["StringValue"]!).ShouldBe(("", "1048577"));
        var url = (string)message["MessageAttributes"]!["posthorn.body-url"]!["StringValue"]!;
        using var whole = await host.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));
        (await whole.Content.ReadAsByteArrayAsync()).ShouldBe(large);
        var part = new HttpRequestMessage(HttpMethod.Get, url);
        part.Headers.Range = new(10, 19);
        using var ranged = await host.SendAsync(part);
        (await ranged.Content.ReadAsByteArrayAsync()).ShouldBe(large[10..20]);
        using var forged = await host.SendAsync(new HttpRequestMessage(HttpMethod.Get, url.Replace("/body", "x/body", StringComparison.Ordinal)));
        ((int)forged.StatusCode).ShouldBe(403);
        await host.DeleteAsync("orders", message.AsObject());
        using var gone = await host.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));
        ((int)gone.StatusCode).ShouldBe(404);
    }
}

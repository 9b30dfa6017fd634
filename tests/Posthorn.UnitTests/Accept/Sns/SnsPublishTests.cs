using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Posthorn.UnitTests.Accept.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>What subscribers get of what is published.</summary>
public sealed class SnsPublishTests
{
    [Fact]
    public async Task A_raw_message_comes_to_every_queue_with_its_attributes_and_its_bytes_are_stored_once()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("orders");
        var urls = new List<string>();
        for (var i = 0; i < 50; i++)
            urls.Add((await host.SubscribeQueueAsync(topic, $"raw-{i}", ("RawMessageDelivery", "true"))).Url);
        for (var i = 0; i < 5; i++)
            await host.SubscribeQueueAsync(topic, $"enveloped-{i}");
        var marker = Guid.NewGuid().ToString();
        var text = marker + new string('x', 60_000);
        await host.PublishAsync(topic, text, [.. SnsTalk.Attribute("kind", "new", number: 1), .. SnsTalk.Attribute("bytes", "AP8=", "Binary", 2)]);
        CountOnDisk(host, marker).ShouldBe(2); // once as it is, once within its envelope

        foreach (var url in urls)
        {
            var message = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
            ((string)message["Body"]!).ShouldBe(text);
            ((string?)message["MessageAttributes"]!["kind"]!["StringValue"]).ShouldBe("new");
            ((string?)message["MessageAttributes"]!["bytes"]!["BinaryValue"]).ShouldBe("AP8=");
        }
    }

    [Fact]
    public async Task An_enveloped_message_is_signed_by_the_certificate_it_names_and_can_end_its_subscription()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("orders", ("SignatureVersion", "2"));
        var (arn, url) = await host.SubscribeQueueAsync(topic, "plain");
        var id = (await host.PublishAsync(topic, "say \"ü\"\n", [("Subject", "boxes"), .. SnsTalk.Attribute("n", "1.50", "Number.float")])).All("MessageId").Single();

        var envelope = JsonNode.Parse((string)(await host.ReceiveAsync(url)).Single()["Body"]!)!;
        ((string)envelope["Message"]!, (string)envelope["MessageId"]!, (string)envelope["TopicArn"]!, (string)envelope["Subject"]!).ShouldBe(("say \"ü\"\n", id, topic, "boxes"));
        ((string?)envelope["MessageAttributes"]!["n"]!["Type"]).ShouldBe("Number.float");
        using var http = new HttpClient();
        using var certificate = X509Certificate2.CreateFromPem(await http.GetStringAsync((string)envelope["SigningCertURL"]!));
        var signed = $"Message\nsay \"ü\"\n\nMessageId\n{id}\nSubject\nboxes\nTimestamp\n{envelope["Timestamp"]}\nTopicArn\n{topic}\nType\nNotification\n";
        using var key = certificate.GetRSAPublicKey()!;
        key.VerifyData(Encoding.UTF8.GetBytes(signed), Convert.FromBase64String((string)envelope["Signature"]!), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).ShouldBeTrue();

        (await http.GetAsync((string)envelope["UnsubscribeURL"]!)).IsSuccessStatusCode.ShouldBeTrue();
        (await host.SayAsync("GetSubscriptionAttributes", ("SubscriptionArn", arn))).Code.ShouldBe("NotFound");
        await host.PublishAsync(topic, "more");
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        (await host.AttributesAsync("GetTopicAttributes", "TopicArn", topic))["SubscriptionsDeleted"].ShouldBe("1");
    }

    [Fact]
    public async Task Filters_decide_who_gets_what_and_can_be_changed()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        var (arn, red) = await host.SubscribeQueueAsync(topic, "red", ("RawMessageDelivery", "true"), ("FilterPolicy", """{"color":["red"]}"""));
        var (_, body) = await host.SubscribeQueueAsync(topic, "body", ("RawMessageDelivery", "true"), ("FilterPolicyScope", "MessageBody"), ("FilterPolicy", """{"n":[{"numeric":[">",1]}]}"""));
        await host.PublishAsync(topic, """{"n":1}""", SnsTalk.Attribute("color", "red"));
        await host.PublishAsync(topic, """{"n":2}""", SnsTalk.Attribute("color", "blue"));
        await host.PublishAsync(topic, "no json");
        (await host.BodiesAsync(red)).ShouldBe(["""{"n":1}"""]);
        (await host.BodiesAsync(body)).ShouldBe(["""{"n":2}"""]);

        await host.AskAsync("SetSubscriptionAttributes", ("SubscriptionArn", arn), ("AttributeName", "FilterPolicy"), ("AttributeValue", "{}"));
        await host.PublishAsync(topic, "all");
        (await host.BodiesAsync(red)).ShouldBe(["all"]);
    }

    [Fact]
    public async Task A_text_for_each_protocol_and_a_batch()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        var (_, url) = await host.SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"));
        await host.PublishAsync(topic, """{"default":"others","sqs":"queues","http":5}""", ("MessageStructure", "json"));
        (await host.BodiesAsync(url)).ShouldBe(["queues"]);
        (await host.SayAsync("Publish", ("TopicArn", topic), ("MessageStructure", "json"), ("Message", "{}"))).Message.ShouldBe("Invalid parameter: Message Structure - No default entry in JSON message body");

        var batch = await host.AskAsync(
            "PublishBatch", ("TopicArn", topic), ("PublishBatchRequestEntries.member.1.Id", "a"), ("PublishBatchRequestEntries.member.1.Message", "one"),
            ("PublishBatchRequestEntries.member.2.Id", "b"), ("PublishBatchRequestEntries.member.2.Message", "two"));
        batch.All("Id").ShouldBe(["a", "b"]);
        (await host.BodiesAsync(url)).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_FIFO_topic_keeps_order_and_publishes_a_duplicate_once_also_after_a_restart()
    {
        var (disk, time) = (new Posthorn.Contracts.MemoryFileSystem(), new Posthorn.Contracts.ManualTimeProvider());
        string topic, first;
        await using (var host = await SqsHost.StartAsync(disk: disk, time: time))
        {
            topic = await host.MakeTopicAsync("t.fifo", ("FifoTopic", "true"), ("ContentBasedDeduplication", "true"));
            await host.SubscribeQueueAsync(topic, "q.fifo", ("RawMessageDelivery", "true"));
            await host.SubscribeQueueAsync(topic, "plain");
            first = (await host.PublishAsync(topic, "1", ("MessageGroupId", "g"))).All("MessageId").Single();
            var sequences = new List<string>();
            for (var i = 2; i < 6; i++)
                sequences.AddRange((await host.PublishAsync(topic, $"{i}", ("MessageGroupId", "g"))).All("SequenceNumber"));
            sequences.ShouldBe(sequences.OrderBy(s => s, StringComparer.Ordinal));
            (await host.PublishAsync(topic, "1", ("MessageGroupId", "g"))).All("MessageId").Single().ShouldBe(first);
        }
        await using (var host = await SqsHost.StartAsync(disk: disk, time: time))
        {
            (await host.PublishAsync(topic, "1", ("MessageGroupId", "g"))).All("MessageId").Single().ShouldBe(first);
            var messages = await host.ReceiveAsync("q.fifo");
            messages.Select(m => (string)m["Body"]!).ShouldBe(["1", "2", "3", "4", "5"]);
            ((string?)messages[0]["Attributes"]!["MessageGroupId"]).ShouldBe("g");
            var plain = await host.BodiesAsync("plain");
            plain.Count.ShouldBe(5);
            var envelope = JsonNode.Parse(plain[0])!;
            (envelope["SequenceNumber"] is not null, envelope["Signature"] is null).ShouldBe((true, true));
            host.Advance(301);
            (await host.PublishAsync(topic, "1", ("MessageGroupId", "g"))).All("MessageId").Single().ShouldNotBe(first);
        }
    }

    [Fact]
    public async Task A_queue_that_is_gone_or_refuses_makes_a_dead_letter_and_nobody_elses_trouble()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        await host.MakeAsync("dead");
        var redrive = ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SnsTalk.QueueArn("dead")}}"}""");
        var (_, gone) = await host.SubscribeQueueAsync(topic, "gone", ("RawMessageDelivery", "true"), redrive);
        var (_, other) = await host.SubscribeQueueAsync(topic, "other", ("RawMessageDelivery", "true"));
        await host.DoAsync("DeleteQueue", new { QueueUrl = gone });
        await host.PublishAsync(topic, "x");
        (await host.BodiesAsync(other)).ShouldBe(["x"]);
        var dead = (await host.ReceiveAsync("dead")).ShouldHaveSingleItem();
        (dead["Body"]!.ToString(), dead["MessageAttributes"]!["ErrorCode"]!["StringValue"]!.ToString()).ShouldBe(("x", "AWS.SimpleQueueService.NonExistentQueue"));
        host.Status("gone").ShouldBeNull();
    }

    [Fact]
    public async Task A_full_queue_gets_its_messages_when_it_has_room()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        var (_, full) = await host.SubscribeQueueAsync(topic, "full", ("RawMessageDelivery", "true"));
        var (_, other) = await host.SubscribeQueueAsync(topic, "other", ("RawMessageDelivery", "true"));
        var name = QueueName.Parse("full");
        await host.Engine.CommitAsync(new Commit().SetQueue(name, host.Status("full")!.Policy with { MessagesMax = 1 }));
        await host.PublishAsync(topic, "1");
        await host.PublishAsync(topic, "2", SnsTalk.Attribute("kind", "late"));
        (await host.BodiesAsync(other)).ShouldBe(["1", "2"]);
        host.Status("full")!.Messages.ShouldBe(1);
        var first = (await host.ReceiveAsync(full)).Single();
        await host.DeleteAsync(full, first);

        await SqsHost.UntilAsync(() => { host.Advance(1); return host.Status("full")!.Messages == 1; }, "the second came");
        var second = (await host.ReceiveAsync(full)).Single();
        (second["Body"]!.ToString(), ((JsonObject)second["MessageAttributes"]!).Count).ShouldBe(("2", 1));
    }

    [Fact]
    public async Task An_address_is_asked_by_a_mail_and_gets_mails_once_it_confirmed()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("news", ("DisplayName", "The News"));
        (await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "email"), ("Endpoint", "ann@example.test"))).All("SubscriptionArn").Single().ShouldBe("pending confirmation");
        await host.PublishAsync(topic, "not yet");
        var (question, mail) = await NextMailAsync(host);
        question.Envelope.Recipients.Single().Address.ShouldBe("ann@example.test");
        question.Envelope.IsFromNullSender.ShouldBeTrue();
        var link = mail.ReplaceLineEndings("\n").Replace("=\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal).Split('\n').Single(l => l.StartsWith("http", StringComparison.Ordinal));

        using var http = new HttpClient();
        (await http.GetStringAsync(link)).ShouldContain("<SubscriptionArn>");
        await host.PublishAsync(topic, "Grüße", ("Subject", "Today"));
        var (notification, text) = await NextMailAsync(host);
        text.ShouldContain("Subject: Today\r\n");
        text.ShouldContain("From: The News <no-reply@localhost>\r\n");
        text.ShouldContain("List-Unsubscribe:");
        notification.Envelope.Recipients.Single().Address.ShouldBe("ann@example.test");
    }

    [Fact]
    public async Task A_mailbox_gets_a_mail_at_once()
    {
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("news");
        var url = await host.MakeAsync("ann");
        (await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "mailbox"), ("Endpoint", "ann"))).All("SubscriptionArn").Single().ShouldStartWith(topic);
        await host.PublishAsync(topic, "Grüße", ("Subject", "Today"));
        var mail = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        mail["Body"]!.ToString().ShouldContain("Subject: Today\r\n");
        ((string?)mail["MessageAttributes"]!["mail.subject"]!["StringValue"]).ShouldBe("Today");
    }

    private static int CountOnDisk(SqsHost host, string marker)
    {
        var (count, pattern) = (0, Encoding.ASCII.GetBytes(marker));
        foreach (var file in host.Disk.List(Posthorn.Journal.Segments.Segment.Folder))
        {
            ReadOnlySpan<byte> rest = host.Disk[$"{Posthorn.Journal.Segments.Segment.Folder}/{file}"];
            for (var at = rest.IndexOf(pattern); at >= 0; at = rest.IndexOf(pattern), count++)
                rest = rest[(at + pattern.Length)..];
        }
        return count;
    }

    private static async Task<(Message Mail, string Text)> NextMailAsync(SqsHost host)
    {
        var leased = (await host.Engine.LeaseAsync(SpoolQueues.Root, new Posthorn.Leases.LeaseRequest { MessagesMax = 10 })).ShouldHaveSingleItem();
        string text;
        using (var reader = new StreamReader(await host.Engine.OpenAsync(leased.Message.Content)))
            text = await reader.ReadToEndAsync();
        await host.Engine.CommitAsync(new Commit().Remove(leased));
        return (leased.Message, text);
    }
}

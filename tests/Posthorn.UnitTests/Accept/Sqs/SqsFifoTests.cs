using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

public sealed class SqsFifoTests
{
    [Fact]
    public async Task Groups_are_served_one_after_the_other_and_block_while_in_flight()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        foreach (var (group, body) in new[] { ("g1", "g1-m1"), ("g2", "g2-m1"), ("g1", "g1-m2"), ("g1", "g1-m3") })
            await host.SendAsync(url, body, group);
        var all = await host.ReceiveAsync(url);
        all.Select(m => (string)m["Body"]!).ShouldBe(["g1-m1", "g1-m2", "g1-m3", "g2-m1"]);
        await host.SendAsync(url, "g1-m4", "g1");
        await host.SendAsync(url, "g3-m1", "g3");
        (await host.BodiesAsync(url)).ShouldBe(["g3-m1"]);
        await host.DeleteAsync(url, all[0]);
        await host.DeleteAsync(url, all[1]);
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        await host.DeleteAsync(url, all[2]);
        (await host.BodiesAsync(url)).ShouldBe(["g1-m4"]);
    }

    [Fact]
    public async Task What_is_given_back_comes_again_in_its_order_and_what_follows_stays_hidden()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        foreach (var body in new[] { "foo", "bar", "baz" })
            await host.SendAsync(url, body, "g");
        var all = await host.ReceiveAsync(url, visibility: 10);
        (await host.ChangeAsync(url, all[1], 60)).Code.ShouldBeNull();
        host.Advance(10);
        (await host.BodiesAsync(url, visibility: 0)).ShouldBe(["foo"]);
        (await host.ChangeAsync(url, all[1], 0)).Code.ShouldBeNull();
        (await host.BodiesAsync(url)).ShouldBe(["foo", "bar", "baz"]);
    }

    [Fact]
    public async Task A_handle_whose_lease_has_ended_is_good_for_nothing()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        await host.SendAsync(url, "x", "g");
        var first = (await host.ReceiveAsync(url, visibility: 10))[0];
        host.Advance(10);
        var handle = (string)first["ReceiptHandle"]!;
        var expired = await host.SayAsync("DeleteMessage", $$"""{"QueueUrl":"{{url}}","ReceiptHandle":"{{handle}}"}""");
        (expired.Code, expired.Message).ShouldBe(("InvalidParameterValue", $"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."));
        (await host.ChangeAsync(url, first, 5)).Code.ShouldBe("InvalidParameterValue");
        var second = (await host.ReceiveAsync(url)).ShouldHaveSingleItem();
        (await host.DoAsync("DeleteMessageBatch", new { QueueUrl = url, Entries = new[] { new { Id = "old", ReceiptHandle = handle } } }))["Failed"]![0]!["Id"]!.GetValue<string>().ShouldBe("old");
        await host.DeleteAsync(url, second);
        await host.DeleteAsync(url, second);
        host.Status("orders.fifo")!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task What_comes_twice_within_five_minutes_is_answered_with_the_first()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host, ("ContentBasedDeduplication", "true"));
        var first = await SendAsync("x", "g", null);
        (await SendAsync("x", "other", null)).ShouldBe(first);
        (await SendAsync("y", "g", Convert.ToHexStringLower(SHA256.HashData("x"u8)))).ShouldBe(first);
        (await SendAsync("x", "g", "own")).ShouldNotBe(first);
        foreach (var message in await host.ReceiveAsync(url))
            await host.DeleteAsync(url, message);
        host.Advance(299);
        (await SendAsync("x", "g", null)).ShouldBe(first);
        host.Advance(1.001);
        (await SendAsync("x", "g", null)).ShouldNotBe(first);

        async Task<(string, string)> SendAsync(string body, string group, string? id)
        {
            var members = new Dictionary<string, string> { ["QueueUrl"] = url, ["MessageBody"] = body, ["MessageGroupId"] = group };
            if (id is not null)
                members["MessageDeduplicationId"] = id;
            var sent = await host.DoAsync("SendMessage", members);
            return ((string)sent["MessageId"]!, (string)sent["SequenceNumber"]!);
        }
    }

    [Fact]
    public async Task The_scope_of_deduplication_is_what_the_queue_was_made_with()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host, ("DeduplicationScope", "messageGroup"), ("FifoThroughputLimit", "perMessageGroupId"));
        var first = await host.SendAsync(url, "x", "a", "d");
        await host.DoAsync("SetQueueAttributes", new { QueueUrl = url, Attributes = new { DeduplicationScope = "queue", FifoThroughputLimit = "perQueue" } });
        ((string)(await host.SendAsync(url, "x", "b", "d"))["MessageId"]!).ShouldNotBe((string)first["MessageId"]!);
        ((string)(await host.SendAsync(url, "x", "a", "d"))["MessageId"]!).ShouldBe((string)first["MessageId"]!);
        (await host.AttributeAsync(url, "DeduplicationScope")).ShouldBe("queue");
    }

    [Fact]
    public async Task Numbers_rise_and_ids_are_told()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        var numbers = new List<string>();
        for (var i = 0; i < 12; i++)
            numbers.Add((string)(await host.SendAsync(url, i.ToString(), "g", $"d{i}"))["SequenceNumber"]!);
        numbers.ShouldBe(numbers.Order(StringComparer.Ordinal));
        numbers.ShouldAllBe(n => n.Length == 20);
        var attributes = (await host.ReceiveAsync(url, max: 1))[0]["Attributes"]!;
        ((string)attributes["SequenceNumber"]!, (string)attributes["MessageGroupId"]!, (string)attributes["MessageDeduplicationId"]!).ShouldBe((numbers[0], "g", "d0"));
    }

    [Fact]
    public async Task A_receive_is_repeated_by_its_attempts_id_until_something_was_done()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        await host.SendAsync(url, "a", "g");
        await host.SendAsync(url, "b", "h");

        async Task<JsonObject[]> TryAsync(string id, int visibility = 30) => [.. ((await host.DoAsync("ReceiveMessage", new { QueueUrl = url, MaxNumberOfMessages = 1, ReceiveRequestAttemptId = id, VisibilityTimeout = visibility }))["Messages"]?.AsArray() ?? []).Select(m => m!.AsObject())];
        var first = (await TryAsync("1"))[0];
        host.Advance(20);
        var repeated = (await TryAsync("1"))[0];
        ((string)repeated["Body"]!, (string)repeated["ReceiptHandle"]!).ShouldBe(((string)first["Body"]!, (string)first["ReceiptHandle"]!));
        host.Advance(20);
        ((string)(await TryAsync("2"))[0]["Body"]!).ShouldBe("b", "the first lease was renewed by the repetition");
        await host.DeleteAsync(url, first);
        (await TryAsync("1")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_delay_of_the_queue_delays_the_group()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host, ("DelaySeconds", "10"));
        await host.SendAsync(url, "a", "g");
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "b", MessageGroupId = "h", MessageDeduplicationId = "d", DelaySeconds = 0 });
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        host.Advance(10);
        (await host.BodiesAsync(url)).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_delay_of_the_queue_counts_for_what_waits_already()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host, ("DelaySeconds", "100"));
        await host.SendAsync(url, "a", "g");
        host.Advance(5);
        await host.DoAsync("SetQueueAttributes", new { QueueUrl = url, Attributes = new { DelaySeconds = "10" } });
        host.Advance(4.9);
        (await host.BodiesAsync(url)).ShouldBeEmpty();
        host.Advance(0.1);
        (await host.BodiesAsync(url)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_batch_keeps_its_order_and_knows_its_own_duplicates()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await FifoAsync(host);
        var answer = await host.DoAsync("SendMessageBatch", new
        {
            QueueUrl = url,
            Entries = new object[]
            {
                new { Id = "1", MessageBody = "one", MessageGroupId = "g", MessageDeduplicationId = "a" }, new { Id = "2", MessageBody = "two", MessageGroupId = "g", MessageDeduplicationId = "b" },
                new { Id = "3", MessageBody = "again", MessageGroupId = "g", MessageDeduplicationId = "a" },
            },
        });
        var sent = answer["Successful"]!.AsArray();
        ((string)sent[2]!["MessageId"]!).ShouldBe((string)sent[0]!["MessageId"]!);
        (await host.BodiesAsync(url)).ShouldBe(["one", "two"]);
    }

    private static Task<string> FifoAsync(SqsHost host, params (string, string)[] attributes) => host.MakeAsync("orders.fifo", [("FifoQueue", "true"), .. attributes]);
}

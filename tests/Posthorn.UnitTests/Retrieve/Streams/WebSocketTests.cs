using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Streams;

public sealed class WebSocketTests
{
    [Fact]
    public async Task A_message_is_pushed_with_all_it_carries_and_gone_when_it_is_acked()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.SendAsync("orders", "42 Hörner"u8.ToArray(), new SendOptions
        {
            Priority = 7, Group = "eu", Attributes = new Dictionary<string, string> { ["kind"] = "grün" },
        });
        await using var peer = await StreamPeer.OpenAsync(host, "orders", "?prefetch=5");
        peer.Protocol.ShouldBe("posthorn.v1");

        var frame = await peer.HearAsync("message");

        ((string?)frame["text"]).ShouldBe("42 Hörner");
        frame["body"].ShouldBeNull();
        var received = JsonSerializer.Deserialize(frame, PosthornJson.Default.StreamedMessage)!.ToReceived();
        received.Body.ShouldBe("42 Hörner"u8.ToArray());
        received.Attributes["kind"].Text.ShouldBe("grün");
        var known = (await host.Client.GetMessageAsync(received.Message.Id)).Message;
        Json(received.Message).ShouldBe(Json(known));
        (received.Message.Priority, received.Message.Group, received.Message.ReceiveCount).ShouldBe((7, "eu", 1));
        (await peer.SettleAsync(new { type = "ack", handle = received.Handle, @ref = "a1" })).ShouldBe(["ok"]);
        host.Count("orders").ShouldBe(0);
        await peer.CloseAsync();
        peer.Closed.Status.ShouldBe(1000);
        lock (host.Parts.Events)
            host.Parts.Events.Select(e => e.Kind).ShouldBe([TimelineKind.Accepted, TimelineKind.Leased, TimelineKind.Consumed]);
    }

    [Fact]
    public async Task A_mail_comes_with_its_envelope_bytes_as_base_64_and_a_large_body_by_its_link()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { InlineBytesMax = 1_000 });
        await host.MailAsync("q", "ann@a.test", "bob@b.test", error: "451 later", attributes: new Dictionary<string, AttributeValue>
        {
            ["bin"] = AttributeValue.Of(new byte[] { 0, 255 }, "Binary.x", isText: false),
        });
        await host.Client.SendAsync("q", new byte[] { 0, 255 });
        await host.Client.SendAsync("q", new byte[1_001]);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=3");

        var mail = JsonSerializer.Deserialize(await peer.HearAsync("message"), PosthornJson.Default.StreamedMessage)!;
        var bytes = await peer.HearAsync("message");
        var large = await peer.HearAsync("message");

        Json(mail.Message).ShouldBe(Json((await host.Client.GetMessageAsync(mail.Message.Id)).Message));
        (mail.Message.Sender, mail.Message.Recipients.Single(), mail.Message.LastError).ShouldBe(("ann@a.test", "bob@b.test", "451 later"));
        mail.Attributes["bin"].Bytes.ShouldBe([0, 255]);
        mail.Attributes["bin"].Type.ShouldBe("Binary.x");
        ((string?)bytes["body"], bytes["text"]).ShouldBe(("AP8=", null));
        (large["body"], large["text"]).ShouldBe((null, null));
        using var http = new HttpClient { BaseAddress = host.Address };
        (await http.GetByteArrayAsync((string)large["bodyUrl"]!)).Length.ShouldBe(1_001);
    }

    [Fact]
    public async Task Each_message_takes_a_credit_and_without_one_nothing_comes()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 10);
        await using var peer = await StreamPeer.OpenAsync(host, "q");
        await peer.SayAsync("""{"type":"hello"}""");
        await peer.HearAsync("error");
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(0);

        await peer.SayAsync(new { type = "credit", n = 2 });
        var handles = await peer.HandlesAsync(2);
        (await peer.SettleAsync(new { type = "ack", handles })).ShouldBe(["ok", "ok"]); // granted one by one, a credit is used up
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(0);
        await peer.SayAsync(new { type = "credit", n = 1 });
        await peer.HandlesAsync(1);
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(1);
    }

    [Fact]
    public async Task With_a_prefetch_so_many_are_kept_in_flight_and_never_more()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 20);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=3");
        for (var heard = 0; heard < 20;)
        {
            var frame = (await peer.HearAsync()).ShouldNotBeNull();
            host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBeInRange(0, 3);
            if ((string)frame["type"]! == "message" && ++heard > 0)
                await peer.SayAsync(new { type = "ack", handle = (string)frame["handle"]! });
        }
    }

    [Fact]
    public async Task Several_consumers_never_get_the_same_message()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 300);
        var ids = (await Task.WhenAll(ConsumeAsync(), ConsumeAsync(), ConsumeAsync())).SelectMany(c => c).ToArray();
        ids.ShouldBeUnique();
        ids.Length.ShouldBe(300);

        async Task<List<string>> ConsumeAsync()
        {
            var seen = new List<string>();
            await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=4");
            var hearing = peer.HearAsync();
            while (true)
            {
                // Whoever hears nothing more when the queue is empty has had his share.
                while (!hearing.IsCompleted && host.Count("q") > 0)
                    await Task.Yield();
                if (!hearing.IsCompleted && host.Count("q") == 0)
                    return seen;
                var frame = (await hearing).ShouldNotBeNull();
                hearing = peer.HearAsync();
                if ((string)frame["type"]! != "message")
                    continue;
                seen.Add((string)frame["message"]!["id"]!);
                await peer.SayAsync(new { type = "ack", handle = (string)frame["handle"]! });
            }
        }
    }

    [Fact]
    public async Task A_connection_that_is_lost_gives_back_at_once_what_it_had()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 3);
        await using (var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=3&visibility=12h"))
        {
            await peer.HandlesAsync(3);
            peer.Abort();
            await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 3, Leased: 0 }, "all are back");
        }
        (await host.Client.ReceiveAsync("q", new ReceiveOptions { Max = 3 })).ShouldAllBe(m => m.Message.ReceiveCount == 2);
        await StreamPeer.UntilAsync(host, "q", _ => host.Streams.Open == 0, "the stream is over");
    }

    [Fact]
    public async Task What_was_acked_before_the_last_word_is_done_and_the_rest_is_back()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 3);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=3");
        var handles = await peer.HandlesAsync(3);
        await peer.SayAsync(new { type = "ack", handles = handles[..2] });
        await peer.CloseAsync();
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 1, Leased: 0 }, "one is back");
    }

    [Fact]
    public async Task A_nack_gives_back_at_once_or_later_and_says_why()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 2);
        await using var peer = await StreamPeer.OpenAsync(host, "q");
        await peer.SayAsync(new { type = "credit", n = 2 });
        var handles = await peer.HandlesAsync(2);
        (await peer.SettleAsync(new { type = "nack", handle = handles[0] })).ShouldBe(["ok"]);
        (await peer.SettleAsync(new { type = "nack", handle = handles[1], delay = "1h", error = "no such horn" })).ShouldBe(["ok"]);
        var status = host.Engine.Status(QueueName.Parse("q"))!;
        (status.Ready, status.Delayed, status.Leased).ShouldBe((1, 1, 0));
        var delayed = (await host.Client.ListMessagesAsync(new MessageQuery { States = [Posthorn.Client.Contracts.Messages.MessageState.Delayed] })).Messages.Single();
        delayed.LastError.ShouldBe("no such horn");
    }

    [Fact]
    public async Task A_batch_says_what_came_of_each_and_one_that_is_lost_hinders_no_other()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 4);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=4");
        var messages = new List<JsonObject>();
        for (var i = 0; i < 4; i++)
            messages.Add(await peer.HearAsync("message"));
        await host.Client.RemoveMessageAsync((string)messages[1]["message"]!["id"]!, force: true);
        var handles = messages.Select(m => (string)m["handle"]!).ToArray();

        await peer.SayAsync(new { type = "ack", handles = new[] { handles[0], handles[1], handles[2], handles[0] }, @ref = "batch" });
        var settled = await peer.HearAsync("settled");

        ((string?)settled["ref"]).ShouldBe("batch");
        StreamPeer.Outcomes(settled).ShouldBe(["ok", "lease-ended", "ok", "unknown-handle"]);
        (await peer.SettleAsync(new { type = "ack", handle = handles[0] })).ShouldBe(["unknown-handle"]);
        (await peer.SettleAsync(new { type = "ack", handle = handles[3] })).ShouldBe(["ok"]);
        host.Count("q").ShouldBe(0);
    }

    [Fact]
    public async Task A_handle_of_another_stream_is_unknown_and_its_message_stays_where_it_is()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 1);
        await using var owner = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        var handle = (await owner.HandlesAsync(1))[0];
        await using var other = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        foreach (var frame in new object[]
        {
            new { type = "ack", handle }, new { type = "nack", handle }, new { type = "extend", handle, visibility = 60 },
        })
            (await other.SettleAsync(frame)).ShouldBe(["unknown-handle"]);
        (await owner.SettleAsync(new { type = "ack", handle })).ShouldBe(["ok"]);
    }

    [Fact]
    public async Task After_a_stop_nothing_more_comes_and_what_is_in_flight_can_be_settled()
    {
        await using var host = await AdminHost.StartAsync();
        await SendAsync(host, "q", 5);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=2");
        var handles = await peer.HandlesAsync(2);
        await peer.SayAsync(new { type = "stop", @ref = "s" });
        var stopped = await peer.HearAsync("stopped");
        ((int)stopped["inFlight"]!, (string?)stopped["ref"]).ShouldBe((2, "s"));
        (await peer.SettleAsync(new { type = "ack", handles })).ShouldBe(["ok", "ok"]);
        await peer.SayAsync(new { type = "stop" });
        ((int)(await peer.HearAsync("stopped"))["inFlight"]!).ShouldBe(0);
        await peer.CloseAsync();
        host.Count("q").ShouldBe(3);
        (await host.Client.ReceiveAsync("q", new ReceiveOptions { Max = 5 })).ShouldAllBe(m => m.Message.ReceiveCount == 1);
    }

    [Fact]
    public async Task What_had_not_gone_out_when_the_stop_came_is_back_while_the_client_finishes_the_rest()
    {
        const int messages = 16;
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { InlineBytesMax = 2_000_000 });
        var body = Encoding.UTF8.GetBytes(new string('x', 600_000));
        for (var i = 0; i < messages; i++)
            await host.Client.SendAsync("q", body); // more than the network's buffers hold
        await using var peer = await StreamPeer.OpenAsync(host, "q", $"?prefetch={messages}", receiveBytes: 16 * 1024);
        await StreamPeer.UntilAsync(host, "q", s => s.Leased == messages, "all are leased");
        await peer.SayAsync(new { type = "stop" });

        var heard = 0;
        JsonObject frame;
        while ((string)(frame = (await peer.HearAsync())!)["type"]! == "message")
            heard++;

        ((string?)frame["type"], (int?)frame["inFlight"]).ShouldBe(("stopped", heard));
        heard.ShouldBeLessThan(messages);
        var status = host.Engine.Status(QueueName.Parse("q"))!;
        (status.Leased, status.Ready).ShouldBe((heard, messages - heard));
        (await host.Client.ReceiveAsync("q", new ReceiveOptions { Max = messages })).ShouldAllBe(m => m.Message.ReceiveCount == 1);
    }

    [Fact]
    public async Task A_stream_of_a_group_gets_no_other_messages()
    {
        await using var host = await AdminHost.StartAsync();
        foreach (var group in new[] { "a", "b", "a" })
            await host.Client.SendAsync("q", Encoding.UTF8.GetBytes(group), new SendOptions { Group = group });
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=10&group=a");
        for (var i = 0; i < 2; i++)
            ((string?)(await peer.HearAsync("message"))["text"]).ShouldBe("a");
        await host.Client.SendAsync("q", "a"u8.ToArray(), new SendOptions { Group = "a" });
        ((string?)(await peer.HearAsync("message"))["text"]).ShouldBe("a");
    }

    [Fact]
    public async Task A_FIFO_queue_hands_out_a_group_in_order_one_after_the_other()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.PutQueueAsync("q", new QueueSettings { Fifo = true });
        for (var i = 0; i < 5; i++)
            await host.Client.SendAsync("q", Encoding.UTF8.GetBytes($"{i}"), new SendOptions { Group = "g" });
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        for (var i = 0; i < 5; i++)
        {
            var message = await peer.HearAsync("message");
            ((string?)message["text"]).ShouldBe($"{i}");
            (await peer.SettleAsync(new { type = "ack", handle = (string)message["handle"]! })).ShouldBe(["ok"]);
        }
    }

    [Fact]
    public async Task A_thousand_idle_streams_each_get_a_message_when_it_comes()
    {
        const int streams = 1_000;
        await using var host = await AdminHost.StartAsync();
        await host.Client.PutQueueAsync("q", new QueueSettings());
        var peers = new List<StreamPeer>();
        for (var i = 0; i < streams; i++)
            peers.Add(await StreamPeer.OpenAsync(host, "q", "?prefetch=1"));
        host.Streams.Open.ShouldBe(streams);

        var heard = peers.Select(p => p.HearAsync("message")).ToArray();
        await SendAsync(host, "q", streams);
        var ids = (await Task.WhenAll(heard)).Select(m => (string)m["message"]!["id"]!).ToArray();

        ids.ShouldBeUnique();
        foreach (var peer in peers)
            await peer.DisposeAsync();
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: streams, Leased: 0 } && host.Streams.Open == 0, "all are back");
    }

    internal static async Task SendAsync(AdminHost host, string queue, int count)
    {
        for (var i = 0; i < count; i++)
            await host.Client.SendAsync(queue, Encoding.UTF8.GetBytes($"m{i}"));
    }

    private static string Json(MessageInfo message) => JsonSerializer.Serialize(message, PosthornJson.Default.MessageInfo);
}

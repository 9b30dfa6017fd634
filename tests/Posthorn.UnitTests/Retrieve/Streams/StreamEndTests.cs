using Posthorn.Client.Contracts.Sending;
using Posthorn.Contracts;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Streams;

/// <summary>Leases over time, and the ways in which a stream ends that are not its client's.</summary>
public sealed class StreamEndTests
{
    [Fact]
    public async Task A_lease_is_renewed_while_the_stream_lasts()
    {
        var time = new ManualTimeProvider();
        await using var host = await AdminHost.StartAsync(time: time);
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1&visibility=30s");
        var handle = (await peer.HandlesAsync(1))[0];

        time.Advance(TimeSpan.FromHours(11));

        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(1);
        (await peer.SettleAsync(new { type = "ack", handle })).ShouldBe(["ok"]);
    }

    [Fact]
    public async Task A_lease_is_renewed_up_to_its_bound_and_its_end_is_told()
    {
        var time = new ManualTimeProvider();
        await using var host = await AdminHost.StartAsync(time: time);
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?visibility=30s&renewFor=60s");
        await peer.SayAsync(new { type = "credit", n = 1 });
        var handle = (await peer.HandlesAsync(1))[0];

        time.Advance(TimeSpan.FromSeconds(59));
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(31));

        ((string?)(await peer.HearAsync("ended"))["handle"]).ShouldBe(handle);
        host.Engine.Status(QueueName.Parse("q"))!.Ready.ShouldBe(1);
        (await peer.SettleAsync(new { type = "ack", handle })).ShouldBe(["unknown-handle"]);
        host.Count("q").ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_wants_no_renewal_extends_for_itself()
    {
        var time = new ManualTimeProvider();
        await using var host = await AdminHost.StartAsync(time: time);
        await WebSocketTests.SendAsync(host, "q", 2);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?visibility=30s&renewFor=0");
        await peer.SayAsync(new { type = "credit", n = 2 });
        var handles = await peer.HandlesAsync(2);

        await peer.SayAsync(new { type = "extend", handle = handles[1], visibility = "5m" });
        var extended = (await peer.HearAsync("settled"))["results"]![0]!;
        ((bool)extended["ok"]!, (DateTimeOffset)extended["expiresAt"]!).ShouldBe((true, time.GetUtcNow() + TimeSpan.FromMinutes(5)));
        time.Advance(TimeSpan.FromSeconds(29));
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(2);
        time.Advance(TimeSpan.FromSeconds(11));

        ((string?)(await peer.HearAsync("ended"))["handle"]).ShouldBe(handles[0]);
        (await peer.SettleAsync(new { type = "extend", handle = handles[0], visibility = 60 })).ShouldBe(["unknown-handle"]);
        (await peer.SettleAsync(new { type = "ack", handle = handles[1] })).ShouldBe(["ok"]);
    }

    [Fact]
    public async Task A_lease_that_an_administrator_ended_is_told_and_its_credit_is_free_again()
    {
        var time = new ManualTimeProvider();
        await using var host = await AdminHost.StartAsync(time: time);
        await WebSocketTests.SendAsync(host, "q", 2);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1&visibility=30s");
        var message = await peer.HearAsync("message");
        await host.Client.RemoveMessageAsync((string)message["message"]!["id"]!, force: true);

        time.Advance(TimeSpan.FromSeconds(10));

        ((string?)(await peer.HearAsync("ended"))["handle"]).ShouldBe((string?)message["handle"]);
        ((string?)(await peer.HearAsync("message"))["text"]).ShouldBe("m1");
    }

    [Fact]
    public async Task A_message_that_is_acked_over_HTTP_is_in_flight_no_more()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 3);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        await host.Client.AckAsync((await peer.HandlesAsync(1))[0]);
        await host.Client.ReleaseAsync((await peer.HandlesAsync(1))[0], TimeSpan.FromHours(1));
        var last = (await peer.HandlesAsync(1))[0];
        await host.Client.ExtendAsync(last, TimeSpan.FromMinutes(5));
        (await peer.SettleAsync(new { type = "ack", handle = last })).ShouldBe(["ok"]);
        host.Count("q").ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_sent_little_and_cut_off()
    {
        const int messages = 400;
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { PingInterval = TimeSpan.FromMilliseconds(300), PingTimeout = TimeSpan.FromMilliseconds(300) });
        var body = new byte[100_000];
        for (var i = 0; i < messages; i++)
            await host.Client.SendAsync("q", body);
        await using var peer = await StreamPeer.OpenAsync(host, "q", $"?prefetch={messages}", receiveBytes: 16 * 1024);

        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: messages, Leased: 0 } && host.Streams.Open == 0, "it was cut off and all are back");

        int pushed;
        lock (host.Parts.Events)
            pushed = host.Parts.Events.Count(e => e.Kind == TimelineKind.Leased);
        pushed.ShouldBeInRange(1, messages / 2);
        var received = await host.Client.ReceiveAsync("q", new ReceiveOptions { Max = messages });
        received.Count(m => m.Message.ReceiveCount == 1).ShouldBeGreaterThanOrEqualTo(messages - pushed - 1); // what never went out was not received
    }

    [Fact]
    public async Task A_client_that_is_there_answers_and_stays()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { PingInterval = TimeSpan.FromMilliseconds(100), PingTimeout = TimeSpan.FromSeconds(20) });
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        for (var i = 0; i < 20; i++)
        {
            await peer.HandlesAsync(1);
            await peer.SayAsync("{}");
            await peer.HearAsync("error");
            await host.Client.SendAsync("q", "x"u8.ToArray());
            await peer.SayAsync(new { type = "credit", n = 1 });
        }
        host.Streams.Open.ShouldBe(1);
    }

    [Fact]
    public async Task When_its_queue_is_deleted_the_stream_says_so_and_ends()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=2");
        await peer.HandlesAsync(1);
        await host.Client.DeleteQueueAsync("q");
        ((string?)(await peer.HearAsync("error"))["code"]).ShouldBe("queue-not-found");
        (await peer.HearAsync()).ShouldBeNull();
        peer.Closed.Status.ShouldBe(4404);
        await peer.AnswerCloseAsync();
    }

    [Fact]
    public async Task A_server_that_stops_says_so_does_what_was_said_and_gives_the_rest_back()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 3);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=3");
        var handles = await peer.HandlesAsync(3);

        var stopping = host.StopAsync();
        (await peer.HearAsync()).ShouldBeNull();
        peer.Closed.Status.ShouldBe(1001);
        await peer.SayAsync(new { type = "ack", handle = handles[0] }); // it crossed the server's last word
        await peer.AnswerCloseAsync();
        await stopping;

        var status = host.Engine.Status(QueueName.Parse("q"))!;
        (status.Ready, status.Leased).ShouldBe((2, 0));
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_no_client_that_does_not_answer()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { CloseTimeout = TimeSpan.FromMilliseconds(100) });
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        await peer.HandlesAsync(1);
        await host.StopAsync();
        host.Engine.Status(QueueName.Parse("q"))!.Ready.ShouldBe(1);
    }
}

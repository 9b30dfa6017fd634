using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Streams;

/// <summary>What a stream does not take, and that nothing is lost by it.</summary>
public sealed class WebSocketRefusalTests
{
    [Theory]
    [InlineData("", "JSON")]
    [InlineData("x", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("""{"type":"ack","handle":"\ud800"}""", "handle")]
    [InlineData("""{"type":"ack" "handle":1}""", "JSON")]
    [InlineData("""{"type":"stop"}{"type":"stop"}""", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("null", "JSON object")]
    [InlineData("{}", "has a type")]
    [InlineData("""{"type":"hello"}""", "'hello' is none of credit, ack, nack, extend, stop")]
    [InlineData("""{"type":7}""", "type: a text")]
    [InlineData("""{"type":"Ack","handle":"0000000000000001-0000000000000001"}""", "'Ack'")]
    [InlineData("""{"type":"credit"}""", "credit has n")]
    [InlineData("""{"type":"credit","n":0}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":-1}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":1001}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":1.5}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":"1"}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":99999999999999999999}""", "n: 1 to 1000")]
    [InlineData("""{"type":"credit","n":1,"handle":"0000000000000001-0000000000000001"}""", "credit has n")]
    [InlineData("""{"type":"ack"}""", "ack has handle")]
    [InlineData("""{"type":"ack","handle":""}""", "A handle is")]
    [InlineData("""{"type":"ack","handle":null}""", "A handle is")]
    [InlineData("""{"type":"ack","handle":{"a":{}}}""", "A handle is")]
    [InlineData("""{"type":"ack","handle":"0000000000000001-000000000000000g"}""", "A handle is")]
    [InlineData("""{"type":"ack","handles":"0000000000000001-0000000000000001"}""", "handles: a list")]
    [InlineData("""{"type":"ack","handles":[]}""", "ack has handle")]
    [InlineData("""{"type":"ack","handles":["x"]}""", "A handle is")]
    [InlineData("""{"type":"ack","handle":"0000000000000001-0000000000000001","delay":1}""", "ack has handle")]
    [InlineData("""{"type":"nack","handle":"0000000000000001-0000000000000001","delay":"soon"}""", "delay: seconds")]
    [InlineData("""{"type":"nack","handle":"0000000000000001-0000000000000001","delay":-1}""", "delay: seconds")]
    [InlineData("""{"type":"nack","handle":"0000000000000001-0000000000000001","delay":1e300}""", "delay: seconds")]
    [InlineData("""{"type":"nack","handle":"0000000000000001-0000000000000001","error":7}""", "error: a text")]
    [InlineData("""{"type":"extend","handle":"0000000000000001-0000000000000001"}""", "and visibility")]
    [InlineData("""{"type":"extend","handle":"0000000000000001-0000000000000001","visibility":0}""", "visibility: 1s to 12h")]
    [InlineData("""{"type":"extend","handle":"0000000000000001-0000000000000001","visibility":"12h1s"}""", "visibility: 1s to 12h")]
    [InlineData("""{"type":"stop","n":1}""", "stop has nothing more")]
    [InlineData("""{"type":"stop","colour":"blue"}""", "no property 'colour'")]
    public async Task A_frame_that_is_wrong_is_answered_with_what_would_be_right_and_the_stream_goes_on(string frame, string expected)
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        var handle = (await peer.HandlesAsync(1))[0];

        await peer.SayAsync(frame);
        var error = await peer.HearAsync("error");

        ((string?)error["code"]).ShouldBe("bad-frame");
        ((string)error["detail"]!).ShouldContain(expected);
        (await peer.SettleAsync(new { type = "ack", handle })).ShouldBe(["ok"]);
    }

    [Fact]
    public async Task An_error_names_the_frame_by_its_reference()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q");
        await peer.SayAsync("""{"ref":"17","type":"hello"}""");
        ((string?)(await peer.HearAsync("error"))["ref"]).ShouldBe("17");
    }

    [Fact]
    public async Task More_credits_than_there_may_be_are_refused_and_those_that_were_there_stay()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { CreditsMax = 10 });
        await WebSocketTests.SendAsync(host, "q", 20);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=8");
        await peer.HandlesAsync(8);
        await peer.SayAsync(new { type = "credit", n = 3 });
        ((string?)(await peer.HearAsync("error"))["code"]).ShouldBe("too-many");
        await peer.SayAsync(new { type = "credit", n = 2 });
        await peer.HandlesAsync(2);
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(10);
    }

    [Fact]
    public async Task A_frame_that_is_too_long_or_no_text_ends_the_stream_and_gives_all_back()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { FrameBytesMax = 100 });
        await WebSocketTests.SendAsync(host, "q", 1);
        foreach (var (bytes, type, code, status) in new[]
        {
            (new byte[101], WebSocketMessageType.Text, "too-large", 1009), (new byte[50_000_000], WebSocketMessageType.Text, "too-large", 1009),
            ("x"u8.ToArray(), WebSocketMessageType.Binary, "bad-frame", 1003),
        })
        {
            await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
            await peer.HandlesAsync(1);
            var saying = peer.SayAsync(bytes, type);
            ((string?)(await peer.HearAsync("error"))["code"]).ShouldBe(code);
            (await peer.HearAsync()).ShouldBeNull();
            peer.Closed.Status.ShouldBe(status);
            await saying;
            await peer.AnswerCloseAsync();
            await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 1, Leased: 0 }, "it is back");
        }
    }

    [Fact]
    public async Task What_is_no_text_in_UTF_8_ends_the_stream_and_gives_all_back()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var peer = await StreamPeer.OpenAsync(host, "q", "?prefetch=1");
        await peer.HandlesAsync(1);
        await peer.SayAsync([0xFF, 0xFE], WebSocketMessageType.Text);
        (await peer.HearAsync()).ShouldBeNull();
        peer.Closed.Status.ShouldBe(1007);
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 1, Leased: 0 }, "it is back");
    }

    [Fact]
    public async Task What_is_no_frame_ends_the_stream_with_a_word_and_no_reset()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/queues/q/stream?prefetch=1 HTTP/1.1\r\nHost: 127.0.0.1:{host.Address.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        await StreamPeer.UntilAsync(host, "q", s => s is { Leased: 1 }, "it is pushed");
        await stream.WriteAsync(new byte[] { 0x83, 0x80, 0, 0, 0, 0 }); // opcode 3 is reserved (RFC 6455 5.2)

        var heard = new MemoryStream();
        await stream.CopyToAsync(heard); // a reset would throw

        heard.ToArray()[^4..].ShouldBe(new byte[] { 0x88, 0x02, 0x03, 0xEA }); // close, 1002
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 1, Leased: 0 }, "it is back");
    }

    [Theory]
    [InlineData("?prefetch=0", 400)]
    [InlineData("?prefetch=1001", 400)]
    [InlineData("?prefetch=x", 400)]
    [InlineData("?visibility=0s", 400)]
    [InlineData("?visibility=13h", 400)]
    [InlineData("?visibility=soon", 400)]
    [InlineData("?renewFor=13h", 400)]
    [InlineData("?ack=auto", 400)]
    [InlineData("?ack=maybe", 400)]
    public async Task A_request_that_is_wrong_is_refused_before_anything_is_leased(string query, int status)
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        (await StreamPeer.RefusedAsync(host, "q", query)).ShouldBe(status);
        host.Engine.Status(QueueName.Parse("q"))!.Ready.ShouldBe(1);
        host.Streams.Open.ShouldBe(0);
    }

    [Fact]
    public async Task There_is_no_stream_of_a_queue_that_is_not_there_or_belongs_to_the_mail_path()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("spool/outgoing");
        (await StreamPeer.RefusedAsync(host, "nothing")).ShouldBe(404);
        (await StreamPeer.RefusedAsync(host, "spool/outgoing")).ShouldBe(409);
    }

    [Fact]
    public async Task Only_the_protocol_that_the_server_speaks_is_taken()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        (await StreamPeer.RefusedAsync(host, "q", protocols: ["posthorn.v2"])).ShouldBe(400);
        await using var newer = await StreamPeer.OpenAsync(host, "q", protocols: ["posthorn.v2", "posthorn.v1"]);
        newer.Protocol.ShouldBe("posthorn.v1");
        await using var plain = await StreamPeer.OpenAsync(host, "q", "?prefetch=1", protocols: []);
        plain.Protocol.ShouldBeNull();
        await plain.HandlesAsync(1);
    }

    [Fact]
    public async Task No_more_streams_are_opened_than_there_may_be()
    {
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { StreamsMax = 1 });
        await WebSocketTests.SendAsync(host, "q", 1);
        await using var first = await StreamPeer.OpenAsync(host, "q");
        (await StreamPeer.RefusedAsync(host, "q")).ShouldBe(429);
        await first.CloseAsync();
        await StreamPeer.UntilAsync(host, "q", _ => host.Streams.Open == 0, "the first one is over");
        await using var second = await StreamPeer.OpenAsync(host, "q");
    }

    [Fact]
    public async Task An_account_has_streams_of_its_own_queues_by_any_way_of_saying_who_it_is()
    {
        await using var host = await AdminHost.StartAsync(isOpen: false);
        await WebSocketTests.SendAsync(host, "billing", 1);
        await WebSocketTests.SendAsync(host, "orders", 1);
        var token = "posthorn.bearer." + Base64Url.EncodeToString("billing:s3cret"u8);
        var wrong = "posthorn.bearer." + Base64Url.EncodeToString("billing:guess"u8);
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("billing:s3cret"));

        (await StreamPeer.RefusedAsync(host, "billing")).ShouldBe(401);
        (await StreamPeer.RefusedAsync(host, "billing", protocols: ["posthorn.v1", wrong])).ShouldBe(401);
        (await StreamPeer.RefusedAsync(host, "billing", protocols: ["posthorn.v1", "posthorn.bearer.%"])).ShouldBe(401);
        (await StreamPeer.RefusedAsync(host, "orders", authorization: "Bearer billing:s3cret")).ShouldBe(403);
        (await StreamPeer.RefusedAsync(host, "billing", authorization: basic, origin: "https://evil.example")).ShouldBe(403);
        await using var byHeader = await StreamPeer.OpenAsync(host, "billing", authorization: "Bearer billing:s3cret");
        await using var byBasic = await StreamPeer.OpenAsync(host, "billing", authorization: basic, origin: $"http://127.0.0.1:{host.Address.Port}");
        await using var byProtocol = await StreamPeer.OpenAsync(host, "billing", "?prefetch=1", protocols: ["posthorn.v1", token], origin: "https://shop.example");
        byProtocol.Protocol.ShouldBe("posthorn.v1");
        await byProtocol.HandlesAsync(1);
    }
}

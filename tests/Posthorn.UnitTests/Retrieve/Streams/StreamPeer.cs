using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Queues;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;

namespace Posthorn.UnitTests.Retrieve.Streams;

/// <summary>A client of a stream over a WebSocket: what it says and hears.</summary>
internal sealed class StreamPeer : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly HttpMessageInvoker _invoker;
    private readonly byte[] _buffer = new byte[1024 * 1024];

    private StreamPeer(int? receiveBytes)
    {
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (receiveBytes is { } bytes)
                    socket.ReceiveBufferSize = bytes;
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    /// <summary>What the server said last: its close code and reason.</summary>
    public (int? Status, string? Reason) Closed => ((int?)_socket.CloseStatus, _socket.CloseStatusDescription);

    public string? Protocol => _socket.SubProtocol;

    public static async Task<StreamPeer> OpenAsync(
        AdminHost host, string queue, string query = "", string? authorization = null, string[]? protocols = null, string? origin = null, int? receiveBytes = null)
    {
        var peer = new StreamPeer(receiveBytes);
        foreach (var protocol in protocols ?? ["posthorn.v1"])
            peer._socket.Options.AddSubProtocol(protocol);
        if (authorization is not null)
            peer._socket.Options.SetRequestHeader("Authorization", authorization);
        if (origin is not null)
            peer._socket.Options.SetRequestHeader("Origin", origin);
        peer._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        peer._socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await peer._socket.ConnectAsync(
                new Uri($"ws://127.0.0.1:{host.Address.Port}/v1/queues/{Uri.EscapeDataString(queue)}/stream{query}"), peer._invoker, Limit());
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>The status of a request that is to be refused.</summary>
    public static async Task<int> RefusedAsync(
        AdminHost host, string queue, string query = "", string? authorization = null, string[]? protocols = null, string? origin = null)
    {
        var refused = await Should.ThrowAsync<WebSocketException>(() => OpenAsync(host, queue, query, authorization, protocols, origin));
        var digits = new string([.. refused.Message.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
        return int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task SayAsync(object frame) => SayAsync(JsonSerializer.Serialize(frame));

    public Task SayAsync(string text) => SayAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SayAsync(byte[] bytes, WebSocketMessageType type) => _socket.SendAsync(bytes, type, endOfMessage: true, Limit());

    /// <summary>The next frame; null when the server has said its last word, or the connection is lost.</summary>
    public async Task<JsonObject?> HearAsync()
    {
        var length = 0;
        while (true)
        {
            WebSocketReceiveResult part;
            length.ShouldBeLessThan(_buffer.Length, "a frame is longer than any test expects");
            try
            {
                part = await _socket.ReceiveAsync(new ArraySegment<byte>(_buffer, length, _buffer.Length - length), Limit());
            }
            catch (WebSocketException)
            {
                return null;
            }
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            part.MessageType.ShouldBe(WebSocketMessageType.Text);
            length += part.Count;
            if (part.EndOfMessage)
                return JsonNode.Parse(_buffer.AsSpan(0, length))!.AsObject();
        }
    }

    /// <summary>The next frame, which is to be of a kind.</summary>
    public async Task<JsonObject> HearAsync(string type)
    {
        var frame = (await HearAsync()).ShouldNotBeNull($"'{type}' expected, but the stream ended: {Closed}");
        ((string?)frame["type"]).ShouldBe(type, frame.ToJsonString());
        return frame;
    }

    /// <summary>The next frames, which are to be messages: their handles.</summary>
    public async Task<string[]> HandlesAsync(int count)
    {
        var handles = new string[count];
        for (var i = 0; i < count; i++)
            handles[i] = (string)(await HearAsync("message"))["handle"]!;
        return handles;
    }

    /// <summary>What came of what a frame named: <c>ok</c>, or the reason why not, one for each handle.</summary>
    public async Task<string[]> SettleAsync(object frame)
    {
        await SayAsync(frame);
        return Outcomes(await HearAsync("settled"));
    }

    public static string[] Outcomes(JsonObject settled) =>
        [.. settled["results"]!.AsArray().Select(r => (bool)r!["ok"]! ? "ok" : (string)r["reason"]!)];

    /// <summary>Closes and waits for the server's last word.</summary>
    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Limit());

    /// <summary>Answers the server's last word.</summary>
    public Task AnswerCloseAsync() => _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", Limit());

    /// <summary>Drops the connection.</summary>
    public void Abort() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _invoker.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until a queue stands as it is to.</summary>
    public static async Task UntilAsync(AdminHost host, string queue, Func<QueueStatus, bool> isSo, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !isSo(host.Engine.Status(QueueName.Parse(queue))!); i++)
        {
            i.ShouldBeLessThan(6_000, what + "; but: " + host.Engine.Status(QueueName.Parse(queue)));
            await timer.WaitForNextTickAsync();
        }
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
}

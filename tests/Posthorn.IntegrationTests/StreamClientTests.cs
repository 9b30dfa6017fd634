using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Posthorn.IntegrationTests;

/// <summary>Other people's clients of WebSockets and server-sent events against the real program: <c>ws</c>, <c>eventsource</c>, curl, .NET's.</summary>
public sealed class StreamClientTests : IAsyncLifetime
{
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync() => _posthorn = await PosthornProcess.StartAsync("log: { messages: false }");

    public async Task DisposeAsync() => await _posthorn.DisposeAsync();

    [Fact]
    public Task Clients_in_JavaScript_follow_queues() => ClientScript.RunAsync(20, "node", ClientScript.PathOf("stream.cjs"), Repository.Tools, Endpoint);

    [Fact]
    public async Task An_account_follows_its_own_queues_with_its_token()
    {
        await RestartAsync("""
            accounts:
              - { name: billing, password: s3cret }
              - { name: admin, password: adm1n, admin: true }
            """);
        await ClientScript.RunAsync(20, "node", ClientScript.PathOf("stream.cjs"), Repository.Tools, Endpoint, "billing:s3cret", "billing");
        var refused = await ChildProcess.RunAsync("node", [ClientScript.PathOf("stream.cjs"), Repository.Tools, Endpoint, "billing:s3cret", "orders"]);
        (refused.ExitCode, refused.Error.Contains("403", StringComparison.Ordinal)).ShouldBe((1, true));
    }

    [Fact]
    public async Task Curl_reads_events_and_what_it_did_not_ack_is_back_when_it_was_killed()
    {
        await _posthorn.Client.SendAsync("q", "42 boxes"u8.ToArray());
        await using (var curl = ChildProcess.Start("curl", ["-sN", "-H", "Accept: text/event-stream", $"{Endpoint}/v1/queues/q/stream?prefetch=1"]))
        {
            await Until.TrueAsync(() => curl.OutputLines.Any(l => l.StartsWith("data: ", StringComparison.Ordinal)), "the message is written");
            curl.Output.ShouldContain("event: message");
            curl.Output.ShouldContain("\"text\":\"42 boxes\"");
            await curl.KillAsync();
        }
        await Until.TrueAsync(async () => (await _posthorn.Client.GetQueueAsync("q")).Ready == 1, "it is back");
    }

    [Fact]
    public async Task What_comes_is_followed_on_the_command_line_until_the_server_stops()
    {
        await _posthorn.Client.SendAsync("q", "one\n"u8.ToArray());
        await using var follower = ChildProcess.Start(Repository.Program, ["receive", "q", "--follow", "--server", Endpoint]);
        await Until.TrueAsync(() => follower.OutputLines.Contains("one"), "the first one is written");
        await _posthorn.Client.SendAsync("q", "two\n"u8.ToArray());
        await Until.TrueAsync(() => follower.OutputLines.Contains("two"), "the second one is written");
        await Until.TrueAsync(async () => (await _posthorn.Client.GetQueueAsync("q")).Messages == 0, "both are acked");
        (await _posthorn.StopAsync()).ShouldBe(0);
        (await follower.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(1);
        follower.Error.ShouldContain("ended the stream");
    }

    [Fact]
    public async Task A_server_that_is_told_to_end_says_1001_and_ends_with_0_and_after_a_kill_all_is_there()
    {
        await _posthorn.Client.SendAsync("q", "x"u8.ToArray());
        using (var socket = await ConnectAsync(new Uri($"ws://{_posthorn.Listener("http")}/v1/queues/q/stream?prefetch=1")))
        {
            (await HearAsync(socket)).ShouldContain("\"type\":\"message\"");
            var ending = _posthorn.StopAsync();
            await HearAsync(socket);
            ((int?)socket.CloseStatus).ShouldBe(1001);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
            (await ending).ShouldBe(0);
        }
        await _posthorn.StartAgainAsync();
        using (var socket = await ConnectAsync(new Uri($"ws://{_posthorn.Listener("http")}/v1/queues/q/stream?prefetch=1")))
        {
            (await HearAsync(socket)).ShouldContain("\"type\":\"message\"");
            await _posthorn.KillAsync();
        }
        await _posthorn.StartAgainAsync();
        Encoding.UTF8.GetString((await _posthorn.Client.ReceiveAsync("q")).Single().Body!).ShouldBe("x");
    }

    [Fact]
    public async Task A_WebSocket_comes_through_HTTP_2_within_TLS()
    {
        using var folder = TemporaryFolder.Create();
        var (certificate, key) = Certificates.Write(folder);
        await RestartAsync($$"""
            listen: { smtp: off, pop3: off, imap: off, http: 127.0.0.1:0, https: 127.0.0.1:0 }
            tls: { certificate: {{certificate}}, key: {{key}} }
            """);
        await _posthorn.Client.SendAsync("q", "secret"u8.ToArray());
        using var expected = X509CertificateLoader.LoadCertificateFromFile(certificate);
        var hash = expected.GetCertHashString();
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == hash } };
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket { Options = { HttpVersion = System.Net.HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };
        await socket.ConnectAsync(new Uri($"wss://{_posthorn.Listener("https")}/v1/queues/q/stream?prefetch=1"), invoker, CancellationToken.None);
        (await HearAsync(socket)).ShouldContain("\"text\":\"secret\"");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        await Until.TrueAsync(async () => (await _posthorn.Client.GetQueueAsync("q")).Ready == 1, "it is back");
    }

    private string Endpoint => _posthorn.Http.ToString().TrimEnd('/');

    private async Task RestartAsync(string config)
    {
        await _posthorn.StopAsync();
        _posthorn.Configure("log: { messages: false }\n" + config);
        await _posthorn.StartAgainAsync();
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("posthorn.v1");
        await socket.ConnectAsync(address, CancellationToken.None);
        return socket;
    }

    private static async Task<string> HearAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[64 * 1024];
        var heard = await socket.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, heard.Count);
    }
}

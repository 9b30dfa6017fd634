using System.Net.WebSockets;
using System.Text;

namespace Posthorn.IntegrationTests;

/// <summary>Whoever waits at one node is woken at once by what comes in at another: well before anything looks by itself.</summary>
public sealed class ClusterWakeTests : IAsyncLifetime
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    private Cluster _cluster = null!;

    private PosthornProcess Here => _cluster["a"];

    private PosthornProcess There => _cluster["b"];

    public async Task InitializeAsync() => _cluster = await Cluster.StartAsync(["a", "b"]);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task IMAP_IDLE()
    {
        await using var imap = await ImapTalk.ConnectAsync(There.Listener("imap").Port);
        (await imap.SayAsync("LOGIN local secret")).Expect("OK");
        (await imap.SayAsync("SELECT INBOX")).Expect("OK");
        await imap.SendAsync("IDLE");
        (await imap.ReadResponseAsync()).ShouldStartWith("+");
        await Cluster.SendAsync(Here, "somebody@here.test");
        string told;
        do
            told = await imap.ReadResponseAsync().WaitAsync(AtOnce);
        while (!told.Contains("EXISTS", StringComparison.Ordinal));
        told.ShouldBe("* 1 EXISTS");
    }

    [Fact]
    public async Task Long_polls()
    {
        await There.Client.SendAsync("jobs", "first"u8.ToArray());
        (await There.Client.ReceiveAsync("jobs")).Count.ShouldBe(1);
        for (var i = 0; i < 5; i++)
        {
            var waiting = There.Client.ReceiveAsync("jobs", new() { Wait = TimeSpan.FromMinutes(1) });
            await Until.TrueAsync(async () => (await Here.Client.GetQueueAsync("jobs")).Ready == 0, "nothing is ready");
            await Here.Client.SendAsync("jobs", "next"u8.ToArray());
            (await waiting.WaitAsync(AtOnce)).Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task SQS_long_polls()
    {
        await Here.Client.SendAsync("jobs", "Subject: first\r\n\r\n"u8.ToArray());
        await using var consumer = ChildProcess.Start("/usr/bin/python3", [ClientScript.PathOf("consume.py"), "sqs", There.Http.ToString(), "jobs"]);
        await Until.TrueAsync(async () => (await Here.Client.GetQueueAsync("jobs")).Messages == 0, "the first is taken and deleted");
        for (var i = 0; i < 3; i++)
        {
            await Here.Client.SendAsync("jobs", "Subject: next\r\n\r\n"u8.ToArray());
            await Until.TrueAsync(async () => (await Here.Client.GetQueueAsync("jobs")).Messages == 0, "the next is taken and deleted", AtOnce);
        }
    }

    [Fact]
    public async Task Server_sent_events()
    {
        await There.Client.SendAsync("q", "first"u8.ToArray());
        await using var curl = ChildProcess.Start("curl", ["-sN", "-H", "Accept: text/event-stream", $"{There.Http}v1/queues/q/stream?prefetch=10"]);
        await Until.TrueAsync(() => curl.Output.Contains("first", StringComparison.Ordinal), "the stream is open");
        await Here.Client.SendAsync("q", "next"u8.ToArray());
        await Until.TrueAsync(() => curl.Output.Contains("\"text\":\"next\"", StringComparison.Ordinal), "the next is written", AtOnce);
    }

    [Fact]
    public async Task WebSockets()
    {
        await There.Client.SendAsync("q", "first"u8.ToArray());
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(There.Http) { Scheme = "ws", Path = "/v1/queues/q/stream", Query = "prefetch=10" }.Uri, CancellationToken.None);
        (await ReadAsync(socket)).ShouldContain("first");
        await Here.Client.SendAsync("q", "next"u8.ToArray());
        (await ReadAsync(socket).WaitAsync(AtOnce)).ShouldContain("next");
    }

    private static async Task<string> ReadAsync(ClientWebSocket socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[16 * 1024]);
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            text.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
            if (read.EndOfMessage && text.ToString().Contains("\"text\"", StringComparison.Ordinal))
                return text.ToString();
        }
    }
}

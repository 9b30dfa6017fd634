using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Posthorn.Contracts.Reference;
using Posthorn.Queues;
using Posthorn.Server;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Operate.Logging;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests;

public sealed class PosthornServerTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("posthorn-server-").FullName;
    private readonly StringWriter _log = new();
    private readonly LineLoggerProvider _logs;
    private readonly HttpClient _http = new();

    public PosthornServerTests() => _logs = new LineLoggerProvider(new LogOptions(), TextWriter.Synchronized(_log), TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _http.Dispose();
        _logs.Dispose();
        Directory.Delete(_data, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_started_server_listens_where_it_says_and_is_well()
    {
        await using var server = await StartAsync(Options());

        server.Listeners.Select(l => l.Door).ShouldBe(["smtp", "lmtp", "http"]);
        server.Listeners.ShouldAllBe(l => l.EndPoint.Port > 0);
        (await GreetingAsync(server, "smtp")).ShouldStartWith("220 mail.example.test ");
        (await _http.GetStringAsync(UrlOf(server, "/healthz"))).ShouldBe("ok\n");
    }

    [Fact]
    public async Task Health_and_metrics_tell_operators_more()
    {
        await using var server = await StartAsync(Options());

        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(server, "/healthz"));
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await _http.SendAsync(request);
        var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        health.GetProperty("status").GetString().ShouldBe("ok");
        health.GetProperty("listeners").EnumerateArray().Select(l => l.GetString()).ShouldBe(server.Listeners.Select(l => l.ToString()));

        var metrics = await _http.GetStringAsync(UrlOf(server, "/metrics"));
        metrics.ShouldContain("# TYPE posthorn_queue_messages gauge\n");
        metrics.ShouldContain("posthorn_queue_messages{queue=\"invoices\",state=\"ready\"} 0\n");
        metrics.ShouldContain("posthorn_engine_state{state=\"serving\"} 1\n");
    }

    [Fact]
    public async Task A_page_that_reaches_us_under_another_name_learns_nothing_but_health()
    {
        await using var server = await StartAsync(Options() with { Accounts = [new AccountOptions { Name = "admin", Password = "adm1n", IsAdmin = true }, new AccountOptions { Name = "joe", Password = "p" }] });

        (await StatusAsync("/metrics", authorization: null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync("/metrics", "Bearer joe:p")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync("/metrics", "Bearer admin:adm1n")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync("/healthz", authorization: null)).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> StatusAsync(string path, string? authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(server, path));
            request.Headers.Host = "rebound.example.test";
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var answer = await _http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_its_key_and_the_remedy()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var taken = (IPEndPoint)other.LocalEndPoint!;

        var options = Options();
        var e = await Should.ThrowAsync<ListenException>(() => StartAsync(options with { Listen = options.Listen with { Lmtp = taken } }));

        e.Door.ShouldBe("lmtp");
        e.Message.ShouldBe($"listen.lmtp: {taken} is in use by another program; stop that one (\"ss -ltnp\" shows it) or choose another port");
    }

    [Fact]
    public async Task An_address_of_another_machine_is_told_with_its_key()
    {
        var options = Options();
        var e = await Should.ThrowAsync<ListenException>(() => StartAsync(options with { Listen = options.Listen with { Http = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0) } }));

        e.Message.ShouldBe("listen.http: 192.0.2.1 is no address of this machine (\"ip address\" shows them); choose one of its own");
    }

    [Fact]
    public async Task An_engine_is_closed_when_the_start_fails()
    {
        var engine = new ReferenceEngine(TimeProvider.System);
        var options = Options();
        await Should.ThrowAsync<ListenException>(() =>
            PosthornServer.StartAsync(options with { Listen = options.Listen with { Http = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0) } }, engine, TimeProvider.System, _logs));

        await Should.ThrowAsync<ObjectDisposedException>(async () => await engine.CommitAsync(new Posthorn.Commits.Commit().DeleteQueue(QueueName.Parse("x"))));
    }

    [Fact]
    public async Task A_stopped_server_listens_no_more_and_says_so_on_the_way()
    {
        var server = await StartAsync(Options());
        var smtp = PlaceOf(server, "smtp");
        await server.DisposeAsync();

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Should.ThrowAsync<SocketException>(async () => await socket.ConnectAsync(smtp));
        _logs.Dispose();
        _log.ToString().ShouldContain("info  PosthornServer: Draining");
    }

    [Fact]
    public async Task An_idle_session_is_told_goodbye_when_the_server_stops()
    {
        var server = await StartAsync(Options());
        using var client = new TcpClient();
        await client.ConnectAsync(PlaceOf(server, "smtp"));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        (await reader.ReadLineAsync()).ShouldStartWith("220 ");

        var stopping = server.DisposeAsync();

        (await reader.ReadLineAsync()).ShouldStartWith("421 ");
        await stopping;
    }

    [Fact]
    public async Task Configured_queues_exist_with_their_policy_and_stay_paused_when_they_were()
    {
        var invoices = QueueName.Parse("invoices");
        var engine = new ReferenceEngine(TimeProvider.System);
        await engine.CommitAsync(new Posthorn.Commits.Commit().SetQueue(invoices, new QueuePolicy { IsPaused = true, ReceivesMax = 9, DeadLetterQueue = QueueName.Parse("old") }));
        await using var server = await PosthornServer.StartAsync(Options(), engine, TimeProvider.System, _logs);

        engine.Status(invoices)!.Policy.ShouldBe(new QueuePolicy { VisibilityTimeout = TimeSpan.FromMinutes(2), IsPaused = true });
    }

    private Task<PosthornServer> StartAsync(PosthornOptions options) =>
        PosthornServer.StartAsync(options, new ReferenceEngine(TimeProvider.System), TimeProvider.System, _logs);

    private PosthornOptions Options() => new()
    {
        Data = _data,
        Hostname = "mail.example.test",
        Listen = new ListenOptions { Smtp = new IPEndPoint(IPAddress.Loopback, 0), Lmtp = new IPEndPoint(IPAddress.Loopback, 0), Pop3 = null, Imap = null, Http = new IPEndPoint(IPAddress.Loopback, 0) },
        Queues = new Dictionary<QueueName, QueuePolicy> { [QueueName.Parse("invoices")] = new() { VisibilityTimeout = TimeSpan.FromMinutes(2) } },
    };

    private static IPEndPoint PlaceOf(PosthornServer server, string door) => server.Listeners.Single(l => l.Door == door).EndPoint;

    private static Uri UrlOf(PosthornServer server, string path) => new($"http://{PlaceOf(server, "http")}{path}");

    private static async Task<string?> GreetingAsync(PosthornServer server, string door)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(PlaceOf(server, door));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return await reader.ReadLineAsync();
    }
}

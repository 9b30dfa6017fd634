using System.Globalization;
using System.Text;

namespace Posthorn.IntegrationTests;

/// <summary>Webhooks of the real program, received by a real HTTP server with Standard Webhooks' own library.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OldSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private ChildProcess _receiver = null!;
    private int _port;

    public async Task InitializeAsync()
    {
        _receiver = ChildProcess.Start("node", [ClientScript.PathOf("webhook.cjs"), Repository.Tools, Secret]);
        var line = await Until.ResultAsync(() => Task.FromResult(_receiver.OutputLines.FirstOrDefault(l => l.StartsWith("listening ", StringComparison.Ordinal))), "the receiver listens");
        _port = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task The_library_of_Standard_Webhooks_verifies_what_is_sent()
    {
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            log: { messages: false }
            webhooks:
              - { queue: orders, url: "http://127.0.0.1:{{_port}}/hook", secret: [{{OldSecret}}, {{Secret}}], schedule: "1s, 1s" }
            """);
        var ids = new List<string>();
        foreach (var body in new[] { """{"box":42}""", """{"text":"hä? ✓"}""", $$"""{"large":"{{new string('x', 300_000)}}"}""" })
            ids.Add(await SendAsync(posthorn, body));
        await Until.TrueAsync(() => Calls().Count == 3, "all are received");

        Calls().Select(c => c.Id).Order().ShouldBe(ids.Order());
        Bad().ShouldBeEmpty();
        Calls().Select(c => c.Body.Length).Max().ShouldBeGreaterThan(300_000);
        (await posthorn.RunAsync("webhook", "test", "orders")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0), r => r.Output.ShouldStartWith("delivered: 204 No Content in "));
        using var http = new HttpClient { BaseAddress = posthorn.Http };
        (await http.GetStringAsync("metrics")).ShouldContain("posthorn_webhook_attempts_total{webhook=\"orders\",outcome=\"delivered\"} 3");
    }

    [Fact]
    public async Task A_call_that_the_library_does_not_believe_is_made_again_and_told_in_the_timeline()
    {
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            log: { messages: false }
            webhooks:
              - { queue: orders, url: "http://127.0.0.1:{{_port}}/hook", secret: {{OldSecret}}, schedule: "100ms" }
            """);
        var id = await SendAsync(posthorn, "{}");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("orders-dead")).Count == 1, "it is a dead letter");

        Bad().Count.ShouldBe(2);
        var trace = (await posthorn.RunAsync("trace", id)).Output;
        trace.ShouldContain("attempt 1: 401 Unauthorized in ");
        trace.ShouldContain("attempt 2: 401 Unauthorized in ");
    }

    /// <summary>The process is killed again and again while it delivers; the endpoint is taken away meanwhile, too.</summary>
    [Fact]
    public async Task Killed_in_the_middle_every_message_arrives_and_keeps_its_id()
    {
        var rounds = Repository.IsLong ? 10 : 3;
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            log: { messages: false }
            webhooks:
              - { queue: orders, url: "http://127.0.0.1:{{_port}}/hook", secret: {{Secret}}, schedule: "50ms, 100*1s", rate: 400/s }
            """);
        var sent = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                var body = $$"""{"n":{{sent.Count}}}""";
                sent[await SendAsync(posthorn, body)] = body;
            }
            await Until.TrueAsync(() => Calls().Select(c => c.Id).Distinct().Count() > round * 200 + 20, "some are delivered");
            await posthorn.KillAsync();
            await posthorn.StartAgainAsync();
        }
        await Until.TrueAsync(() => sent.Keys.Except(Calls().Select(c => c.Id)).Any() is false, "all are received", TimeSpan.FromMinutes(1));
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("orders")).Count == 0, "the queue is empty");

        var calls = Calls();
        calls.Select(c => c.Id).Except(sent.Keys).ShouldBeEmpty();
        calls.Where(c => c.Body != sent[c.Id]).ShouldBeEmpty();
        Bad().ShouldBeEmpty();
        // At least once: what was under way at a kill comes twice, and nothing else does.
        (calls.Count - sent.Count).ShouldBeLessThanOrEqualTo(rounds * 10);
    }

    private List<(string Id, string Body)> Calls() =>
        [.. _receiver.OutputLines.Where(l => l.StartsWith("ok ", StringComparison.Ordinal)).Select(l => l.Split(' ', 3)).Where(w => !w[1].StartsWith("test_", StringComparison.Ordinal)).Select(w => (w[1], w[2]))];

    private List<string> Bad() => [.. _receiver.OutputLines.Where(l => l.StartsWith("bad ", StringComparison.Ordinal))];

    private static async Task<string> SendAsync(PosthornProcess posthorn, string body) => (await posthorn.Client.SendAsync("orders", Encoding.UTF8.GetBytes(body))).Id;
}

using System.Text;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests;

/// <summary>The whole program on two databases of one server: what comes in by one goes out by the other.</summary>
public sealed class ShardsTests : IAsyncLifetime
{
    private DatabaseServer _database = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseServer.StartAsync();
        await _database.AskAsync("CREATE DATABASE other");
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    private string On(string queues) =>
        $"engine: {{ postgres: \"{_database.ConnectionString}\", shards: [ {{ postgres: \"{_database.With(s => s.Database = "other")}\", queues: {queues} }} ] }}\n";

    [Fact]
    public async Task Mail_is_accepted_at_home_and_leaves_by_queues_of_another_database()
    {
        await using var relay = new RecordingSmtpServer();
        var config = $$"""
            {{On("[ \"spool/outgoing\", \"spool/dead-letters\", \"box-*\" ]")}}
            hostname: local.test
            addresses: { box-a@local.test: box-a, home@local.test: home }
            outgoing: { relay: 127.0.0.1:{{relay.Port}}, schedule: 1000*200ms }
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - deliver: outgoing
            """;
        await using var posthorn = await PosthornProcess.StartAsync(config);
        var large = Encoding.ASCII.GetBytes($"Subject: large\r\n\r\n{string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789\r\n", 10_000))}");
        await using (var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            (await talk.MailAsync("ann@client.test", ["box-a@local.test", "out@sink.test", "home@local.test"], large)).Expect(250);
            (await talk.MailAsync("ann@client.test", ["box-a@local.test", "out@sink.test"], "Subject: small\r\n\r\nx\r\n"u8.ToArray())).Expect(250);
        }
        await Until.TrueAsync(() => relay.Count == 2, "both have left");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box-a")).Count == 2 && (await posthorn.MessagesAsync("home")).Count == 1, "both are in the mailbox");
        relay.Mails.Select(m => m.Content.Length).Max().ShouldBeGreaterThan(large.Length);
        await Until.TrueAsync(async () => (await posthorn.Client.GetQueueAsync("spool/outgoing")).Messages == 0, "nothing waits any more");

        await posthorn.KillAsync();
        await posthorn.StartAgainAsync();
        (await posthorn.MessagesAsync("box-a")).Count.ShouldBe(2);
        (await posthorn.Client.ListQueuesAsync()).ShouldNotContain(q => q.Name.StartsWith("spool/between", StringComparison.Ordinal));
        (await posthorn.StopAsync()).ShouldBe(0);

        var refused = await PosthornProcess.RefuseAsync($"engine: {{ postgres: \"{_database.ConnectionString}\" }}\n");
        refused.Error.ShouldContain("'shard1'");
        refused.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_node_starts_while_a_database_is_away_and_takes_it_in_when_it_comes()
    {
        await using var other = await DatabaseServer.StartAsync();
        await using var relay = new RecordingSmtpServer();
        string Config(string visibility, string database) => $$"""
            engine: { postgres: "{{_database.ConnectionString}}", shards: [ { name: far, postgres: "{{database}}", queues: [ "box-*", "jobs", "spool/outgoing", "spool/topics/*" ] } ] }
            queues: { jobs: { visibility-timeout: {{visibility}} }, near: { visibility-timeout: {{visibility}} } }
            webhooks: [ { queue: box-hook, url: "http://127.0.0.1:9/" } ]
            hostname: local.test
            addresses: { box-a@local.test: box-a, home@local.test: home }
            outgoing: { relay: 127.0.0.1:{{relay.Port}}, schedule: 1000*200ms }
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - deliver: outgoing
            """;
        await using var posthorn = await PosthornProcess.StartAsync(Config("10s", other.ConnectionString));
        (await posthorn.StopAsync()).ShouldBe(0);
        await other.StopAsync("fast");
        posthorn.Configure(Config("20s", other.ConnectionString));

        await posthorn.StartAgainAsync();
        using var http = new HttpClient { BaseAddress = posthorn.Http, DefaultRequestHeaders = { { "Accept", "application/json" } } };
        var health = await http.GetStringAsync("healthz");
        health.ShouldContain("\"ok\"");
        health.ShouldContain("The shard \\u0027far\\u0027");
        await SendAsync(posthorn, "home@local.test");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("home")).Count >= 1, "what is at home is delivered");
        (await posthorn.Client.GetQueueAsync("near")).Settings.VisibilityTimeout.ShouldBe(TimeSpan.FromSeconds(20));
        (await Should.ThrowAsync<Exception>(() => posthorn.Client.GetQueueAsync("jobs"))).Message.ShouldContain("'far'");
        posthorn.Process.HasExited.ShouldBeFalse();

        await other.StartAgainAsync();
        await Until.TrueAsync(async () => !(await http.GetStringAsync("healthz")).Contains("far", StringComparison.Ordinal), "the shard is taken in");
        await SendAsync(posthorn, "home@local.test", "box-a@local.test", "out@sink.test");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box-a")).Count >= 1 && (await posthorn.MessagesAsync("home")).Count >= 2 && relay.Count >= 1, "all mail is where it belongs");
        await Until.TrueAsync(async () => (await posthorn.Client.GetQueueAsync("jobs")).Settings.VisibilityTimeout == TimeSpan.FromSeconds(20), "its queues are as they are configured");
        (await posthorn.StopAsync()).ShouldBe(0);
        posthorn.Process.Error.ShouldContain("does not serve fully: The shard 'far'");

        (await PosthornProcess.RefuseAsync(Config("20s", other.With(s => s.Database = "nowhere")))).Error.ShouldContain("engine.shards[0].postgres");
        await other.StopAsync("fast");
        (await PosthornProcess.RefuseAsync(Config("20s", other.ConnectionString).Replace("box-*", "b*", StringComparison.Ordinal))).Error.ShouldContain("taken over only when it is there");
    }

    private static async Task SendAsync(PosthornProcess posthorn, params string[] recipients)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.MailAsync("ann@client.test", recipients, "Subject: small\r\n\r\nx\r\n"u8.ToArray())).Expect(250);
    }

    [Fact]
    public async Task Boto3_works_unmodified_with_dead_letters_in_another_database()
    {
        await using var posthorn = await PosthornProcess.StartAsync(On("[ \"py-dead\", \"*.fifo\" ]") + "log: { messages: false }\n");
        await ClientScript.RunAsync(60, "/usr/bin/python3", ClientScript.PathOf("sqs.py"), posthorn.Http.ToString().TrimEnd('/'));
    }
}

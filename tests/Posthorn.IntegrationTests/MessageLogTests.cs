using System.Text.Json;

namespace Posthorn.IntegrationTests;

/// <summary>The log on standard error: each step of a mail, as a line for people or as fields for programs.</summary>
public sealed class MessageLogTests
{
    private static readonly byte[] Content = "Subject: x\r\nMessage-ID: <log@client.test>\r\n\r\nx\r\n"u8.ToArray();

    [Fact]
    public async Task Accept_decision_attempt_and_end_of_a_mail_are_log_lines_with_its_id()
    {
        await using var relay = new RecordingSmtpServer
        {
            Script = (stage, line) => stage == Stage.Rcpt && line.Contains("gone@", StringComparison.Ordinal) ? new Verdict("550 5.1.1 No such user") : null,
        };
        await using var posthorn = await StartAsync(relay, "");
        await SendAsync(posthorn);

        await Until.TrueAsync(() => posthorn.Process.Error.Contains(" bounced ", StringComparison.Ordinal), "the end is logged");
        var lines = posthorn.Process.Error.Split('\n').Where(l => l.Contains(" MessageLog: 0000000000001 ", StringComparison.Ordinal)).ToList();
        foreach (var step in new[]
        {
            "accepted in spool/process/root, from <a@client.test>, to here@sink.test, gone@sink.test", "decided in spool/process/root, to here@sink.test, gone@sink.test: pipeline.root[0] deliver: outgoing",
            "attempted in spool/outgoing, to gone@sink.test: 550 5.1.1 No such user", "delivered in spool/outgoing, to here@sink.test: 250 2.0.0 Ok: recorded", "bounced in spool/outgoing, to gone@sink.test",
        })
            lines.ShouldContain(l => l.Contains(step, StringComparison.Ordinal), $"{step} in {string.Join('\n', lines)}");
    }

    [Fact]
    public async Task In_json_each_step_is_an_object_of_the_same_names_as_the_trace()
    {
        await using var relay = new RecordingSmtpServer();
        await using var posthorn = await StartAsync(relay, "log: { format: json }");
        await SendAsync(posthorn);

        await Until.TrueAsync(() => posthorn.Process.Error.Contains("\"event\":\"delivered\"", StringComparison.Ordinal), "the end is logged");
        var events = posthorn.Process.Error.Split('\n').Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.TryGetProperty("event", out _)).ToList();
        events.Select(e => e.GetProperty("event").GetString()).ShouldBeSubsetOf(["accepted", "decided", "queued", "attempted", "delivered"]);
        events[0].GetProperty("message").GetString().ShouldBe("0000000000001");
        events[0].GetProperty("message-id").GetString()!.ShouldContain("log@client.test");
        events[^1].GetProperty("detail").GetString()!.ShouldStartWith("250 ");
    }

    [Fact]
    public async Task It_can_be_turned_off_and_the_trace_still_has_it()
    {
        await using var relay = new RecordingSmtpServer();
        await using var posthorn = await StartAsync(relay, "log: { messages: off }");
        await SendAsync(posthorn);

        await Until.TrueAsync(async () => (await posthorn.Client.TraceAsync(new() { Recipient = "here@sink.test" })).Any(e => e.Kind == "delivered"), "the trace has the end");
        (await posthorn.StopAsync()).ShouldBe(0);
        posthorn.Process.Error.ShouldNotContain("MessageLog");
    }

    private static Task<PosthornProcess> StartAsync(RecordingSmtpServer relay, string more) => PosthornProcess.StartAsync(
        $$"""
        pipeline: { root: [ { deliver: outgoing } ] }
        outgoing: { relay: "127.0.0.1:{{relay.Port}}" }
        {{more}}
        """);

    private static async Task SendAsync(PosthornProcess posthorn)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.MailAsync("a@client.test", ["here@sink.test", "gone@sink.test"], Content)).Expect(250);
    }
}

using System.Net;
using System.Text;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>What becomes of mail whose destination is away, refuses, hangs or is slow.</summary>
public sealed class RetryTests
{
    private static readonly byte[] Content = "From: a@client.test\r\nSubject: try\r\nMessage-ID: <try@client.test>\r\n\r\nhello\r\n"u8.ToArray();

    [Fact]
    public async Task Mail_for_a_destination_that_is_down_waits_and_arrives_once_when_it_is_back()
    {
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var posthorn = await StartAsync(relay, "schedule: 1000*200ms");
        await SendAsync(posthorn, "sender@client.test", "rcpt@sink.test");
        var waiting = await Until.ResultAsync(
            () => FirstAsync(posthorn, new MessageQuery { MinAttempts = 2 }),
            "two attempts have failed");
        waiting.LastError.ShouldNotBeNull();
        relay.Listen();
        await Until.TrueAsync(() => relay.Count > 0, "the mail arrives");
        await Until.TrueAsync(() => IsEmptyAsync(posthorn), "nothing waits any more");
        relay.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_4xx_is_tried_again_and_the_trace_tells_each_reply()
    {
        var refusals = 2;
        await using var relay = new RecordingSmtpServer
        {
            Script = (stage, _) => stage == Stage.Rcpt && Interlocked.Decrement(ref refusals) >= 0 ? new Verdict("451 4.7.1 Come back later") : null,
        };
        await using var posthorn = await StartAsync(relay, "schedule: 1000*200ms");
        await SendAsync(posthorn, "sender@client.test", "rcpt@sink.test");
        await Until.TrueAsync(() => relay.Count == 1, "the third attempt succeeds");
        var trace = await Until.ResultAsync(
            async () => (await posthorn.Client.TraceAsync(new() { Recipient = "rcpt@sink.test" })) is { } events && events.Any(e => e.Detail?.Contains("recorded", StringComparison.Ordinal) ?? false) ? events : null,
            "the trace tells the delivery");
        trace.Count(e => e.Detail?.Contains("451 4.7.1 Come back later", StringComparison.Ordinal) ?? false).ShouldBe(2);
    }

    [Fact]
    public async Task A_5xx_bounces_to_the_sender_and_leaves_a_dead_letter_that_can_be_redriven()
    {
        var isRefusing = true;
        await using var relay = new RecordingSmtpServer
        {
            Script = (stage, line) => stage == Stage.Rcpt && line.Contains("gone@", StringComparison.Ordinal) && isRefusing ? new Verdict("550 5.1.1 No such user") : null,
        };
        await using var posthorn = await StartAsync(relay, "schedule: 1000*200ms");
        await SendAsync(posthorn, "sender@local.test", "gone@sink.test", "here@sink.test");

        var bounce = await Until.ResultAsync(
            () => FirstAsync(posthorn, new MessageQuery { Queues = ["sender"] }), "the sender gets a bounce");
        bounce.Sender.ShouldBe("");
        var report = await ReadAsync(posthorn, bounce.Id);
        report.ShouldContain("multipart/report");
        report.ShouldContain("message/delivery-status");
        report.ShouldContain("Final-Recipient: rfc822; gone@sink.test", Case.Insensitive);
        report.ShouldContain("Action: failed", Case.Insensitive);
        report.ShouldContain("Status: 5.1.1");
        report.ShouldContain("550 5.1.1 No such user");
        report.ShouldContain("<try@client.test>", Case.Insensitive, "the original header comes along");
        report.ShouldNotContain("here@sink.test");
        await Until.TrueAsync(() => relay.Mails.Any(m => m.Recipients.Contains("here@sink.test", StringComparer.Ordinal)), "the other recipient gets the mail");

        var dead = await Until.ResultAsync(
            () => FirstAsync(posthorn, new MessageQuery { Queues = ["spool/dead-letters"] }), "a dead letter is kept");
        dead.Recipients.ShouldBe(["gone@sink.test"]);
        dead.LastError!.ShouldContain("550 5.1.1 No such user");

        isRefusing = false;
        await posthorn.Client.WaitAsync(await posthorn.Client.RedriveQueueAsync("spool/dead-letters"));
        await Until.TrueAsync(() => relay.Mails.Any(m => m.Recipients.Contains("gone@sink.test", StringComparer.Ordinal)), "the redriven mail arrives");
        relay.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_bounce_that_cannot_be_delivered_makes_no_other_bounce()
    {
        await using var relay = new RecordingSmtpServer { Script = (stage, _) => stage == Stage.Rcpt ? new Verdict("550 5.1.1 No such user") : null };
        await using var posthorn = await StartAsync(relay, "schedule: 1000*200ms");
        await SendAsync(posthorn, "forged@sink.test", "gone@sink.test");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("spool/dead-letters")).Count == 2, "mail and bounce are given up");
        await Until.TrueAsync(
            async () => (await posthorn.MessagesAsync()).All(m => m.Queue == "spool/dead-letters"), "nothing else is on its way");
        relay.Count.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_older_than_give_up_after_is_bounced()
    {
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var posthorn = await StartAsync(relay, "schedule: 1000*200ms", "give-up-after: 2s");
        await SendAsync(posthorn, "sender@local.test", "rcpt@sink.test");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("sender")).Count == 1, "the sender gets a bounce");
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync(new MessageQuery { Domain = "sink.test" })).All(m => m.Queue == "spool/dead-letters"), "nothing waits");
    }

    [Fact]
    public async Task Destinations_that_hang_or_are_slow_do_not_hold_up_another()
    {
        const int Mails = 200;
        var port = FreePort.Take();
        var (hanging, slow, quick) = (IPAddress.Parse("127.0.0.21"), IPAddress.Parse("127.0.0.22"), IPAddress.Parse("127.0.0.23"));
        await using var names = await NameServer.StartAsync(
            [.. NameServer.Domain("hanging.test", hanging), .. NameServer.Domain("slow.test", slow), .. NameServer.Domain("quick.test", quick)]);
        await using var hangingServer = new RecordingSmtpServer(address: hanging, port: port) { Script = (stage, _) => stage == Stage.Mail ? Verdict.Hang : null };
        await using var slowServer = new RecordingSmtpServer(address: slow, port: port) { Script = (stage, _) => stage == Stage.Connect ? Verdict.Hang : null };
        await using var quickServer = new RecordingSmtpServer(address: quick, port: port);
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            pipeline: { root: [ { deliver: outgoing } ] }
            outgoing: { resolver: "127.0.0.1:{{names.Port}}", port: {{port}} }
            """);
        foreach (var domain in new[] { "hanging.test", "slow.test", "quick.test" })
        {
            await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            for (var i = 0; i < Mails; i++)
                (await talk.MailAsync("sender@client.test", [$"rcpt@{domain}"], Content)).Expect(250);
        }
        await Until.TrueAsync(() => quickServer.Count == Mails, "the quick destination has everything", TimeSpan.FromSeconds(20));
        hangingServer.Count.ShouldBe(0);
        slowServer.Count.ShouldBe(0);
        (await posthorn.MessagesAsync()).Count(m => !m.Recipients[0].Contains("quick", StringComparison.Ordinal)).ShouldBe(2 * Mails);
    }

    private static Task<PosthornProcess> StartAsync(RecordingSmtpServer relay, params string[] outgoing) => PosthornProcess.StartAsync($$"""
        addresses: { sender@local.test: sender }
        pipeline:
          root:
            - if: recipient-is-local
              deliver: mailbox
            - deliver: outgoing
        outgoing:
          relay: "127.0.0.1:{{relay.Port}}"
          {{string.Join("\n  ", outgoing)}}
        """);

    private static async Task SendAsync(PosthornProcess posthorn, string sender, params string[] recipients)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.MailAsync(sender, recipients, Content)).Expect(250);
    }

    private static async Task<MessageInfo?> FirstAsync(PosthornProcess posthorn, MessageQuery query) =>
        await posthorn.MessagesAsync(query) is [var first, ..] ? first : null;

    private static async Task<string> ReadAsync(PosthornProcess posthorn, string id)
    {
        await using var stream = await posthorn.Client.OpenMessageAsync(id);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task<bool> IsEmptyAsync(PosthornProcess posthorn) =>
        (await posthorn.MessagesAsync()).Count == 0;
}

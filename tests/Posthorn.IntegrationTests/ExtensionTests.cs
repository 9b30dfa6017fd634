using System.Text;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>What the SMTP door's extensions and framing mean at the other end of the way.</summary>
public sealed class ExtensionTests : IAsyncLifetime
{
    private RecordingSmtpServer _relay = null!;
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync()
    {
        _relay = RecordingSmtpServer.Start();
        _posthorn = await PosthornProcess.StartAsync($$"""
            addresses: { box@box.test: box }
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - deliver: outgoing
            outgoing: { relay: "127.0.0.1:{{_relay.Port}}" }
            """);
    }

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        await _relay.DisposeAsync();
    }

    /// <summary>Ways to end a mail that only a sloppy server takes for its end: what follows must not become a mail of its own.</summary>
    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\n.\r")]
    [InlineData("\r\n\0.\r\n")]
    [InlineData("\r\n.\0\r\n")]
    public async Task Nothing_can_be_smuggled_behind_a_false_end(string end)
    {
        const string Smuggled = "MAIL FROM:<forged@client.test>\r\nRCPT TO:<out@sink.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled";
        await using var talk = await SayHelloAsync();
        (await talk.SayAsync("MAIL FROM:<honest@client.test>")).Expect(250);
        (await talk.SayAsync("RCPT TO:<out@sink.test>")).Expect(250);
        (await talk.SayAsync("DATA")).Expect(354);
        await talk.WriteAsync(Encoding.ASCII.GetBytes("Subject: first\r\n\r\nfirst" + end + Smuggled + "\r\n.\r\n"));
        var answer = await talk.ReadAnswerAsync();
        (await talk.SayAsync("NOOP")).Expect(250); // the dialogue is still in step
        if (answer.IsPositive)
            await Until.TrueAsync(() => _relay.Count > 0, "the mail is relayed");
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync()).Count == 0, "nothing waits");
        _relay.Mails.Count(m => m.Sender == "honest@client.test").ShouldBe(answer.IsPositive ? 1 : 0);
        _relay.Mails.Count.ShouldBe(answer.IsPositive ? 1 : 0, "the bytes are one mail or none, for us and for the next server");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("\r\n")]
    [InlineData(".\r\n..\r\n...\r\n")]
    [InlineData("Subject: no line end at the end")]
    [InlineData("Subject: x\r\n\r\n.hidden\r\n..\r\n")]
    public async Task Odd_mails_pass_as_they_are(string content)
    {
        await using var talk = await SayHelloAsync();
        (await talk.MailAsync("odd@client.test", ["out@sink.test"], Encoding.ASCII.GetBytes(content))).Expect(250);
        await Until.TrueAsync(() => _relay.Count > 0, "the mail is relayed");
        var onTheWire = content.EndsWith("\r\n", StringComparison.Ordinal) || content.Length == 0 ? content : content + "\r\n";
        Encoding.ASCII.GetString(TraceFields.Strip(_relay.Mails[0].Content, "Received")).ShouldBe(onTheWire);
    }

    [Fact]
    public async Task Chunks_are_taken_as_they_come()
    {
        await using var talk = await SayHelloAsync();
        (await talk.SayAsync("MAIL FROM:<chunks@client.test>")).Expect(250);
        (await talk.SayAsync("RCPT TO:<out@sink.test>")).Expect(250);
        await talk.WriteAsync("BDAT 14\r\nSubject: x\r\n\r\n"u8.ToArray());
        (await talk.ReadAnswerAsync()).Expect(250);
        await talk.WriteAsync("BDAT 6 LAST\r\n.\r\n.\r\n"u8.ToArray());
        (await talk.ReadAnswerAsync()).Expect(250);
        await Until.TrueAsync(() => _relay.Count > 0, "the mail is relayed");
        Encoding.ASCII.GetString(TraceFields.Strip(_relay.Mails[0].Content, "Received")).ShouldBe("Subject: x\r\n\r\n.\r\n.\r\n");
    }

    [Fact]
    public async Task A_mail_for_later_waits_until_then()
    {
        await using var talk = await SayHelloAsync();
        (await talk.MailAsync("later@client.test", ["box@box.test"], "Subject: x\r\n\r\n"u8.ToArray(), "HOLDFOR=3600")).Expect(250);
        var waiting = await Until.ResultAsync(async () => await _posthorn.MessagesAsync() is [var only] ? only : null, "it waits");
        waiting.State.ShouldBe(MessageState.Delayed);
        (waiting.DueAt - waiting.AcceptedAt).ShouldBeInRange(TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        (await _posthorn.MessagesAsync("box")).Where(m => m.State == MessageState.Ready).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_priority_given_in_SMTP_is_the_messages_priority()
    {
        await using var talk = await SayHelloAsync();
        (await talk.MailAsync("low@client.test", ["box@box.test"], "Subject: low\r\n\r\n"u8.ToArray(), "MT-PRIORITY=-4")).Expect(250);
        (await talk.MailAsync("high@client.test", ["box@box.test"], "Subject: high\r\n\r\n"u8.ToArray(), "MT-PRIORITY=4")).Expect(250);
        (await talk.MailAsync("usual@client.test", ["box@box.test"], "Subject: usual\r\n\r\n"u8.ToArray())).Expect(250);
        var messages = await Until.ResultAsync(
            async () => await _posthorn.MessagesAsync("box") is { Count: 3 } all ? all : null, "all three are in the mailbox");
        messages.Select(m => m.Sender).ShouldBe(["high@client.test", "usual@client.test", "low@client.test"]);
    }

    [Fact]
    public async Task DSN_and_SMTPUTF8_parameters_are_passed_on()
    {
        var commands = new List<string>();
        _relay.Script = (stage, line) =>
        {
            if (stage is Stage.Mail or Stage.Rcpt)
                commands.Add(line);
            return null;
        };
        await using var talk = await SayHelloAsync();
        (await talk.SayAsync("MAIL FROM:<grün@client.test> SMTPUTF8 BODY=8BITMIME RET=HDRS ENVID=QQ314159")).Expect(250);
        (await talk.SayAsync("RCPT TO:<bücher@sink.test> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;b\\x{FC}cher@sink.test")).Expect(250);
        (await talk.SayAsync("DATA")).Expect(354);
        await talk.WriteAsync("Subject: Grüße\r\n\r\nhallo\r\n.\r\n"u8.ToArray());
        (await talk.ReadAnswerAsync()).Expect(250);
        await Until.TrueAsync(() => _relay.Count > 0, "the mail is relayed");
        commands[0].ShouldStartWith("MAIL FROM:<grün@client.test>");
        foreach (var parameter in new[] { "SMTPUTF8", "BODY=8BITMIME", "RET=HDRS", "ENVID=QQ314159" })
            commands[0].ShouldContain(parameter);
        commands[1].ShouldStartWith("RCPT TO:<bücher@sink.test>");
        commands[1].ShouldContain("NOTIFY=SUCCESS,FAILURE");
        commands[1].ShouldContain("ORCPT=utf-8;b\\x{FC}cher@sink.test");
    }

    [Fact]
    public async Task A_mail_that_goes_in_circles_is_stopped()
    {
        var content = string.Concat(Enumerable.Range(0, 120).Select(i => $"Received: from a{i}.test by b{i}.test; Sat, 21 Nov 2026 08:00:00 +0000\r\n")) + "Subject: loop\r\n\r\n";
        await using var talk = await SayHelloAsync();
        var answer = await talk.MailAsync("loop@client.test", ["out@sink.test"], Encoding.ASCII.GetBytes(content));
        answer.Code.ShouldBe(554);
        answer.ToString().ShouldContain("5.4.6");
        _relay.Count.ShouldBe(0);
    }

    private async Task<SmtpTalk> SayHelloAsync()
    {
        var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        return talk;
    }
}

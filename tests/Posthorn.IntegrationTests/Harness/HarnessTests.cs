using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>The harness proved alone: what the other tests conclude from it must be right without Posthorn.</summary>
public sealed class HarnessTests
{
    [Fact]
    public async Task The_recorder_keeps_what_was_sent_byte_for_byte()
    {
        await using var recorder = new RecordingSmtpServer();
        var content = "Subject: x\r\n\r\n.\r\n..\r\nbare \n.\n and \r.\r end\r\n.\r \r\n"u8.ToArray();
        await using var talk = await SmtpTalk.ConnectAsync(recorder.Port);
        (await talk.SayAsync("EHLO talk.test")).Expect(250);
        (await talk.MailAsync("a@x.test", ["b@y.test", "c@y.test"], content, "BODY=8BITMIME")).Expect(250);
        var mail = recorder.Mails.ShouldHaveSingleItem();
        mail.Content.ShouldBe(content);
        mail.Sender.ShouldBe("a@x.test");
        mail.Recipients.ShouldBe(["b@y.test", "c@y.test"]);
        mail.Field("subject").ShouldBe("x");
    }

    [Fact]
    public async Task The_recorder_refuses_drops_and_dies_as_told_and_comes_back_on_its_port()
    {
        await using var recorder = new RecordingSmtpServer
        {
            Script = (stage, line) => stage == Stage.Rcpt && line.Contains("no@", StringComparison.Ordinal) ? new Verdict("550 5.1.1 Nobody")
                : stage == Stage.Content && line.Contains("drop@", StringComparison.Ordinal) ? Verdict.Drop : null,
        };
        await using (var talk = await SmtpTalk.ConnectAsync(recorder.Port))
        {
            (await talk.MailAsync("a@x.test", ["no@y.test"], "x\r\n"u8.ToArray())).Expect(550);
            await Should.ThrowAsync<IOException>(talk.MailAsync("drop@x.test", ["b@y.test"], "x\r\n"u8.ToArray()));
        }
        await recorder.DieAsync();
        (await FreePort.IsServedAsync(recorder.Port)).ShouldBeFalse();
        recorder.Listen();
        await using var again = await SmtpTalk.ConnectAsync(recorder.Port);
        (await again.MailAsync("a@x.test", ["b@y.test"], "x\r\n"u8.ToArray())).Expect(250);
        recorder.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Every_real_client_sends_the_corpus_and_the_recorder_gets_all_of_it()
    {
        await using var recorder = new RecordingSmtpServer();
        var files = Repository.CorpusFiles();
        foreach (var client in MailClient.All)
            await client.SendAsync(recorder.Port, [.. files.Select((f, i) => new MailToSend($"{client.Name}-{i}@x.test", ["b@y.test"], f))]);
        recorder.Count.ShouldBe(files.Count * MailClient.All.Count);
        recorder.Mails.ShouldAllBe(m => m.Length > 0);
    }

    [Fact]
    public async Task A_mail_passes_a_real_Postfix_into_smtp_sink()
    {
        await using var sink = await SmtpSink.StartAsync();
        await using var postfix = await PostfixInstance.StartAsync(sink.Port);
        await using var talk = await SmtpTalk.ConnectAsync(postfix.Port);
        (await talk.SayAsync("EHLO talk.test")).Expect(250);
        var content = "Subject: hello\r\n\r\n.dot\r\n" + new string('x', 5_000) + "\r\n";
        (await talk.MailAsync("a@x.test", ["b@y.test"], Encoding.ASCII.GetBytes(content))).Expect(250);
        await Until.TrueAsync(postfix.IsEmptyAsync, "Postfix has delivered");
        var mail = sink.Mails().ShouldHaveSingleItem();
        mail.Sender.ShouldBe("a@x.test");
        mail.Recipients.ShouldBe(["b@y.test"]);
        mail.Content.ShouldEndWith(content.ReplaceLineEndings("\n"));
    }
}

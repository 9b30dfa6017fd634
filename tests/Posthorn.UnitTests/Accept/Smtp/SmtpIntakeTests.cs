using System.Text;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Posthorn.UnitTests.Protocols;
using Posthorn.UnitTests.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>What becomes of what a client sends.</summary>
public sealed class SmtpIntakeTests
{
    private static readonly PosthornOptions s_options = new()
    {
        Accounts = [new AccountOptions { Name = "billing", Password = "s3cret", QuotaBytes = 1_000 }],
        Addresses =
        [
            new AddressRule { Pattern = "mq@example.test", Queue = QueueName.Parse("mq") },
            new AddressRule { Pattern = "small@example.test", Queue = QueueName.Parse("billing") },
            new AddressRule { Pattern = "all@example.test", Aliases = ["mq@example.test", "far@elsewhere.example"] },
        ],
    };

    [Fact]
    public async Task A_mail_is_kept_byte_for_byte_with_one_trace_header_in_front()
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect(peer: "192.0.2.7");
        await client.HelloAsync();
        await MailAsync(client, "MAIL FROM:<ann@client.example>", ["RCPT TO:<mq@example.test>"], "Subject: x\r\n\r\n..dot\r\n.\r\n");
        var mail = await host.MailAsync();
        Encoding.UTF8.GetString(SmtpHost.Received(mail)).ShouldBe("Subject: x\r\n\r\n.dot\r\n");
        Encoding.UTF8.GetString(mail.Content.Body.Bytes!.Value.Span).ShouldStartWith(
            "Received: from client.example ([192.0.2.7])\r\n"
            + "\tby mx.example.test (Posthorn) with ESMTP id 0HTEST-1\r\n"
            + "\tfor <mq@example.test>;\r\n"
            + "\tSat, 21 Nov 2026 08:00:00 +0000\r\nSubject: x\r\n");
    }

    [Fact]
    public async Task Every_mail_of_the_corpus_arrives_byte_for_byte_by_DATA_and_by_BDAT_in_pieces_of_any_size()
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        var random = new Random(7);
        var sent = new List<byte[]>();
        foreach (var name in Corpus.Names)
        {
            var bytes = WithCrlf(Corpus.Read(name));
            foreach (var isChunked in new[] { false, true })
            {
                await client.AskAsync("MAIL FROM:<ann@client.example>", 250);
                await client.AskAsync("RCPT TO:<mq@example.test>", 250);
                if (isChunked)
                {
                    var half = random.Next(bytes.Length);
                    await SendInPiecesAsync(client, [.. Encoding.ASCII.GetBytes($"BDAT {half}\r\n"), .. bytes[..half]], random);
                    await SendInPiecesAsync(client, [.. Encoding.ASCII.GetBytes($"BDAT {bytes.Length - half} LAST\r\n"), .. bytes[half..]], random);
                    (await client.ReplyAsync()).ShouldBe("250 2.0.0 chunk ok");
                }
                else
                {
                    await client.AskAsync("DATA", 354);
                    await SendInPiecesAsync(client, Stuffed(bytes), random);
                }
                (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok: queued as ", customMessage: name);
                sent.Add(bytes);
            }
        }
        var mails = await host.MailsAsync();
        mails.Count.ShouldBe(sent.Count);
        for (var i = 0; i < sent.Count; i++)
            SmtpHost.Received(mails[i]).AsSpan().SequenceEqual(sent[i]).ShouldBeTrue($"mail {i}");
    }

    [Fact]
    public async Task The_envelope_keeps_all_that_the_client_asked_for()
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String("\0billing\0s3cret"u8)}", 235);
        await MailAsync(
            client,
            "MAIL FROM:<ann@client.example> BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=env+2B1 HOLDFOR=3600 MT-PRIORITY=4",
            ["RCPT TO:<mq@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first+40client.example", "RCPT TO:<\"far\"@elsewhere.example> NOTIFY=NEVER", "RCPT TO:<mq@example.test>"],
            "Message-ID: <1@client.example>\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\n.\r\n");
        var mail = await host.MailAsync();
        mail.Envelope.Sender.ShouldBe("ann@client.example");
        mail.Envelope.EnvelopeId.ShouldBe("env+1");
        mail.Envelope.Return.ShouldBe(DsnReturn.Full);
        mail.Envelope.Recipients.ShouldBe(
        [
            new Recipient("mq@example.test") { Notify = DsnNotify.Success | DsnNotify.Failure, OriginalRecipient = "rfc822;first@client.example" },
            new Recipient("far@elsewhere.example") { Notify = DsnNotify.Never },
        ]); // each address once
        mail.Priority.Value.ShouldBe(7);
        mail.DueAt.ShouldBe(host.Clock.GetUtcNow() + TimeSpan.FromHours(1));
        mail.Attributes.ToDictionary(a => a.Key, a => a.Value.Text, StringComparer.Ordinal).ShouldBe(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [MailAttributes.Door] = "smtp",
                [MailAttributes.RemoteAddress] = "127.0.0.1",
                [MailAttributes.RemoteHost] = "client.example",
                [MailAttributes.Account] = "billing",
                [MailAttributes.MessageId] = "1@client.example",
                [MailAttributes.Subject] = "grüße",
                [MailAttributes.BodyType] = "8bitmime",
                [MailAttributes.SmtpUtf8] = "1",
                [MailAttributes.NotBefore] = mail.DueAt.ToUnixTimeSeconds().ToString(),
            },
            ignoreOrder: true);
        Encoding.UTF8.GetString(mail.Content.Body.Bytes!.Value.Span).ShouldContain("with UTF8SMTPA id 0HTEST-1;\r\n"); // several recipients: none is named
    }

    [Fact]
    public async Task The_acceptance_is_in_the_timeline_and_in_the_log()
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        await MailAsync(client, "MAIL FROM:<ann@client.example>", ["RCPT TO:<mq@example.test>"], "Message-ID: <1@x>\r\n\r\n.\r\n");
        var mail = await host.MailAsync();
        var happened = host.Timeline.Events.Single();
        happened.Kind.ShouldBe(TimelineKind.Accepted);
        happened.Message.ShouldBe(mail.Id);
        happened.MessageIdField.ShouldBe("1@x");
        happened.Sender.ShouldBe("ann@client.example");
        happened.Recipients.ShouldBe(["mq@example.test"]);
        happened.Peer.ShouldBe("127.0.0.1 client.example");
        host.Log.Lines.ShouldContain(l => l.Text.StartsWith($"Accepted {mail.Id} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SMTPUTF8_addresses_are_kept_and_refused_without_it()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<jürgen@bücher.example>", "553 5.6.7 addresses beyond ASCII need SMTPUTF8");
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<jürgen@bücher.example>", "553 5.6.7 addresses beyond ASCII need SMTPUTF8");
        await client.AskAsync("RSET", 250);
        await MailAsync(client, "MAIL FROM:<jürgen@bücher.example> SMTPUTF8", ["RCPT TO:<straße@x.example>"], "Subject: ü\r\n\r\n.\r\n");
        var mail = await host.MailAsync();
        mail.Envelope.Sender.ShouldBe("jürgen@bücher.example");
        mail.Envelope.Recipients.Single().Address.ShouldBe("straße@x.example");
        Encoding.UTF8.GetString(mail.Content.Body.Bytes!.Value.Span).ShouldContain("with UTF8SMTP id 0HTEST-2\r\n\tfor <straße@x.example>;");
    }

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\n.\n\r\n")]
    [InlineData("a\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<mq@example.test>\r\n")]
    public async Task A_mail_with_a_bare_newline_is_read_to_its_real_end_and_refused(string content)
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<mq@example.test>", 250);
        await client.AskAsync("DATA", 354);
        await client.SendBytesAsync(Encoding.ASCII.GetBytes(content + ".\r\nNOOP\r\n"));
        await client.ReceiveAsync("554 5.6.0 bare <CR> or <LF> in the mail; lines end with <CR><LF>", "250 2.0.0 ok");
        await client.AskAsync("MAIL FROM:<a@b.example>", 250); // the transaction is over
        (await host.MailsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_with_a_bare_newline_is_kept_as_it_is_when_that_is_wanted()
    {
        await using var host = new SmtpHost(s_options with { Smtp = new SmtpOptions { BareNewlines = BareNewlines.Keep } });
        var client = host.Connect();
        await client.HelloAsync();
        await MailAsync(client, "MAIL FROM:<a@b.example>", ["RCPT TO:<mq@example.test>"], "a\n.\nb\r\n.\r\n");
        Encoding.ASCII.GetString(SmtpHost.Received(await host.MailAsync())).ShouldBe("a\n.\nb\r\n");
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task A_mail_that_has_come_by_too_many_hosts_is_looping(int hops, bool isTaken)
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<mq@example.test>", 250);
        await client.AskAsync("DATA", 354);
        var header = string.Concat(Enumerable.Range(0, hops).Select(i => $"Received: from host{i}.example ([192.0.2.1])\r\n\tby host{i + 1}.example with ESMTPS id {i}; Sat, 21 Nov 2026 08:00:00 +0000\r\n"));
        await client.SendBytesAsync(Encoding.ASCII.GetBytes(header + "\r\nReceived: in the body\r\n.\r\n"));
        (await client.ReplyAsync()).ShouldStartWith(isTaken ? "250 2.0.0 Ok" : "554 5.4.6 too many hops");
    }

    [Fact]
    public async Task A_full_mailbox_is_told_at_RCPT_and_a_mail_it_could_never_take_too()
    {
        await using var host = new SmtpHost(s_options);
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example> SIZE=1001", 250);
        await client.AskAsync("RCPT TO:<small@example.test>", "552 5.2.3 message larger than the mailbox takes");
        await host.Engine.CommitAsync(new Posthorn.Commits.Commit().Add(new NewMessage { Queue = QueueName.Parse("billing"), Content = Posthorn.Bodies.Body.Of(new byte[600]) }));
        await client.AskAsync("RSET", 250);
        await client.AskAsync("MAIL FROM:<a@b.example> SIZE=401", 250);
        await client.AskAsync("RCPT TO:<small@example.test>", "452 4.2.2 mailbox full");
        await client.AskAsync("RCPT TO:<mq@example.test>", 250);
    }

    [Fact]
    public async Task A_mailbox_that_cannot_be_reached_is_told_at_RCPT_and_others_get_their_mail()
    {
        await using var host = new SmtpHost(s_options);
        host.Engine.IsAway = queue => queue.Value == "billing";
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<small@example.test>", "451 4.3.0 cannot be kept now, try again later");
        await client.AskAsync("RCPT TO:<mq@example.test>", 250);
    }

    [Fact]
    public async Task Future_release_is_bounded_and_told_apart()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example> HOLDFOR=2592001", "501 5.5.4 the requested release is too far in the future");
        await client.AskAsync("MAIL FROM:<a@b.example> HOLDUNTIL=2026-12-21T08:00:01Z", "501 5.5.4 the requested release is too far in the future");
        await MailAsync(client, "MAIL FROM:<a@b.example> HOLDUNTIL=2026-12-21T08:00:00Z", ["RCPT TO:<mq@example.test>"], ".\r\n");
        (await host.MailAsync()).DueAt.ShouldBe(new DateTimeOffset(2026, 12, 21, 8, 0, 0, TimeSpan.Zero));
    }

    private static async Task MailAsync(SmtpClient client, string mail, string[] recipients, string data)
    {
        await client.AskAsync(mail, 250);
        foreach (var recipient in recipients)
            await client.AskAsync(recipient, 250);
        await client.AskAsync("DATA", 354);
        await client.SendBytesAsync(Encoding.UTF8.GetBytes(data));
        (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok: queued as ");
    }

    private static async Task SendInPiecesAsync(SmtpClient client, byte[] bytes, Random random)
    {
        foreach (var piece in Pieces.AtRandom(bytes, random, lengthMax: 20_000))
            await client.SendBytesAsync(piece);
    }

    private static byte[] WithCrlf(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', ' ').Replace("\n", "\r\n", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text.EndsWith('\n') ? text : text + "\r\n");
    }

    private static byte[] Stuffed(byte[] bytes) =>
        [.. Encoding.Latin1.GetBytes(("\r\n" + Encoding.Latin1.GetString(bytes)).Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[2..]), .. ".\r\n"u8];
}

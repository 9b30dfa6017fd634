using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>
/// Never an open relay: every known way to make a server pass mail on for a stranger is refused in the dialogue, so that neither the
/// victim nor (by a bounce) the forged sender hears of it. The same server takes local mail and relays for its accounts.
/// </summary>
public sealed class OpenRelayTests : IAsyncLifetime
{
    private RecordingSmtpServer _outside = null!;
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync()
    {
        _outside = RecordingSmtpServer.Start();
        _posthorn = await PosthornProcess.StartAsync($$"""
            hostname: posthorn.test
            accounts:
              - { name: billing, password: s3cret }
              - { name: admin, password: adm1n-adm1n, admin: true }
            addresses:
              box@local.test: box
              "*@catch.test": caught
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - to: transport
              transport:
                - if: sender-is-authenticated
                  deliver: outgoing
                - bounce: "550 5.7.1 relaying denied"
            outgoing: { relay: "127.0.0.1:{{_outside.Port}}" }
            """);
        _posthorn.Token = "admin:adm1n-adm1n";
    }

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        await _outside.DisposeAsync();
    }

    /// <summary>A name, then the dialogue; what is refused must be its last command, or one before.</summary>
    public static TheoryData<string, string[]> Attempts { get; } = new()
    {
        { "a stranger's mail to a stranger", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test>"] },
        { "the null sender", ["MAIL FROM:<>", "RCPT TO:<victim@remote.test>"] },
        { "a local sender", ["MAIL FROM:<box@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "a sender without domain", ["MAIL FROM:<box>", "RCPT TO:<victim@remote.test>"] },
        { "the server's own name as sender", ["MAIL FROM:<postmaster@posthorn.test>", "RCPT TO:<victim@remote.test>"] },
        { "the server's address as sender", ["MAIL FROM:<box@[127.0.0.1]>", "RCPT TO:<victim@remote.test>"] },
        { "an account's name as sender", ["MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "AUTH= of a local user", ["MAIL FROM:<box@local.test> AUTH=billing", "RCPT TO:<victim@remote.test>"] },
        { "the percent hack at a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim%remote.test@local.test>"] },
        { "the percent hack at the server's name", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim%remote.test@posthorn.test>"] },
        { "the percent hack at the server's address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim%remote.test@[127.0.0.1]>"] },
        { "the percent hack without domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim%remote.test>"] },
        { "a quoted percent hack", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<\"victim%remote.test\"@local.test>"] },
        { "a quoted address at a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<\"victim@remote.test\"@local.test>"] },
        { "a quoted address at the server's address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<\"victim@remote.test\"@[127.0.0.1]>"] },
        { "a quoted address without domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<\"victim@remote.test\">"] },
        { "two at signs", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test@local.test>"] },
        { "a source route by a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<@local.test:victim@remote.test>"] },
        { "a source route by the server's name", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<@posthorn.test:victim@remote.test>"] },
        { "a source route by the server's address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<@[127.0.0.1]:victim@remote.test>"] },
        { "a source route in two steps", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<@local.test,@posthorn.test:victim@remote.test>"] },
        { "a bang path", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<remote.test!victim>"] },
        { "a bang path at a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<remote.test!victim@local.test>"] },
        { "a bang path at the server's address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<remote.test!victim@[127.0.0.1]>"] },
        { "a bang path through a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<local.test!victim@remote.test>"] },
        { "a domain with a final dot", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test.>"] },
        { "a domain in capitals", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@REMOTE.TEST>"] },
        { "somebody else's postmaster", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<postmaster@remote.test>"] },
        { "a subdomain of a local domain", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<box@sub.local.test>"] },
        { "a domain that ends like a local one", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@notlocal.test>"] },
        { "a domain that ends like a catch-all", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@notcatch.test>"] },
        { "an address literal", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@[192.0.2.1]>"] },
        { "an IPv6 address literal", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@[IPv6:2001:db8::1]>"] },
        { "an address without brackets", ["MAIL FROM:<spam@remote.test>", "RCPT TO:victim@remote.test"] },
        { "a blank before the bracket", ["MAIL FROM: <spam@remote.test>", "RCPT TO: <victim@remote.test>"] },
        { "small letters", ["mail from:<spam@remote.test>", "rcpt to:<victim@remote.test>"] },
        { "a local ORCPT", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test> ORCPT=rfc822;box@local.test"] },
        { "two addresses in one command", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<box@local.test>,<victim@remote.test>"] },
        { "two addresses in one bracket", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<box@local.test,victim@remote.test>"] },
        { "a NUL in the address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test\0@local.test>"] },
        { "a bare CR in the address", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<victim@remote.test\r@local.test>"] },
        { "a wide at sign", ["MAIL FROM:<spam@remote.test> SMTPUTF8", "RCPT TO:<victim\uFF20remote.test>"] },
        { "after a local recipient", ["MAIL FROM:<spam@remote.test>", "RCPT TO:<box@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "after a wrong password", ["AUTH PLAIN AGJpbGxpbmcAd3Jvbmc=", "MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "after an empty password", ["AUTH PLAIN AGJpbGxpbmcA", "MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "after an empty name and password", ["AUTH PLAIN AAA=", "MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "after XCLIENT", ["XCLIENT LOGIN=billing ADDR=127.0.0.1", "MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
        { "after XFORWARD", ["XFORWARD ADDR=127.0.0.1", "MAIL FROM:<billing@local.test>", "RCPT TO:<victim@remote.test>"] },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task A_stranger_is_refused(string way, string[] dialogue)
    {
        await using var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await talk.SayAsync("EHLO posthorn.test")).Expect(250);
        var answers = new List<string>();
        var last = new SmtpAnswer(0, []);
        foreach (var command in dialogue)
        {
            last = await talk.SayAsync(command);
            answers.Add($"{command} -> {last}");
        }
        last.Code.ShouldBeInRange(400, 599, $"{way}: {string.Join(" | ", answers)}");
    }

    [Fact]
    public async Task What_strangers_tried_leaves_no_trace_outside_while_local_mail_and_accounts_are_served()
    {
        Attempts.Count.ShouldBeGreaterThanOrEqualTo(30);
        foreach (var attempt in Attempts)
        {
            await using var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
            (await talk.SayAsync("EHLO posthorn.test")).Expect(250);
            foreach (var command in (string[])attempt[1])
                await talk.SayAsync(command);
            if ((await talk.SayAsync("DATA")).Code == 354) // a local recipient of the dialogue gets the mail; nobody else may
            {
                await talk.WriteAsync("Subject: spam\r\n\r\nspam\r\n.\r\n"u8.ToArray());
                await talk.ReadAnswerAsync();
            }
        }

        await using var local = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await local.SayAsync("EHLO remote.test")).Expect(250);
        (await local.MailAsync("friend@remote.test", ["box@local.test"], "Subject: local\r\n\r\n"u8.ToArray())).Expect(250);
        await using var account = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await account.SayAsync("EHLO app.test")).Expect(250);
        (await account.SayAsync("AUTH PLAIN AGJpbGxpbmcAczNjcmV0")).Expect(235);
        (await account.MailAsync("billing@local.test", ["customer@remote.test"], "Subject: bill\r\n\r\n"u8.ToArray())).Expect(250);

        await Until.TrueAsync(() => _outside.Count > 0, "the account's mail is relayed");
        await Until.TrueAsync(
            async () => !(await _posthorn.MessagesAsync()).Any(m => m.Queue.StartsWith("spool/process", StringComparison.Ordinal) || m.Queue is "spool/outgoing" or "spool/deferred"),
            "nothing else is on its way");
        _outside.Mails.Select(m => string.Join(',', m.Recipients)).ShouldBe(["customer@remote.test"]);
    }
}

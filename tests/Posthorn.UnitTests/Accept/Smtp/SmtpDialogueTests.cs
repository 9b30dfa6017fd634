using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>Golden dialogues, each played whole, line by line and byte by byte. C: the client, S: the server.</summary>
public sealed class SmtpDialogueTests
{
    /// <summary>Name, peer and script. A line of the server's that ends with … needs to begin so only.</summary>
    private static readonly (string Name, SmtpDoor Door, string Peer, string Script)[] s_dialogues =
    [
        ("a mail", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 mx.example.test ESMTP Posthorn
            C: EHLO client.example
            S: 250-mx.example.test
            S: 250-PIPELINING
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-SIZE 157286400
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-DSN
            S: 250-MT-PRIORITY
            S: 250-AUTH PLAIN LOGIN SCRAM-SHA-256
            S: 250 FUTURERELEASE 2592000 2026-12-21T08:00:00Z
            C: MAIL FROM:<ann@client.example>
            S: 250 2.1.0 sender ok
            C: RCPT TO:<mq@example.test>
            S: 250 2.1.5 recipient ok
            C: DATA
            S: 354 end data with <CR><LF>.<CR><LF>
            C: Subject: hello
            C:
            C: ..a line with a dot
            C: .
            S: 250 2.0.0 Ok: queued as 0000000000001
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
        ("an empty mail and HELO", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: HELO client.example
            S: 250 mx.example.test
            C: MAIL FROM:<>
            S: 250 2.1.0 sender ok
            C: RCPT TO:<mq@example.test>
            S: 250 2.1.5 recipient ok
            C: DATA
            S: 354 …
            C: .
            S: 250 2.0.0 …
            C: QUIT
            S: 221 …
            S: closed
            """),
        ("everything pipelined", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: EHLO client.example
            S: 250-mx.example.test
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250-…
            S: 250 …
            C: MAIL FROM:<a@client.example>
            C: RCPT TO:<mq@example.test>
            C: RCPT TO:<nobody@example.test>
            C: DATA
            S: 250 2.1.0 sender ok
            S: 250 2.1.5 recipient ok
            S: 550 5.1.1 no such user here
            S: 354 …
            C: one
            C: .
            C: MAIL FROM:<a@client.example>
            C: RCPT TO:<mq@example.test>
            C: BDAT 5
            C: two
            C: BDAT 0 LAST
            C: RSET
            C: QUIT
            S: 250 2.0.0 Ok: queued as 0000000000001
            S: 250 2.1.0 sender ok
            S: 250 2.1.5 recipient ok
            S: 250 2.0.0 chunk ok
            S: 250 2.0.0 Ok: queued as 0000000000002
            S: 250 2.0.0 ok
            S: 221 2.0.0 bye
            S: closed
            """),
        ("commands out of order", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: MAIL FROM:<a@b.example>
            S: 503 5.5.1 send EHLO or LHLO first
            C: NOOP
            S: 250 2.0.0 ok
            C: RSET
            S: 250 2.0.0 ok
            C: HELO x
            S: 250 mx.example.test
            C: RCPT TO:<mq@example.test>
            S: 503 5.5.1 MAIL first
            C: DATA
            S: 503 5.5.1 MAIL first
            C: MAIL FROM:<a@b.example>
            S: 250 2.1.0 sender ok
            C: MAIL FROM:<a@b.example>
            S: 503 5.5.1 a mail is being sent already
            C: DATA
            S: 503 5.5.1 no valid recipients
            C: RCPT TO:<nobody@example.test>
            S: 550 5.1.1 no such user here
            C: DATA
            S: 503 5.5.1 no valid recipients
            C: AUTH PLAIN AGEAYQ==
            S: 503 5.5.1 not permitted during a mail transaction
            C: HELO y
            S: 250 mx.example.test
            C: MAIL FROM:<a@b.example> NO-SUCH=1
            S: 555 5.5.4 parameter not recognized or not implemented
            C: EXPN all
            S: 502 5.5.1 command not implemented
            C: STARTTLS
            S: 502 5.5.1 command not implemented
            C: VRFY mq
            S: 252 2.1.5 cannot verify, but will accept the mail and attempt delivery
            C: HELP
            S: 214-2.0.0 commands: EHLO HELO LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT STARTTLS AUTH
            S: 214 2.0.0 see RFC 5321
            C: FOO
            S: 500 5.5.2 command not recognized
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
        ("chunks that fail", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: BDAT 6
            C: QUIT
            S: 503 5.5.1 send EHLO or LHLO first
            C: HELO x
            S: 250 mx.example.test
            C: BDAT 6 LAST
            C: QUIT
            S: 503 5.5.1 MAIL first
            C: MAIL FROM:<a@b.example>
            S: 250 2.1.0 sender ok
            C: BDAT 6
            C: QUIT
            C: BDAT 6 LAST
            C: QUIT
            S: 503 5.5.1 no valid recipients
            S: 503 5.5.1 no valid recipients
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
        ("a chunk of unknown size", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: HELO x
            S: 250 mx.example.test
            C: MAIL FROM:<a@b.example>
            S: 250 2.1.0 sender ok
            C: RCPT TO:<mq@example.test>
            S: 250 2.1.5 recipient ok
            C: BDAT ten LAST
            C: MAIL FROM:<evil@b.example>
            S: 501 5.5.4 syntax: BDAT size [LAST]
            S: 421 4.5.2 cannot tell mail from commands any more, closing
            S: closed
            """),
        ("a browser", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: POST / HTTP/1.1
            C: Host: mx.example.test:25
            C: MAIL FROM:<evil@b.example>
            S: 554 5.7.0 this is SMTP, closing
            S: closed
            """),
        ("a login", SmtpDoor.Smtp, "127.0.0.1", """
            S: 220 …
            C: HELO x
            S: 250 mx.example.test
            C: AUTH
            S: 501 5.5.4 syntax: AUTH mechanism [initial-response]
            C: AUTH GSSAPI
            S: 504 5.5.4 authentication mechanism not supported
            C: AUTH PLAIN !
            S: 501 5.5.2 cannot decode the response as base64
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: *
            S: 501 5.7.0 authentication cancelled
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: YmlsbGluZw==
            S: 334 UGFzc3dvcmQ6
            C: czNjcmV0
            S: 235 2.7.0 authentication succeeded
            C: AUTH LOGIN
            S: 503 5.5.1 authenticated already
            C: MAIL FROM:<billing@example.test>
            S: 250 2.1.0 sender ok
            C: RCPT TO:<far@elsewhere.example>
            S: 250 2.1.5 recipient ok
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
        ("a password in the clear from another machine", SmtpDoor.Smtp, "192.0.2.7", """
            S: 220 …
            C: EHLO x
            S: 250-mx.example.test
            S: 250-PIPELINING
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-SIZE 157286400
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-DSN
            S: 250-MT-PRIORITY
            S: 250-AUTH SCRAM-SHA-256
            S: 250 FUTURERELEASE …
            C: AUTH PLAIN AGJpbGxpbmcAczNjcmV0
            S: 538 5.7.11 encryption required for the authentication mechanism
            C: MAIL FROM:<a@client.example> MT-PRIORITY=4
            S: 250 2.3.6 sender ok, priority lowered
            C: RCPT TO:<far@elsewhere.example>
            S: 550 5.7.1 relaying denied
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
        ("LMTP", SmtpDoor.Lmtp, "127.0.0.1", """
            S: 220 mx.example.test LMTP Posthorn
            C: EHLO x
            S: 500 5.5.2 command not recognized
            C: LHLO x
            S: 250-mx.example.test
            S: 250-PIPELINING
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-SIZE 157286400
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-DSN
            S: 250-MT-PRIORITY
            S: 250-AUTH PLAIN LOGIN SCRAM-SHA-256
            S: 250 FUTURERELEASE …
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 sender ok
            C: RCPT TO:<mq@example.test>
            S: 250 2.1.5 recipient ok
            C: RCPT TO:<nobody@example.test>
            S: 550 5.1.1 no such user here
            C: RCPT TO:<postmaster@example.test>
            S: 250 2.1.5 recipient ok
            C: DATA
            S: 354 …
            C: Subject: two answers
            C:
            C: .
            S: 250 2.0.0 Ok: queued as 0000000000001
            S: 250 2.0.0 Ok: queued as 0000000000001
            C: QUIT
            S: 221 2.0.0 bye
            S: closed
            """),
    ];

    public static TheoryData<string, Delivery> All
    {
        get
        {
            var data = new TheoryData<string, Delivery>();
            foreach (var (name, _, _, _) in s_dialogues)
            {
                foreach (var delivery in Enum.GetValues<Delivery>())
                    data.Add(name, delivery);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_dialogue_goes_as_written(string name, Delivery delivery)
    {
        var (_, door, peer, script) = s_dialogues.Single(d => d.Name == name);
        await using var host = new SmtpHost(new PosthornOptions
        {
            Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }],
            Addresses = [new AddressRule { Pattern = "mq@example.test", Queue = QueueName.Parse("invoices") }],
            Smtp = new SmtpOptions { ErrorsMax = 100, ErrorsBeforeDelay = 100, ErrorDelay = TimeSpan.Zero },
        });
        var client = host.Connect(door, peer);
        await Dialogue.PlayAsync(client, script, delivery);
        host.Log.Lines.ShouldNotContain(l => l.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }
}

using Microsoft.Extensions.Logging;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Sasl.Client;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Pop3;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Pop3;

/// <summary>Golden dialogues, each played whole, line by line and byte by byte. C: the client, S: the server.</summary>
public sealed class Pop3DialogueTests
{
    /// <summary>Name, peer and script. The maildrop holds three messages, the second with dots, the third no mail.</summary>
    private static readonly (string Name, string Peer, string Script)[] s_dialogues =
    [
        ("a session", "127.0.0.1", """
            S: +OK pop.example.test Posthorn POP3 ready
            C: CAPA
            S: +OK capabilities follow
            S: TOP
            S: UIDL
            S: USER
            S: SASL PLAIN LOGIN SCRAM-SHA-256
            S: UTF8 USER
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: PIPELINING
            S: IMPLEMENTATION Posthorn
            S: .
            C: USER billing
            S: +OK and the password?
            C: PASS s3cret
            S: +OK 3 messages
            C: CAPA
            S: +OK capabilities follow
            S: TOP
            S: UIDL
            S: USER
            S: SASL PLAIN LOGIN SCRAM-SHA-256
            S: UTF8 USER
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: PIPELINING
            S: EXPIRE 14
            S: IMPLEMENTATION Posthorn
            S: .
            C: STAT
            S: +OK 3 …
            C: LIST 1
            S: +OK 1 23
            C: UIDL 2
            S: +OK 2 1.2
            C: RETR 1
            S: +OK 23 octets
            S: Subject: one
            S:
            S: hello
            S: .
            C: TOP 2 1
            S: +OK its top follows
            S: Subject: two
            S:
            S: ..
            S: .
            C: RETR 2
            S: +OK 31 octets
            S: Subject: two
            S:
            S: ..
            S: ..dots
            S: end
            S: .
            C: DELE 1
            S: +OK marked for removal
            C: STAT
            S: +OK 2 …
            C: LIST 1
            S: -ERR that message is marked for removal
            C: RETR 1
            S: -ERR that message is marked for removal
            C: UIDL
            S: +OK unique ids follow
            S: 2 1.2
            S: 3 1.3
            S: .
            C: NOOP
            S: +OK
            C: RSET
            S: +OK nothing is marked for removal
            C: UIDL
            S: +OK unique ids follow
            S: 1 1.1
            S: 2 1.2
            S: 3 1.3
            S: .
            C: DELE 2
            S: +OK marked for removal
            C: QUIT
            S: +OK bye, 1 messages removed
            S: closed
            """),
        ("everything pipelined", "127.0.0.1", """
            S: +OK …
            C: USER billing
            C: PASS s3cret
            C: DELE 1
            C: DELE 1
            C: LIST 4
            C: QUIT
            C: NOOP
            S: +OK and the password?
            S: +OK 3 messages
            S: +OK marked for removal
            S: -ERR that message is marked for removal
            S: -ERR no such message
            S: +OK bye, 1 messages removed
            S: closed
            """),
        ("commands out of order", "127.0.0.1", """
            S: +OK …
            C: STAT
            S: -ERR log in first
            C: PASS s3cret
            S: -ERR USER first
            C: USER billing
            S: +OK and the password?
            C: LIST
            S: -ERR log in first
            C: PASS s3cret
            S: -ERR USER first
            C: XYZZY
            S: -ERR unknown command
            C: APOP billing c4c9334bac560ecc979e58001b3e22fb
            S: -ERR APOP is not offered; use AUTH SCRAM-SHA-256
            C: STLS
            S: -ERR TLS is not offered
            C: USER
            S: -ERR these arguments are none of this command
            C: USER billing
            S: +OK and the password?
            C: CAPA
            S: +OK capabilities follow
            S: TOP
            S: UIDL
            S: USER
            S: SASL PLAIN LOGIN SCRAM-SHA-256
            S: UTF8 USER
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: PIPELINING
            S: IMPLEMENTATION Posthorn
            S: .
            C: PASS s3cret
            S: +OK 3 messages
            C: USER billing
            S: -ERR logged in already
            C: AUTH PLAIN AGJpbGxpbmcAczNjcmV0
            S: -ERR logged in already
            C: UTF8
            S: -ERR logged in already
            C: RETR 0
            S: -ERR no such message
            C: RETR 99
            S: -ERR no such message
            C: TOP 1
            S: -ERR these arguments are none of this command
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("wrong passwords", "127.0.0.1", """
            S: +OK …
            C: USER billing
            S: +OK and the password?
            C: PASS wrong
            S: -ERR [AUTH] authentication failed
            C: USER nobody
            S: +OK and the password?
            C: PASS s3cret
            S: -ERR [AUTH] authentication failed
            C: AUTH PLAIN AGJpbGxpbmcAeA==
            S: -ERR [AUTH] authentication failed
            S: -ERR [AUTH] too many failed authentications
            S: closed
            """),
        ("AUTH", "127.0.0.1", """
            S: +OK …
            C: AUTH
            S: +OK mechanisms follow
            S: PLAIN
            S: LOGIN
            S: SCRAM-SHA-256
            S: .
            C: AUTH CRAM-MD5
            S: -ERR this mechanism is not offered
            C: AUTH PLAIN
            S: +…
            C: *
            S: -ERR authentication cancelled
            C: AUTH PLAIN ###
            S: -ERR that is no base64
            C: AUTH LOGIN
            S: + VXNlcm5hbWU6
            C: YmlsbGluZw==
            S: + UGFzc3dvcmQ6
            C: czNjcmV0
            S: +OK 3 messages
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("AUTH with everything at once", "127.0.0.1", """
            S: +OK …
            C: UTF8
            C: AUTH PLAIN AGJpbGxpbmcAczNjcmV0
            C: STAT
            S: +OK UTF-8 it is
            S: +OK 3 messages
            S: +OK 3 …
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("another mailbox", "127.0.0.1", """
            S: +OK …
            C: USER billing:invoices
            C: PASS s3cret
            S: +OK and the password?
            S: +OK 1 messages
            C: UIDL 1
            S: +OK 1 2.1
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("another's mailbox", "127.0.0.1", """
            S: +OK …
            C: USER billing:#queue/shipping
            C: PASS s3cret
            S: +OK and the password?
            S: -ERR [SYS/PERM] this account has no maildrop
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("a stranger without TLS", "192.0.2.7", """
            S: +OK …
            C: CAPA
            S: +OK capabilities follow
            S: TOP
            S: UIDL
            S: SASL SCRAM-SHA-256
            S: UTF8 USER
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: PIPELINING
            S: IMPLEMENTATION Posthorn
            S: .
            C: USER billing
            S: -ERR [AUTH] passwords are taken over TLS only; use STLS first
            C: PASS s3cret
            S: -ERR USER first
            C: AUTH PLAIN AGJpbGxpbmcAczNjcmV0
            S: -ERR [AUTH] passwords are taken over TLS only; use STLS first
            C: QUIT
            S: +OK bye
            S: closed
            """),
        ("a browser", "127.0.0.1", """
            S: +OK …
            C: GET / HTTP/1.1
            C: Host: 127.0.0.1:2110
            S: -ERR this is a POP3 server
            S: closed
            """),
    ];

    public static TheoryData<string, Delivery> All
    {
        get
        {
            var data = new TheoryData<string, Delivery>();
            foreach (var (name, _, _) in s_dialogues)
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
        var (_, peer, script) = s_dialogues.Single(d => d.Name == name);
        await using var host = new Pop3Host(new PosthornOptions
        {
            Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }, new AccountOptions { Name = "shipping", Password = "x" }],
            Pop3 = new Pop3Options { ErrorDelay = TimeSpan.Zero },
        });
        await host.SetAsync(new QueuePolicy { Retention = TimeSpan.FromDays(14) });
        await host.AddAsync("Subject: one\r\n\r\nhello\r\n");
        await host.AddAsync("Subject: two\r\n\r\n.\r\n.dots\r\nend\r\n");
        await host.AddAsync("{}", isMail: false);
        await host.AddAsync("Subject: x\r\n\r\n", "invoices");

        await Dialogue.PlayAsync(host.Connect(peer: peer), script, delivery);

        host.Figures().Leased.ShouldBe(0);
        host.Connections.ShouldBe(0);
        host.Log.Lines.ShouldNotContain(l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task SCRAM_logs_in_without_the_password_and_proves_the_server()
    {
        await using var host = new Pop3Host(new PosthornOptions { Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }] });
        await host.AddAsync("Subject: x\r\n\r\n", "billing/Archive");
        var client = host.Connect(peer: "192.0.2.7");
        var scram = SaslClient.Choose(new HashSet<string> { SaslMechanisms.ScramSha256 }, "billing:Archive", "s3cret")!;
        await client.LineOrNullAsync();
        await client.SendAsync($"AUTH SCRAM-SHA-256 {Convert.ToBase64String(scram.InitialResponse()!)}");
        while (await client.LineOrNullAsync() is { } line)
        {
            if (!line.StartsWith("+ ", StringComparison.Ordinal))
            {
                line.ShouldBe("+OK 1 messages");
                scram.IsServerProven.ShouldBeTrue();
                return;
            }
            await client.SendAsync(Convert.ToBase64String(scram.Respond(Convert.FromBase64String(line[2..]))));
        }
        Assert.Fail("The server closed.");
    }
}

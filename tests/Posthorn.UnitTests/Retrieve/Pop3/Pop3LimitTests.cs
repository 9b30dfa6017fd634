using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Pop3;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Pop3;

/// <summary>What a client may not do for ever, and TLS.</summary>
public sealed class Pop3LimitTests : IDisposable
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    public void Dispose() => _certificate.Dispose();

    private Pop3Host Host(Pop3Options? options = null) => new(
        new PosthornOptions { Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }], Pop3 = options ?? new Pop3Options() },
        () => new SslServerAuthenticationOptions { ServerCertificate = _certificate });

    [Fact]
    public async Task STLS_makes_everything_said_before_forgotten()
    {
        await using var host = Host();
        await host.AddAsync("x");
        var client = host.Connect(peer: "192.0.2.7");
        await Dialogue.PlayAsync(client, """
            S: +OK …
            C: CAPA
            S: +OK …
            S: TOP
            S: UIDL
            S: SASL SCRAM-SHA-256
            S: STLS
            S: UTF8 USER
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: PIPELINING
            S: IMPLEMENTATION Posthorn
            S: .
            C: STLS
            C: USER injected
            S: +OK ready to start TLS
            """, Delivery.Whole);
        await TestTls.UpgradeAsync(client, _certificate);
        await Dialogue.PlayAsync(client, """
            C: PASS s3cret
            S: -ERR USER first
            C: STLS
            S: -ERR TLS is on already
            C: CAPA
            S: +OK …
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
            C: PASS s3cret
            S: +OK and the password?
            S: +OK 1 messages
            C: QUIT
            S: +OK bye
            S: closed
            """, Delivery.Lines);
    }

    [Fact]
    public async Task A_door_of_its_own_speaks_TLS_from_the_first_byte()
    {
        await using var host = Host();
        var client = host.Connect(Pop3Door.Pop3s, "192.0.2.7");
        await TestTls.UpgradeAsync(client, _certificate);
        await Dialogue.PlayAsync(client, """
            S: +OK …
            C: USER billing
            C: PASS s3cret
            C: QUIT
            S: +OK and the password?
            S: +OK 0 messages
            S: +OK bye
            S: closed
            """, Delivery.Whole);
    }

    [Fact]
    public async Task STLS_comes_before_UTF8_and_only_with_a_certificate()
    {
        await using var host = Host();
        var client = host.Connect();
        await client.LineOrNullAsync();
        await client.AskAsync("UTF8", "+OK UTF-8 it is");
        await client.AskAsync("STLS", "-ERR STLS comes before UTF8"); // RFC 6856 2.1

        await using var without = new Pop3Host(tls: () => null);
        var other = without.Connect();
        await other.LineOrNullAsync();
        await other.AskAsync("STLS", "-ERR [SYS/TEMP] TLS is not available now");
    }

    [Fact]
    public async Task Who_does_not_log_in_is_cut_off_early()
    {
        await using var host = Host();
        var client = host.Connect();
        await client.LineOrNullAsync();

        host.Clock.Advance(TimeSpan.FromSeconds(179));
        client.Session.IsCompleted.ShouldBeFalse();
        host.Clock.Advance(TimeSpan.FromSeconds(2));

        await client.ClosedAsync();
    }

    [Fact]
    public async Task Errors_in_a_row_are_answered_late_and_end_the_session()
    {
        await using var host = Host(new Pop3Options { ErrorsBeforeDelay = 2, ErrorsMax = 4 });
        var client = host.Connect();
        await client.LineOrNullAsync();
        await client.AskAsync("X", "-ERR unknown command");
        await client.AskAsync("X", "-ERR unknown command");
        await client.AskAsync("CAPA", "+OK capabilities follow"); // forgives
        while (await client.LineOrNullAsync() != ".")
        {
        }
        await client.AskAsync("X", "-ERR unknown command");
        await client.AskAsync(new string('x', 2_000), "-ERR line too long");
        await client.SendAsync("X");
        var late = client.LineOrNullAsync();
        var before = host.Clock.GetUtcNow();
        await host.Clock.UntilAsync(() => late.IsCompleted, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
        (host.Clock.GetUtcNow() - before).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (await late).ShouldBe("-ERR unknown command");
        await client.AskAsync("X", "-ERR unknown command");
        (await client.LineOrNullAsync()).ShouldBe("-ERR too many errors");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task There_are_only_so_many_connections_in_all_and_from_an_address()
    {
        await using var host = Host(new Pop3Options { ConnectionsMax = 3, ConnectionsPerAddressMax = 1 });
        var first = host.Connect(peer: "192.0.2.7");
        (await first.LineOrNullAsync()).ShouldStartWith("+OK");
        (await host.Connect(peer: "192.0.2.7").LineOrNullAsync()).ShouldBe("-ERR [SYS/TEMP] too many connections from your address");
        (await host.Connect(peer: "192.0.2.8").LineOrNullAsync()).ShouldStartWith("+OK");
        (await host.Connect().LineOrNullAsync()).ShouldStartWith("+OK");
        (await host.Connect(peer: "192.0.2.9").LineOrNullAsync()).ShouldBe("-ERR [SYS/TEMP] too many connections, try again later");
        await first.AskAsync("QUIT", "+OK bye");
        await first.Session;
        (await host.Connect(peer: "192.0.2.7").LineOrNullAsync()).ShouldStartWith("+OK");
    }
}

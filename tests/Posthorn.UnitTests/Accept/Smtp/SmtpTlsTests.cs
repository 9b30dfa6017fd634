using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

public sealed class SmtpTlsTests : IDisposable
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    [Fact]
    public async Task STARTTLS_makes_everything_said_before_forgotten()
    {
        await using var host = Host();
        var client = host.Connect(peer: "192.0.2.7");
        var before = await client.HelloAsync();
        before.ShouldContain("250-STARTTLS");
        before.ShouldNotContain("REQUIRETLS");
        before.ShouldNotContain("PLAIN");
        await client.AskAsync("STARTTLS", "220 2.0.0 ready to start TLS");
        await TestTls.UpgradeAsync(client, _certificate);
        await client.AskAsync("MAIL FROM:<a@b.example>", "503 5.5.1 send EHLO or LHLO first");
        await client.SendAsync("EHLO again.example");
        var after = await client.ReplyAsync();
        after.ShouldNotContain("STARTTLS");
        after.ShouldContain("250-REQUIRETLS");
        after.ShouldContain("AUTH PLAIN LOGIN SCRAM-SHA-256");
        await client.AskAsync("STARTTLS", "503 5.5.1 TLS is active already");
        await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String("\0a\0secret"u8)}", "235 2.7.0 authentication succeeded");
        await client.AskAsync("MAIL FROM:<a@b.example> REQUIRETLS", 250);
        await client.AskAsync("RCPT TO:<far@other.example>", 250);
        await client.AskAsync("DATA", 354);
        await client.SendAsync("Subject: secret", "", ".");
        (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok");
        await client.AskAsync("QUIT", 221);
        await client.ClosedAsync();
        var mail = await host.MailAsync();
        mail.Text(MailAttributes.RequireTls).ShouldBe("1");
        mail.Text(MailAttributes.RemoteHost).ShouldBe("again.example");
        Encoding.ASCII.GetString(mail.Content.Body.Bytes!.Value.Span).ShouldContain("with ESMTPSA id");
        Encoding.ASCII.GetString(SmtpHost.Received(mail)).ShouldBe("Subject: secret\r\n\r\n");
    }

    [Fact]
    public async Task Commands_pipelined_behind_STARTTLS_are_never_run()
    {
        await using var host = Host();
        var client = host.Connect(peer: "192.0.2.7");
        await client.HelloAsync();
        await client.SendAsync("STARTTLS", "EHLO evil", "MAIL FROM:<evil@b.example>", "RCPT TO:<mq@example.test>");
        await client.ReceiveAsync("220 2.0.0 ready to start TLS");
        await TestTls.UpgradeAsync(client, _certificate);
        await client.AskAsync("RCPT TO:<mq@example.test>", "503 5.5.1 send EHLO or LHLO first");
    }

    [Fact]
    public async Task A_client_whose_handshake_comes_the_moment_it_may_is_heard()
    {
        await using var host = Host();
        var inline = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
        await Task.Run(async () =>
        {
            var client = host.Connect(peer: "192.0.2.7", pipes: inline);
            await client.HelloAsync();
            var upgrading = HearAndUpgradeAsync(client); // goes on inside of the server's sending its answer
            await client.SendAsync("STARTTLS");
            await upgrading;
            await client.AskAsync("EHLO again.example", 250);
        }).WaitAsync(TimeSpan.FromSeconds(20));

        async Task HearAndUpgradeAsync(SmtpClient client)
        {
            client.Input.AdvanceTo((await client.Input.ReadAsync()).Buffer.End);
            await TestTls.UpgradeAsync(client, _certificate);
        }
    }

    [Fact]
    public async Task The_smtps_door_speaks_TLS_from_the_first_byte()
    {
        await using var host = Host();
        var client = host.Connect(SmtpDoor.Smtps, "192.0.2.7");
        await TestTls.UpgradeAsync(client, _certificate);
        (await client.HelloAsync()).ShouldNotContain("STARTTLS");
        await client.AskAsync("STARTTLS", "503 5.5.1 TLS is active already");
    }

    [Fact]
    public async Task A_handshake_that_fails_ends_the_session_quietly()
    {
        await using var host = Host();
        var client = host.Connect(SmtpDoor.Smtps, "192.0.2.7");
        await client.SendAsync("EHLO plain.example", "this is no TLS record of any kind");
        await client.Session;
        host.Log.Lines.ShouldContain(l => l.Text.StartsWith("TLS with 192.0.2.7:4711 could not be started", StringComparison.Ordinal));
        host.Log.Lines.ShouldNotContain(l => l.Level > Microsoft.Extensions.Logging.LogLevel.Information);
    }

    [Fact]
    public async Task A_handshake_that_never_comes_ends_after_thirty_seconds()
    {
        await using var host = Host();
        var client = host.Connect(peer: "192.0.2.7");
        await client.HelloAsync();
        await client.AskAsync("STARTTLS", 220);
        host.Clock.Advance(TimeSpan.FromSeconds(30));
        await client.Session;
    }

    [Fact]
    public async Task When_the_server_stops_a_mail_within_TLS_may_be_finished()
    {
        await using var host = Host();
        var client = host.Connect(SmtpDoor.Smtps);
        await TestTls.UpgradeAsync(client, _certificate);
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<mq@mx.example.test>", 550); // accounts are configured, and mq is none
        await client.AskAsync("RCPT TO:<a@mx.example.test>", 250);
        await client.AskAsync("DATA", 354);
        await client.SendAsync("Subject: x");
        client.Connection.RequestClose(); // cancels the read that is waiting within TLS
        await client.SendAsync("", "more", ".");
        (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok");
        await client.ReceiveAsync("421 4.3.2 shutting down, try again later");
        Encoding.ASCII.GetString(SmtpHost.Received(await host.MailAsync())).ShouldBe("Subject: x\r\n\r\nmore\r\n");
    }

    [Fact]
    public async Task Without_a_usable_certificate_TLS_is_not_available_now()
    {
        await using var host = new SmtpHost(tls: () => null);
        var client = host.Connect();
        (await client.HelloAsync()).ShouldContain("STARTTLS");
        await client.AskAsync("STARTTLS", "454 4.7.0 TLS not available now");
        await client.AskAsync("NOOP", 250);
    }

    public void Dispose() => _certificate.Dispose();

    private SmtpHost Host() => new(
        new PosthornOptions
        {
            Accounts = [new() { Name = "a", Password = "secret" }],
            Addresses = [new() { Pattern = "a@mx.example.test", Queue = Posthorn.Queues.QueueName.Parse("a") }],
        },
        () => new SslServerAuthenticationOptions { ServerCertificate = _certificate });
}

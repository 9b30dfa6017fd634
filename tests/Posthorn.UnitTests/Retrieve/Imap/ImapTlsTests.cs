using System.IO.Compression;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Server.Connections;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>What lies between the session and the wire: TLS and compression.</summary>
public sealed class ImapTlsTests : IDisposable
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    [Fact]
    public async Task STARTTLS_makes_passwords_welcome_and_IDLE_works_within_it()
    {
        await using var host = Host();
        await host.AddAsync();
        var client = host.Connect(peer: "192.0.2.7");
        (await client.LineOrNullAsync()).ShouldNotBeNull().ShouldContain("STARTTLS LOGINDISABLED");

        // What comes in the clear behind it is never run.
        await client.SendAsync("t STARTTLS", "u LOGIN billing s3cret");
        (await client.AnswerAsync()).ShouldBe(["t OK Begin TLS now."]);
        await TestTls.UpgradeAsync(client, _certificate);
        await client.AskImapAsync("NAMESPACE", "t BAD not allowed in this state");

        var capabilities = (await client.ImapAsync("CAPABILITY"))[0];
        capabilities.ShouldNotContain("STARTTLS");
        capabilities.ShouldContain("AUTH=PLAIN");
        await client.AskImapAsync("STARTTLS", "t BAD …");
        await client.AskImapAsync("LOGIN billing s3cret", "t OK …");
        await client.ImapAsync("SELECT INBOX");
        await IdleAsync(host, client);
    }

    [Fact]
    public async Task IMAP_within_TLS_from_the_first_byte()
    {
        await using var host = Host();
        var client = host.Connect(ImapDoor.Imaps, peer: "192.0.2.7");
        await TestTls.UpgradeAsync(client, _certificate);

        (await client.LineOrNullAsync()).ShouldNotBeNull().ShouldNotContain("LOGINDISABLED");
        await client.AskImapAsync("LOGIN billing s3cret", "t OK …");
        await client.ImapAsync("LOGOUT");
        await client.Session;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task COMPRESS_goes_on_with_the_next_byte_within_TLS_too(bool isWithinTls)
    {
        await using var host = Host();
        await host.AddAsync();
        var client = host.Connect(isWithinTls ? ImapDoor.Imaps : ImapDoor.Imap);
        if (isWithinTls)
            await TestTls.UpgradeAsync(client, _certificate);
        await client.LineOrNullAsync();
        await client.ImapAsync("LOGIN billing s3cret");

        await client.AskImapAsync("COMPRESS DEFLATE", "t OK …");
        Deflate(client);

        await client.AskImapAsync("COMPRESS DEFLATE", "t NO [COMPRESSIONACTIVE] …");
        (await client.ImapAsync("CAPABILITY"))[0].ShouldNotContain("COMPRESS");
        await client.ImapAsync("SELECT INBOX");
        (await client.ImapAsync("FETCH 1 BODY[]")).Count.ShouldBeGreaterThan(8);
        await IdleAsync(host, client);
        await client.ImapAsync("LOGOUT");
        await client.Session;
    }

    public void Dispose() => _certificate.Dispose();

    private static async Task IdleAsync(ImapHost host, SmtpClient client)
    {
        await client.AskImapAsync("IDLE", "+ idling");
        for (var i = 2; i < 5; i++)
        {
            await host.AddAsync();
            await client.ReceiveLinesAsync($"* {i} EXISTS", "* 0 RECENT");
        }
        await client.SendAsync("DONE");
        await client.ReceiveLinesAsync("t OK Done.");
    }

    private static void Deflate(SmtpClient client)
    {
        var below = new DuplexPipeStream(client.Input, client.Output);
        client.Input = PipeReader.Create(new DeflateStream(below, CompressionMode.Decompress));
        client.Output = PipeWriter.Create(new DeflateStream(below, CompressionMode.Compress));
    }

    private ImapHost Host() => new(
        new PosthornOptions { Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }] },
        () => new SslServerAuthenticationOptions { ServerCertificate = _certificate });
}

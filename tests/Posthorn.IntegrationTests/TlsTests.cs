using System.Globalization;
using System.Security.Authentication;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>Encryption and authentication with other people's clients.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private TemporaryFolder _folder = null!;
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync()
    {
        _folder = TemporaryFolder.Create();
        var (certificate, key) = Certificates.Write(_folder);
        _posthorn = await PosthornProcess.StartAsync($$"""
            listen: { smtp: 127.0.0.1:0, smtps: 127.0.0.1:0, pop3: off, imap: off, http: 127.0.0.1:0 }
            tls: { certificate: {{certificate}}, key: {{key}} }
            accounts:
              - { name: billing, password: s3cret, admin: true }
            addresses: { box@box.test: box }
            pipeline:
              root:
                - if: sender-is-authenticated and recipient-is-local
                  deliver: mailbox
                - bounce: "550 5.7.1 Authenticate first"
            """);
        _posthorn.Token = "billing:s3cret";
    }

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("PLAIN", "-tls", "smtp")]
    [InlineData("LOGIN", "-tls", "smtp")]
    [InlineData("PLAIN", "-tlsc", "smtps")]
    [InlineData("LOGIN", "-tlsc", "smtps")]
    public async Task Swaks_authenticates_over_TLS(string mechanism, string tls, string door)
    {
        var sent = await SwaksAsync(door, tls, "--auth", mechanism, "--auth-user", "billing", "--auth-password", "s3cret");
        sent.ExitCode.ShouldBe(0, sent.ToString());
        sent.Output.ShouldContain("TLSv1.3");
        await ArrivesAsync(1);
    }

    [Theory]
    [InlineData("plain", "smtp", "on")]
    [InlineData("login", "smtp", "on")]
    [InlineData("scram-sha-256", "smtp", "on")]
    [InlineData("scram-sha-256", "smtps", "off")]
    public async Task Msmtp_authenticates_over_TLS(string mechanism, string door, string startTls)
    {
        var sent = await MsmtpAsync(door, mechanism, startTls, "s3cret");
        sent.ExitCode.ShouldBe(0, sent.ToString());
        await ArrivesAsync(1);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("login")]
    [InlineData("scram-sha-256")]
    public async Task A_wrong_password_is_refused(string mechanism)
    {
        var sent = await MsmtpAsync("smtp", mechanism, "on", "wrong");
        sent.ExitCode.ShouldNotBe(0);
        sent.Error.ShouldContain("535");
    }

    [Fact]
    public async Task What_was_sent_before_STARTTLS_is_forgotten()
    {
        // CVE-2011-0411: a command injected behind STARTTLS in the clear must not be obeyed as if it came encrypted.
        await using var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        await talk.WriteAsync("STARTTLS\r\nNOOP injected\r\n"u8.ToArray());
        var answer = await talk.ReadAnswerAsync();
        if (answer.Code is >= 500)
            return; // refused outright
        try
        {
            await talk.UpgradeAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return; // taken for a bad handshake
        }
        var hello = await talk.SayAsync("EHLO client.test");
        hello.Lines.Count.ShouldBeGreaterThan(1, $"the first answer under TLS is EHLO's, not the injected command's: {hello}");
    }

    [Fact]
    public async Task After_STARTTLS_the_dialogue_begins_anew_and_offers_no_second_one()
    {
        await using var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Lines.ShouldContain(l => l.EndsWith("STARTTLS", StringComparison.Ordinal));
        await talk.StartTlsAsync();
        (await talk.SayAsync("MAIL FROM:<a@client.test>")).Code.ShouldBe(503);
        (await talk.SayAsync("EHLO client.test")).Lines.ShouldNotContain(l => l.EndsWith("STARTTLS", StringComparison.Ordinal));
    }

    private Task<CommandResult> SwaksAsync(string door, params string[] options) => ChildProcess.RunAsync(
        "swaks",
        ["--server", "127.0.0.1", "--port", Port(door), "--helo", "swaks.test", "-f", "a@client.test", "-t", "box@box.test", "--body", "hello", .. options]);

    private Task<CommandResult> MsmtpAsync(string door, string mechanism, string startTls, string password) => ChildProcess.RunAsync(
        "msmtp",
        ["--file=/dev/null", "--host=127.0.0.1", "--port=" + Port(door), "--domain=msmtp.test", "--from=a@client.test", "--tls=on", "--tls-certcheck=off",
         "--tls-starttls=" + startTls, "--auth=" + mechanism, "--user=billing", "--passwordeval=echo " + password, "--", "box@box.test"],
        "Subject: x\n\nhello\n");

    private string Port(string door) => _posthorn.Listener(door).Port.ToString(CultureInfo.InvariantCulture);

    private Task ArrivesAsync(int count) => Until.TrueAsync(
        async () => (await _posthorn.MessagesAsync("box")).Count == count, "the mail is in its mailbox");
}

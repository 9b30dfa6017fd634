using System.Text;

namespace Posthorn.IntegrationTests;

/// <summary>Other people's POP3 clients, unmodified, against the real program: each takes everything that is there, whole, and removes it.</summary>
public sealed class Pop3ClientTests : IAsyncLifetime
{
    private const string User = "orders";
    private const string Password = "s3cret";

    /// <summary>What tends to go wrong on the way: dots, empty lines, 8-bit text, no line end, a header alone, a long line.</summary>
    private static readonly byte[][] s_mails =
    [
        "Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"u8.ToArray(),
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Kind: order\r\n\r\nGrüße, 8-bit\r\n\r\n\r\n"u8.ToArray(),
        "Subject: header alone\r\n\r\n"u8.ToArray(),
        [.. "Subject: long\r\n\r\n"u8, .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n.\r\n", 2_000)))],
    ];

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private PosthornProcess _posthorn = null!;

    private string Port => _posthorn.Listener("pop3").Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public async Task InitializeAsync()
    {
        var (certificate, key) = Certificates.Write(_folder);
        _posthorn = await PosthornProcess.StartAsync($$"""
            tls: { certificate: {{certificate}}, key: {{key}} }
            accounts:
              - { name: {{User}}, password: {{Password}} }
              - { name: admin, password: adm1n, admin: true }
            """);
        _posthorn.Token = "admin:adm1n";
        await using (var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            foreach (var mail in s_mails)
                (await talk.MailAsync("ann@client.test", ["orders@posthorn.test"], mail, " BODY=8BITMIME")).Expect(250);
        }
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync(User)).Count == s_mails.Length, "the mails are in the mailbox");
    }

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pythons_poplib_works_unmodified()
    {
        using var mails = TemporaryFolder.Create();
        for (var i = 0; i < s_mails.Length; i++)
            await File.WriteAllBytesAsync(mails[$"{i}"], s_mails[i]);
        await _posthorn.Client.SendAsync(User, new MemoryStream([0, 1, 255, .. "no mail"u8]), new() { Attributes = new Dictionary<string, string> { ["kind"] = "order" } });

        await ClientScript.RunAsync(38, "/usr/bin/python3", ClientScript.PathOf("pop3.py"), Port, _folder["cert.pem"], mails.Path);

        (await _posthorn.MessagesAsync(User)).Count.ShouldBe(s_mails.Length); // one was removed
    }

    [Fact]
    public async Task Node_pop3_works_unmodified()
    {
        await ClientScript.RunAsync(2 + (3 * s_mails.Length), "node", ClientScript.PathOf("pop3.cjs"), Repository.Tools, Port, User, Password);

        (await _posthorn.MessagesAsync(User)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Getmail_takes_everything_whole()
    {
        Directory.CreateDirectory(_folder["taken"]);
        _folder.Write("getmailrc", $"""
            [retriever]
            type = SimplePOP3Retriever
            server = 127.0.0.1
            port = {Port}
            username = {User}
            password = {Password}
            [destination]
            type = MDA_external
            path = /bin/sh
            arguments = ("-c", "cat > $(mktemp {_folder["taken"]}/XXXXXX)")
            unixfrom = false
            allow_root_commands = true
            [options]
            delete = true
            read_all = true
            received = false
            delivered_to = false
            """);

        var result = await ChildProcess.RunAsync("/usr/bin/getmail", ["--getmaildir", _folder.Path, "--rcfile", _folder["getmailrc"]], within: TimeSpan.FromMinutes(1));

        result.ExitCode.ShouldBe(0, result.ToString());
        CheckWhole([.. Directory.GetFiles(_folder["taken"]).Select(File.ReadAllBytes)]);
        (await _posthorn.MessagesAsync(User)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Fetchmail_takes_everything_whole_over_STLS()
    {
        Directory.CreateDirectory(_folder["fetched"]);
        var rc = _folder.Write("fetchmailrc", $"""
            set no bouncemail
            poll 127.0.0.1 service {Port} protocol pop3 uidl user "{User}" password "{Password}" sslproto "TLS1.2+" no sslcertck
              mda "sh -c 'cat > $(mktemp {_folder["fetched"]}/XXXXXX)'"
              no rewrite
              fetchall

            """);
        File.SetUnixFileMode(rc, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var result = await ChildProcess.RunAsync(
            "/usr/bin/fetchmail", ["--nodetach", "--nosyslog", "--invisible", "--fetchmailrc", rc, "--idfile", _folder["ids"], "--pidfile", _folder["pid"]],
            within: TimeSpan.FromMinutes(1));

        result.ExitCode.ShouldBe(0, result.ToString());
        CheckWhole([.. Directory.GetFiles(_folder["fetched"]).Select(File.ReadAllBytes)]);
        (await _posthorn.MessagesAsync(User)).ShouldBeEmpty();
    }

    /// <summary>Each mail is there once, with whatever stands in front of it; line ends as local files have them.</summary>
    private static void CheckWhole(IReadOnlyList<byte[]> files)
    {
        files.Count.ShouldBe(s_mails.Length);
        var texts = files.Select(f => Encoding.Latin1.GetString(f).ReplaceLineEndings("\n").TrimEnd('\n')).ToList();
        foreach (var mail in s_mails)
        {
            // What a client adds to a header stands before or behind the mail's own fields.
            var text = Encoding.Latin1.GetString(mail).ReplaceLineEndings("\n");
            var body = text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..].TrimEnd('\n');
            var subject = text[..text.IndexOf('\n', StringComparison.Ordinal)];
            texts.Count(t => t.Contains(subject, StringComparison.Ordinal) && t.EndsWith(body, StringComparison.Ordinal)).ShouldBe(1, subject);
        }
    }
}

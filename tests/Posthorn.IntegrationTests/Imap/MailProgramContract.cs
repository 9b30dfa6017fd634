using System.Text;
using Posthorn.IntegrationTests.Harness;
using Shouldly;
using Xunit;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>
/// People's own programs on an IMAP mailbox, unmodified. The contract runs against Dovecot too, which shows that a program is used as it wants to be.
/// </summary>
public abstract class MailProgramContract : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The server's IMAP port; any password is taken.</summary>
    protected abstract int Port { get; }

    public abstract Task InitializeAsync();

    public virtual Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public Task Pythons_imaplib() => ClientScript.RunAsync(100, "/usr/bin/python3", ClientScript.PathOf("imap.py"), $"{Port}", "python");

    [Fact]
    public Task Imapflow() => ClientScript.RunAsync(40, "node", ClientScript.PathOf("imap.cjs"), Repository.Tools, $"{Port}", "flow");

    [Fact]
    public async Task Mbsync_both_ways_and_the_second_run_moves_nothing()
    {
        const string user = "mbsync";
        await using var talk = await LoginAsync(user);
        await AppendAsync(talk, "INBOX", 3);
        (await talk.SayAsync("CREATE Far")).Expect("OK");
        await AppendAsync(talk, "Far", 2);
        Directory.CreateDirectory(_folder["local"]);
        _folder.Write("mbsyncrc", $"""
            IMAPAccount far
            Host 127.0.0.1
            Port {Port}
            User {user}
            Pass secret
            SSLType None
            AuthMechs LOGIN

            IMAPStore far
            Account far

            MaildirStore near
            Path {_folder.Path}/local/
            Inbox {_folder.Path}/local/INBOX
            SubFolders Verbatim

            Channel both
            Far :far:
            Near :near:
            Patterns *
            Create Both
            Expunge Both
            SyncState *

            """);
        await MbsyncAsync();
        (Files("local/INBOX").Count, Files("local/Far").Count).ShouldBe((3, 2));
        Texts("local/INBOX").ShouldContain(t => t.Contains("Subject: mail 2", StringComparison.Ordinal));

        // Here one is written, one is marked and one is removed; there one is marked and one comes.
        File.WriteAllText(_folder["local/INBOX/new/1.local"], "From: a@near.test\nSubject: from here\n\nhello\n");
        var files = Files("local/INBOX").Where(f => !f.EndsWith("1.local", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var marked = files.Single(f => File.ReadAllText(f).Contains("mail 1\r\n", StringComparison.Ordinal) || File.ReadAllText(f).Contains("mail 1\n", StringComparison.Ordinal));
        File.Move(marked, _folder[$"local/INBOX/cur/{Path.GetFileName(marked).Split(':')[0]}:2,FS"]);
        File.Delete(files.First(f => f != marked));
        (await talk.SayAsync("SELECT Far")).Expect("OK");
        (await talk.SayAsync(@"STORE 1 +FLAGS (\Answered)")).Expect("OK");
        await AppendAsync(talk, "Far", 1);
        await MbsyncAsync();
        (Files("local/INBOX").Count, Files("local/Far").Count).ShouldBe((3, 3));
        Files("local/Far").ShouldContain(f => f.EndsWith(":2,R", StringComparison.Ordinal) || f.EndsWith(":2,RS", StringComparison.Ordinal));
        (await talk.SayAsync("SELECT INBOX")).Untagged.ShouldContain("* 3 EXISTS");
        (await talk.SayAsync(@"SEARCH FLAGGED SEEN SUBJECT ""mail 1""")).Untagged.Single().ShouldMatch(@"^\* SEARCH \d+$");
        (await talk.SayAsync(@"SEARCH SUBJECT ""from here""")).Untagged.Single().ShouldMatch(@"^\* SEARCH \d+$");

        var before = Files("local").ToHashSet(StringComparer.Ordinal);
        await MbsyncAsync();
        Files("local").ToHashSet(StringComparer.Ordinal).ShouldBe(before, ignoreOrder: true);
        (await talk.SayAsync("STATUS INBOX (MESSAGES UIDNEXT)")).Untagged.Single().ShouldContain("UIDNEXT 5");
    }

    [Fact]
    public async Task Offlineimap_both_ways()
    {
        const string user = "offline";
        await using var talk = await LoginAsync(user);
        await AppendAsync(talk, "INBOX", 3);
        var rc = _folder.Write("offlineimaprc", $"""
            [general]
            accounts = a
            metadata = {_folder.Path}/meta
            [Account a]
            localrepository = l
            remoterepository = r
            [Repository l]
            type = Maildir
            localfolders = {_folder.Path}/offline
            [Repository r]
            type = IMAP
            remotehost = 127.0.0.1
            remoteport = {Port}
            remoteuser = {user}
            remotepass = secret
            ssl = no
            starttls = no

            """);
        await RunAsync("offlineimap", "-o", "-c", rc, "-u", "basic");
        Files("offline/INBOX").Count.ShouldBe(3);
        File.WriteAllText(_folder["offline/INBOX/new/1.local"], "From: a@near.test\nSubject: from here\n\nhello\n");
        (await talk.SayAsync("SELECT INBOX")).Expect("OK");
        (await talk.SayAsync(@"STORE 1 +FLAGS.SILENT (\Deleted)")).Expect("OK");
        (await talk.SayAsync("EXPUNGE")).Expect("OK");
        await RunAsync("offlineimap", "-o", "-c", rc, "-u", "basic");
        Files("offline/INBOX").Count.ShouldBe(3);
        (await talk.SayAsync("NOOP")).Untagged.ShouldContain("* 3 EXISTS");
        (await talk.SayAsync(@"SEARCH SUBJECT ""from here""")).Untagged.ShouldContain(u => u.StartsWith("* SEARCH 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetchmail_takes_all_and_leaves_nothing()
    {
        const string user = "fetch";
        await using var talk = await LoginAsync(user);
        await AppendAsync(talk, "INBOX", 5);
        var rc = _folder.Write("fetchmailrc", $"""
            set no bouncemail
            poll 127.0.0.1 protocol IMAP port {Port} auth password user "{user}" password "secret" fetchall sslproto '' mda "cat >> {_folder["fetched"]}"

            """);
        File.SetUnixFileMode(rc, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RunAsync("fetchmail", "-f", rc, "--nodetach", "--nosyslog", "--pidfile", _folder["fetchmail.pid"]);
        Lines("fetched", "Subject: mail ").ShouldBe(5);
        (await talk.SayAsync("STATUS INBOX (MESSAGES)")).Untagged.Single().ShouldContain("MESSAGES 0");
        (await ChildProcess.RunAsync("fetchmail", ["-f", rc, "--nodetach", "--nosyslog", "--pidfile", _folder["fetchmail.pid"]])).ExitCode.ShouldBe(1, "fetchmail's word for no mail");
    }

    [Fact]
    public async Task Getmail_takes_all_and_leaves_nothing()
    {
        const string user = "getmail";
        await using var talk = await LoginAsync(user);
        await AppendAsync(talk, "INBOX", 5);
        var rc = _folder.Write("getmailrc", $"""
            [retriever]
            type = SimpleIMAPRetriever
            server = 127.0.0.1
            port = {Port}
            username = {user}
            password = secret
            mailboxes = ("INBOX",)
            [destination]
            type = MDA_external
            path = /bin/sh
            arguments = ("-c", "cat >> {_folder["got"]}")
            allow_root_commands = true
            [options]
            delete = true

            """);
        await RunAsync("getmail", "--getmaildir", _folder.Path, "--rcfile", rc);
        Lines("got", "Subject: mail ").ShouldBe(5);
        (await talk.SayAsync("STATUS INBOX (MESSAGES)")).Untagged.Single().ShouldContain("MESSAGES 0");
        await RunAsync("getmail", "--getmaildir", _folder.Path, "--rcfile", rc);
        Lines("got", "Subject: mail ").ShouldBe(5);
    }

    [Fact]
    public async Task Mutt_reads_a_mail_pipes_it_to_a_command_and_removes_it()
    {
        const string user = "mutt";
        await using var talk = await LoginAsync(user);
        await AppendAsync(talk, "INBOX", 2);
        var rc = _folder.Write("muttrc", $"""
            set folder="imap://{user}:secret@127.0.0.1:{Port}/"
            set spoolfile="+INBOX"
            set ssl_starttls=no
            set ssl_force_tls=no
            set header_cache=
            set delete=yes
            set quit=yes
            set wait_key=no
            set sleep_time=0
            set record=""

            """);
        // Mutt wants a terminal; script(1) is one.
        var keys = $"push \\\"<pipe-message>cat > {_folder["piped"]}<enter><delete-message><sync-mailbox><exit>\\\"";
        var result = await ChildProcess.RunAsync(
            "/usr/bin/script", ["-qec", $"mutt -F {rc} -e \"{keys}\"", "/dev/null"],
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder.Path, ["TERM"] = "xterm" });
        result.ExitCode.ShouldBe(0, result.ToString());
        File.ReadAllText(_folder["piped"]).ShouldContain("Subject: mail 1");
        (await talk.SayAsync("STATUS INBOX (MESSAGES)")).Untagged.Single().ShouldContain("MESSAGES 1");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, within: TimeSpan.FromMinutes(2));
        result.ExitCode.ShouldBe(0, result.ToString());
    }

    private static async Task AppendAsync(ImapTalk talk, string mailbox, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            var mail = $"From: Ann <ann@client.test>\r\nTo: mq@posthorn.test\r\nSubject: mail {i}\r\nMessage-ID: <{mailbox}.{i}.{Guid.NewGuid():N}@client.test>\r\n\r\nbody {i}\r\n";
            (await talk.SayAsync($"APPEND {mailbox} {{{Encoding.Latin1.GetByteCount(mail)}+}}\r\n{mail}")).Expect("OK");
        }
    }

    private async Task<ImapTalk> LoginAsync(string user)
    {
        var talk = await ImapTalk.ConnectAsync(Port);
        (await talk.SayAsync($"LOGIN {user} secret")).Expect("OK");
        return talk;
    }

    private Task MbsyncAsync() => RunAsync("mbsync", "-c", _folder["mbsyncrc"], "-a");

    private List<string> Files(string maildir) =>
        [.. Directory.EnumerateFiles(_folder[maildir], "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(Path.GetDirectoryName(f)) is "cur" or "new")];

    private IEnumerable<string> Texts(string maildir) => Files(maildir).Select(File.ReadAllText);

    private int Lines(string file, string start) => File.ReadLines(_folder[file]).Count(l => l.StartsWith(start, StringComparison.Ordinal));
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Posthorn.IntegrationTests;

/// <summary>
/// Russell Coker's load tools, unmodified: postal sends mails of random lines, each with the hash of its body; rabid reads them over POP3, deletes them and
/// checks the hashes. Both run until they are stopped, and write down every line that goes over their connections, and a log where they are started.
/// (rabid's IMAP is a promise: its manual says so.)
/// </summary>
public sealed partial class LoadToolTests
{
    private const int Threads = 2;
    private const string SpoiltId = "spoilt@posthorn.test";
    private const string SpoiltHash = "43f80260befeecb1a7a0afe7eb9eee32";

    // Both tools take their time, and in the long form other long tests run beside them.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(Repository.IsLong ? 20 : 5);

    private static readonly string[] s_users = ["ann", "bob", "eve", "joe", "sue"];

    [Fact]
    public async Task What_postal_sends_rabid_reads_each_mail_once_and_whole()
    {
        var least = Repository.IsLong ? 5_000 : 300;
        using var folder = TemporaryFolder.Create();
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            log: { messages: false }
            accounts:
              - { name: admin, password: adm1n, admin: true }
            {{string.Join('\n', s_users.Select(u => $"  - {{ name: {u}, password: s3cret }}"))}}
            """);
        posthorn.Token = "admin:adm1n";
        var users = folder.Write("users", string.Concat(s_users.Select(u => $"{u}@posthorn.test s3cret\n")));

        var queued = await SendAsync(posthorn, users, folder["sent"], least);
        await SendSpoiltAsync(posthorn);

        var read = await ReadAsync(posthorn, users, folder["read"], queued);

        (read.Count - queued.Count).ShouldBeInRange(0, Threads, "what each of postal's threads had begun when it ended");
        read.Distinct(StringComparer.Ordinal).Count().ShouldBe(read.Count, "a mail was read twice");
        Repository.Report("postal and rabid", $"{queued.Count} mails sent, {read.Count} read, each once and whole");
    }

    /// <summary>Lets postal send until enough is in the mailboxes.</summary>
    /// <returns>What postal was told is queued.</returns>
    private static async Task<List<string>> SendAsync(PosthornProcess posthorn, string users, string log, int least)
    {
        string[] arguments = ["-m", "8", "-t", $"{Threads}", "-c", "5", "-r", "20000", "-z", log, $"[127.0.0.1]{posthorn.Smtp.Port}", users];
        await using var postal = ChildProcess.Start("/usr/bin/stdbuf", ["-oL", "/usr/sbin/postal", .. arguments], workingDirectory: Path.GetDirectoryName(log));
        await Until.TrueAsync(async () => postal.HasExited || await WaitingAsync(posthorn) >= least, $"{least} mails are there", s_patience);
        postal.HasExited.ShouldBeFalse($"{postal.Output}\n{postal.Error}");
        postal.Signal(ChildProcess.Interrupt); // it writes its logs down and stays
        await Until.TrueAsync(async () => QueuedIn(log).Count == await WaitingAsync(posthorn), "what is there is what postal was told is queued");
        await postal.KillAsync();
        return QueuedIn(log);
    }

    private static List<string> QueuedIn(string log)
    {
        var queued = new List<string>();
        foreach (var file in Logs(log))
        {
            string? mail = null;
            foreach (var line in File.ReadAllLines(file, Encoding.Latin1))
            {
                mail = Name(line, mail);
                if (mail is null || !QueuedLine().IsMatch(line))
                    continue;
                queued.Add(mail);
                mail = null;
            }
        }
        return queued;
    }

    /// <summary>A mail with a hash that is not its own: rabid would tell if any were spoilt.</summary>
    private static async Task SendSpoiltAsync(PosthornProcess posthorn)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        var mail = "From: <ann@posthorn.test>\r\nTo: <bob@posthorn.test>\r\nSubject: spoilt\r\nDate: Fri, 27 Nov 2026 07:10:46 +0000\r\nMessage-Id: <" + SpoiltId + ">\r\n"
            + "X-PostalHash: " + SpoiltHash + "\r\nX-Postal: 0.75 - the mad postman.\r\n\r\nhello\r\n";
        (await talk.MailAsync("ann@posthorn.test", ["bob@posthorn.test"], Encoding.ASCII.GetBytes(mail))).Expect(250);
    }

    /// <summary>Lets rabid read until nothing is left.</summary>
    /// <returns>What it read and deleted, the spoilt mail left out: it asks for that once more before it complains.</returns>
    private static async Task<List<string>> ReadAsync(PosthornProcess posthorn, string users, string log, IReadOnlyList<string> sent)
    {
        var port = posthorn.Listener("pop3").Port.ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["-u", "-p", $"{Threads}", "-r", "6000", "-c", "20", "-z", log, $"[127.0.0.1]{port}", users];
        await using var rabid = ChildProcess.Start("/usr/bin/stdbuf", ["-oL", "/usr/sbin/rabid", .. arguments], workingDirectory: Path.GetDirectoryName(log));
        await Until.TrueAsync(async () => rabid.HasExited || (await WaitingAsync(posthorn) == 0 && !sent.Except(ReadIn(log), StringComparer.Ordinal).Any()), "everything that was acknowledged is read, and nothing is left", s_patience);
        rabid.HasExited.ShouldBeFalse($"{rabid.Output}\n{rabid.Error}");
        await rabid.KillAsync();

        var complaints = rabid.OutputLines.Concat(rabid.Error.Split('\n')).Where(l => l.Contains("mis-match", StringComparison.Ordinal)).ToList();
        complaints.Count.ShouldBe(1, string.Join('\n', complaints));
        complaints[0].ShouldContain("expected " + SpoiltHash);
        var read = ReadIn(log);
        read.RemoveAll(m => m.StartsWith(SpoiltId, StringComparison.Ordinal)).ShouldBeGreaterThan(0);
        return read;
    }

    private static List<string> ReadIn(string log)
    {
        var read = new List<string>();
        foreach (var file in Logs(log))
        {
            string? mail = null;
            foreach (var line in File.ReadAllLines(file, Encoding.Latin1))
            {
                var before = mail;
                mail = Name(line, mail);
                if (mail != before && HashLine().IsMatch(line))
                    read.Add(mail!);
            }
        }
        return read;
    }

    /// <summary>
    /// What a mail is known by, once its lines have been seen: its Message-ID with its hash. Postal makes the one of the second, a number below a thousand, its
    /// thread and the sender, and so gives some of a few hundred mails the same.
    /// </summary>
    private static string? Name(string line, string? mail) =>
        MessageIdLine().Match(line) is { Success: true } id ? id.Groups["id"].Value
        : HashLine().Match(line) is { Success: true } hash && mail is not null ? $"{mail} {hash.Groups["hash"].Value}"
        : mail;

    private static string[] Logs(string name) => Directory.GetFiles(Path.GetDirectoryName(name)!, Path.GetFileName(name) + ":*");

    /// <summary>What is in the mailboxes and on its way there.</summary>
    private static async Task<long> WaitingAsync(PosthornProcess posthorn) =>
        (await posthorn.Client.ListQueuesAsync()).Sum(q => q.Messages);

    [GeneratedRegex("^Message-Id: <(?<id>[^>]+)>", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex MessageIdLine();

    [GeneratedRegex("^X-PostalHash: (?<hash>[0-9a-f]{32})", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex HashLine();

    [GeneratedRegex("^250 2\\.0\\.0 Ok: queued as [0-9A-Z]{13}", RegexOptions.None, 1_000)]
    private static partial Regex QueuedLine();
}

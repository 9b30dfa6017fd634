using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests;

/// <summary>A served store moved into a database and back by the command: a mail program that comes again finds its mailbox as it left it.</summary>
public sealed class MigrateTests
{
    private const int Mails = 30;
    private const int Messages = 6_000;

    private static string On(string connectionString) => $"engine: {{ postgres: \"{connectionString}\" }}\n";

    [Fact]
    public async Task A_mailbox_is_the_same_to_IMAP_after_a_move_to_PostgreSQL_and_back()
    {
        await using var database = await DatabaseServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (data, back) = (folder["data"], folder["back"]);
        IReadOnlyList<string> before;
        await using (var posthorn = await PosthornProcess.StartAsync(data: data))
        {
            await SendAsync(posthorn);
            await using (var imap = await LoginAsync(posthorn))
            {
                (await imap.SayAsync("SELECT INBOX")).Expect("OK");
                (await imap.SayAsync("STORE 1:5 +FLAGS (\\Seen $Work)")).Expect("OK");
                (await imap.SayAsync("STORE 7,9 +FLAGS (\\Deleted)")).Expect("OK");
                (await imap.SayAsync("EXPUNGE")).Expect("OK");
            }
            before = await MailboxAsync(posthorn);
            before.Count(line => line.Contains("FETCH", StringComparison.Ordinal)).ShouldBe(Mails - 2);
            (await MigrateAsync(data, database.ConnectionString)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(1), r => r.Error.ShouldContain("in use"));
            (await posthorn.StopAsync()).ShouldBe(0);
        }

        (await MigrateAsync(data, database.ConnectionString, "--dry-run")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0, r.ToString()), r => r.Output.ShouldContain("nothing was changed"));
        var moved = await MigrateAsync(data, database.ConnectionString);
        moved.ShouldSatisfyAllConditions(
            r => r.ExitCode.ShouldBe(0, r.ToString()), r => r.Output.ShouldContain("both hold the same"), r => r.Output.ShouldContain(Path.Combine(data, "timeline")),
            r => r.Error.ShouldContain("copying: "), r => r.Error.ShouldContain("comparing: "));
        (await MigrateAsync(data, database.ConnectionString)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(4), r => r.Error.ShouldContain("not empty"));
        JsonNode.Parse((await MigrateAsync(data, database.ConnectionString, "--verify", "--json")).Output)!["isSame"]!.GetValue<bool>().ShouldBeTrue();

        await using (var posthorn = await PosthornProcess.StartAsync(On(database.ConnectionString)))
        {
            (await MailboxAsync(posthorn)).ShouldBe(before);
            var refused = await MigrateAsync(database.ConnectionString, back);
            refused.ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(4, r.ToString()), r => r.Error.ShouldContain("Stop all servers"));
            (await posthorn.StopAsync()).ShouldBe(0);
        }
        (await MigrateAsync(database.ConnectionString, back)).ExitCode.ShouldBe(0);
        await using (var posthorn = await PosthornProcess.StartAsync(data: back))
        {
            (await MailboxAsync(posthorn)).ShouldBe(before);
            (await posthorn.StopAsync()).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_command_that_is_killed_goes_on_and_no_server_starts_on_what_is_half_there()
    {
        await using var database = await DatabaseServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (data, back) = (folder["data"], folder["back"]);
        await using (var posthorn = await PosthornProcess.StartAsync(data: data))
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, token) =>
                await posthorn.Client.SendAsync("jobs", Encoding.ASCII.GetBytes($"job {i}"), cancellationToken: token));
            (await posthorn.StopAsync()).ShouldBe(0);
        }
        await KilledAsync(data, database.ConnectionString, async () => (bool)(await database.AskAsync("SELECT to_regclass('posthorn.deliveries') IS NOT NULL"))!
            && (long)(await database.AskAsync("SELECT count(*) FROM posthorn.deliveries"))! > 0);
        var refused = await PosthornProcess.RefuseAsync(On(database.ConnectionString));
        refused.ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(1), r => r.Error.ShouldContain("posthorn migrate"));
        (await MigrateAsync(data, database.ConnectionString, "--dry-run")).Output.ShouldContain("moved by an earlier attempt");
        (await MigrateAsync(data, database.ConnectionString)).ExitCode.ShouldBe(0);

        await KilledAsync(database.ConnectionString, back, () => Task.FromResult(Directory.Exists(Path.Combine(back, "journal", "segments"))));
        (await PosthornProcess.RefuseAsync("", back)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(1), r => r.Error.ShouldContain("posthorn migrate"));
        var moved = await MigrateAsync(database.ConnectionString, back);
        moved.ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0, r.ToString()), r => r.Output.ShouldContain("6,000 messages"));
    }

    [Fact]
    public async Task Large_bodies_go_from_a_folder_into_a_bucket()
    {
        await using var s3 = await S3Server.StartAsync();
        using var folder = new TemporaryFolder();
        var (data, bodies, other) = (folder["data"], folder["bodies"], folder["other"]);
        Directory.CreateDirectory(bodies);
        IReadOnlyList<string> before;
        await using (var posthorn = await PosthornProcess.StartAsync($"engine: {{ bodies: {bodies} }}\n", data: data))
        {
            await SendAsync(posthorn);
            before = await MailboxAsync(posthorn);
            (await posthorn.StopAsync()).ShouldBe(0);
        }
        (await MigrateAsync(data, other)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(1), r => r.Error.ShouldContain("--from-bodies"));
        (await MigrateAsync(data, other, "--from-bodies", bodies, "--to-bodies", s3.Address())).ExitCode.ShouldBe(0);
        s3.Objects().Count(size => size > 128 << 10).ShouldBe(Enumerable.Range(0, Mails).Count(i => i * 9_000 > 128 << 10));
        await using (var posthorn = await PosthornProcess.StartAsync($"engine: {{ bodies: \"{s3.Address()}\" }}\n", data: other))
        {
            (await MailboxAsync(posthorn)).ShouldBe(before);
            (await posthorn.StopAsync()).ShouldBe(0);
        }
    }

    /// <summary>Kills the command when it has begun.</summary>
    private static async Task KilledAsync(string from, string to, Func<Task<bool>> hasBegun)
    {
        await using var process = ChildProcess.Start(Repository.Program, ["migrate", "--from", from, "--to", to]);
        await Until.TrueAsync(() => process.HasExited || process.Error.Contains("copying: ", StringComparison.Ordinal), "it copies");
        await Until.TrueAsync(async () => process.HasExited || await hasBegun(), "it has begun");
        process.HasExited.ShouldBeFalse("it was to be killed in the middle");
        await process.KillAsync();
    }

    private static Task<CommandResult> MigrateAsync(string from, string to, params string[] more) =>
        ChildProcess.RunAsync(Repository.Program, ["migrate", "--from", from, "--to", to, .. more]);

    private static async Task SendAsync(PosthornProcess posthorn)
    {
        await using (var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            for (var i = 0; i < Mails; i++)
                (await talk.MailAsync("ann@client.test", ["box@posthorn.test"], Encoding.ASCII.GetBytes($"Subject: mail {i}\r\n\r\n{new string('x', i * 9_000)}\r\n"))).Code.ShouldBe(250);
        }
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box")).Count == Mails, "all is in the mailbox");
    }

    private static async Task<ImapTalk> LoginAsync(PosthornProcess posthorn)
    {
        var imap = await ImapTalk.ConnectAsync(posthorn.Listener("imap").Port);
        (await imap.SayAsync("LOGIN box secret")).Expect("OK");
        return imap;
    }

    /// <summary>What a mail program would keep of the mailbox, and the mails themselves.</summary>
    private static async Task<IReadOnlyList<string>> MailboxAsync(PosthornProcess posthorn)
    {
        await using var imap = await LoginAsync(posthorn);
        var status = (await imap.SayAsync("STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)")).Expect("OK").Untagged;
        (await imap.SayAsync("EXAMINE INBOX")).Expect("OK");
        var mails = (await imap.SayAsync("UID FETCH 1:* (FLAGS INTERNALDATE MODSEQ RFC822.SIZE BODY.PEEK[])")).Expect("OK").Untagged;
        // HIGHESTMODSEQ may be higher after a start of any engine; of a mail its bytes count, which would fill a screen when one was another.
        return [.. status, .. mails.Where(line => !line.Contains("HIGHESTMODSEQ", StringComparison.Ordinal))
            .Select(line => $"{line.Split('\n')[0]} {Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(line)))}")];
    }
}

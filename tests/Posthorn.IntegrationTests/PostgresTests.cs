using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests;

/// <summary>The whole program on a database: what came in is there by every door, and a database that cannot be used is told as such.</summary>
public sealed partial class PostgresTests
{
    private const int Mails = 60;

    private static string On(string connectionString) => $"engine: {{ postgres: \"{connectionString}\" }}\nqueues: {{ jobs: {{ visibility-timeout: 10s }} }}\n";

    [Fact]
    public async Task Mail_that_came_in_by_SMTP_goes_out_by_IMAP_and_SQS_though_the_database_crashes_in_between()
    {
        await using var database = await DatabaseServer.StartAsync();
        await using var posthorn = await PosthornProcess.StartAsync(On(database.ConnectionString));
        var acknowledged = new ConcurrentQueue<string>();
        var sending = Task.WhenAll(SendAsync(posthorn, "box", acknowledged), SendAsync(posthorn, "jobs", acknowledged));
        await Until.TrueAsync(() => acknowledged.Count >= Mails / 2, "half of one is accepted");
        await CrashAsync(database);
        await sending;
        acknowledged.Count.ShouldBe(2 * Mails);

        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box")).Count >= Mails && (await posthorn.MessagesAsync("jobs")).Count >= Mails, "all is in its mailbox", TimeSpan.FromMinutes(1));
        await using var consumer = ChildProcess.Start("/usr/bin/python3", [ClientScript.PathOf("consume.py"), "sqs", posthorn.Http.ToString(), "jobs"]);
        await Until.TrueAsync(() => Got(consumer).Count >= 5, "SQS gives messages out", TimeSpan.FromMinutes(1));
        await CrashAsync(database);
        await Until.TrueAsync(() => consumer.HasExited || Got(consumer).Count >= Mails, "SQS has given out all", TimeSpan.FromMinutes(1));
        Got(consumer).Order(StringComparer.Ordinal).ShouldBe(Names("jobs"), consumer.Error);

        // And the program itself, killed and started on an empty folder: everything is in the database.
        await posthorn.KillAsync();
        Directory.Delete(posthorn.DataFolder, recursive: true);
        await posthorn.StartAgainAsync();
        await using var imap = await ImapTalk.ConnectAsync(posthorn.Listener("imap").Port);
        (await imap.SayAsync("LOGIN box secret")).Expect("OK");
        (await imap.SayAsync("SELECT INBOX")).Expect("OK");
        var fetched = (await imap.SayAsync("UID FETCH 1:* (BODY.PEEK[])")).Expect("OK");
        fetched.Untagged.Select(m => Subject().Match(m)).Where(m => m.Success).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ShouldBe(Names("box"));
        (await posthorn.Client.GetQueueAsync("jobs")).Messages.ShouldBe(0);
        (await posthorn.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_cannot_be_used_is_told_with_what_to_do()
    {
        await using var database = await DatabaseServer.StartAsync();
        await database.AskAsync("CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'right'; CREATE ROLE plain LOGIN");
        await (await PosthornProcess.StartAsync(On(database.ConnectionString))).DisposeAsync();
        await database.AskAsync("INSERT INTO posthorn.schema_versions (version) VALUES (99)");

        await RefusedAsync(database.With(s => (s.Username, s.Password) = ("secretive", "wr0ng")), "'secretive'", "pg_hba.conf");
        await RefusedAsync(database.With(s => s.Database = "nowhere"), "createdb nowhere");
        await RefusedAsync(database.With(s => s.Port = FreePort.Take()), "cannot be reached");
        await RefusedAsync(database.With(s => s.Username = "plain") + "\", schema: \"elsewhere", "CREATE on the database");
        await RefusedAsync(database.ConnectionString, "version 99");
        await RefusedAsync("Hots=127.0.0.1", "connection string");
    }

    private static async Task RefusedAsync(string connectionString, params string[] hints)
    {
        var refused = await PosthornProcess.RefuseAsync($"engine: {{ postgres: \"{connectionString}\" }}\n");
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        refused.Output.ShouldNotContain("ready");
        refused.Error.ShouldContain("engine.postgres");
        foreach (var hint in hints)
            refused.Error.ShouldContain(hint);
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
        (refused.Output + refused.Error).ShouldNotContain("wr0ng");
    }

    private static async Task CrashAsync(DatabaseServer database)
    {
        await database.StopAsync("immediate");
        await database.StartAgainAsync();
    }

    /// <summary>Sends mails one after the other, each again until it is accepted.</summary>
    private static async Task SendAsync(PosthornProcess posthorn, string box, ConcurrentQueue<string> acknowledged)
    {
        var left = new Queue<string>(Names(box));
        while (left.Count > 0)
        {
            try
            {
                await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
                (await talk.SayAsync("EHLO client.test")).Expect(250);
                while (left.Count > 0 && (await talk.MailAsync("ann@client.test", [$"{box}@posthorn.test"], Encoding.ASCII.GetBytes($"Subject: {left.Peek()}\r\n\r\nbody\r\n"))).Code == 250)
                    acknowledged.Enqueue(left.Dequeue());
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // A door that says 421 because the database is away: once more.
            }
        }
    }

    private static IEnumerable<string> Names(string box) => Enumerable.Range(0, Mails).Select(i => $"{box} {i:00}");

    private static List<string> Got(ChildProcess consumer) =>
        [.. consumer.OutputLines.Where(l => l.StartsWith("got ", StringComparison.Ordinal)).Select(l => l[4..]).Distinct()];

    [GeneratedRegex("(?im)^Subject: (.*?)\r?$", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Subject();
}

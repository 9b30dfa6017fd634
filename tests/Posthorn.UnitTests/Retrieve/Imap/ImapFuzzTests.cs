using System.Text;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>
/// Dialogues that were right and then were damaged. Whatever comes, the session ends, nothing stays leased or watched, and no fault of ours is logged.
/// A long run tries a million (<see cref="FuzzSeeds"/>).
/// </summary>
public sealed class ImapFuzzTests
{
    private static readonly string[] s_lines =
    [
        "LOGIN billing s3cret", "LOGIN {7}\r\nbilling {6+}\r\ns3cret", "AUTHENTICATE PLAIN", "AGJpbGxpbmcAczNjcmV0", "AUTHENTICATE PLAIN AGJpbGxpbmcAczNjcmV0", "*", "CAPABILITY", "NOOP",
        "ENABLE QRESYNC UTF8=ACCEPT", "ENABLE IMAP4rev2", "ID (\"name\" \"x\")", "NAMESPACE", "SELECT INBOX", "SELECT INBOX (CONDSTORE)", "SELECT INBOX (QRESYNC (1 1 1:9 (1:2 1:2)))",
        "EXAMINE INBOX", "SELECT Folder", "CREATE Folder", "CREATE A/B/C", "CREATE Sent2 (USE (\\Sent))", "DELETE Folder", "RENAME Folder Other", "RENAME INBOX Old", "SUBSCRIBE Folder",
        "UNSUBSCRIBE Folder", "LIST \"\" *", "LIST \"\" (INBOX \"%\") RETURN (STATUS (MESSAGES SIZE))", "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" *", "LSUB \"\" %", "STATUS INBOX (MESSAGES HIGHESTMODSEQ DELETED-STORAGE)",
        "APPEND INBOX {5+}\r\na: b\n", "APPEND INBOX (\\Seen $Lease x) {5}\r\na: b\n {3+}\r\nx:y", "APPEND INBOX ~{4+}\r\n\0\0\0\0", "IDLE\r\nDONE", "IDLE", "DONE", "GETQUOTAROOT INBOX", "GETQUOTA billing",
        "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "UID EXPUNGE 1:*", "SEARCH ALL", "UID SEARCH RETURN (SAVE MIN COUNT) OR SEEN NOT SUBJECT x", "SEARCH $ TEXT hello LARGER 3 SINCE 1-Jan-2020",
        "SORT (REVERSE DATE SUBJECT FROM) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL", "UID THREAD ORDEREDSUBJECT US-ASCII 1:*", "FETCH 1:* ALL", "FETCH * (BODY[1.MIME] BODY[HEADER.FIELDS (SUBJECT)]<2.5> BINARY[1] BINARY.SIZE[1])",
        "UID FETCH 1:* (FLAGS BODYSTRUCTURE EMAILID THREADID) (CHANGEDSINCE 1 VANISHED)", "FETCH 1 BODY[]", "STORE 1:* +FLAGS ($Lease)", "UID STORE 1:* (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Deleted $Lease)",
        "STORE 1 -FLAGS ($Lease)", "STORE 1 FLAGS (\\Seen a b c)", "COPY 1:* Folder", "MOVE 1 Folder", "UID MOVE 1:* INBOX", "COMPRESS GZIP", "LOGOUT", "GET / HTTP/1.1", "", " ", "FETCH 99999999999 FLAGS",
    ];

    private static readonly string[][] s_scenes =
    [
        ["LOGIN billing s3cret", "SELECT INBOX", "FETCH 1:* ALL", "STORE 1 +FLAGS ($Lease)", "FETCH 1 BODY[]", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE", "LOGOUT"],
        ["LOGIN billing s3cret", "ENABLE QRESYNC", "SELECT INBOX", "UID SEARCH RETURN (SAVE) ALL", "UID FETCH $ (FLAGS)", "CREATE Folder", "MOVE 1 Folder", "CLOSE"],
        ["AUTHENTICATE PLAIN AGJpbGxpbmcAczNjcmV0", "APPEND INBOX {5+}\r\na: b\n", "SELECT INBOX", "IDLE\r\nDONE", "SORT (DATE) UTF-8 ALL"],
        ["LOGIN billing s3cret", "LIST \"\" *", "CREATE A/B/C", "RENAME A B", "STATUS INBOX (MESSAGES)", "SELECT B/B/C"],
    ];

    [Fact]
    public Task Damaged_dialogues_do_no_damage() => FuzzSeeds.PlayAsync(10_000, longCount: 1_000_000, perHost: 250, async seeds =>
    {
        await using var host = new ImapHost(new PosthornOptions
        {
            Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }],
            Imap = new ImapOptions { ErrorDelay = TimeSpan.Zero, LineBytesMax = 8_192, LiteralBytesMax = 4_096 },
        });
        foreach (var seed in seeds)
        {
            while (host.Engine.Status(Posthorn.Queues.QueueName.Parse("billing")) is not { Messages: >= 2 })
                await host.AddAsync();
            var heard = await PlayAsync(host, seed);
            heard.ShouldEndWith("\r\n", customMessage: $"seed {seed}");
            host.Engine.Queues().Sum(q => q.Leased).ShouldBe(0, $"seed {seed}: {heard}");
            host.Context.Views.Count.ShouldBe(0, $"seed {seed}");
            host.Connections.ShouldBe(0, $"seed {seed}");
            host.Log.Lines.Where(l => l.Level >= LogLevel.Error).ShouldBeEmpty($"seed {seed}: {heard}");
        }
    });

    private static byte[] Damaged(Random random)
    {
        var lines = s_scenes[random.Next(s_scenes.Length)].ToList();
        for (var changes = random.Next(8); changes > 0; changes--)
        {
            var at = random.Next(lines.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < lines.Count && lines.Count > 1:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines.Insert(at, new string('x', random.Next(9_000)));
                    break;
                default:
                    lines.Insert(at, s_lines[random.Next(s_lines.Length)]);
                    break;
            }
        }
        return DamagedDialogue.Damage(string.Concat(lines.Select((l, i) => $"a{i} {l}" + (random.Next(60) == 0 ? "\n" : "\r\n"))), Encoding.Latin1, random);
    }

    private static Task<string> PlayAsync(ImapHost host, int seed) =>
        DamagedDialogue.PlayAsync(seed, host.Connect(pipes: DamagedDialogue.Inline), Damaged(new Random(seed)), Encoding.Latin1);
}

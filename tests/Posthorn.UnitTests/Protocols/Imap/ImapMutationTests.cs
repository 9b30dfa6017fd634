using System.Text;
using Posthorn.Protocols.Imap.Reading;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Valid dialogues, damaged at random from a seed; POSTHORN_LONG=1 tries a million.</summary>
public sealed class ImapMutationTests
{
    private const int Seed = 20261127;

    private static readonly ImapLimits s_limits = new() { LineBytesMax = 400, LiteralBytesMax = 200, SearchDepthMax = 8, SearchKeysMax = 20, SequenceMembersMax = 20, ListItemsMax = 10, AppendMessagesMax = 3 };

    private static readonly string[] s_seeds =
    [
        "a LOGIN \"joe\" {4}\r\nabcd\r\nb CAPABILITY\r\n",
        "a AUTHENTICATE PLAIN AGEAYg==\r\nb ID (\"name\" \"x\" \"v\" NIL)\r\nc ENABLE CONDSTORE QRESYNC\r\n",
        "a SELECT INBOX (QRESYNC (67890007 2005 41,43:211 (1,5 41,44)) CONDSTORE)\r\nb EXAMINE \"&ZeVnLIqe-\"\r\n",
        "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (\"a%\" b*) RETURN (CHILDREN STATUS (MESSAGES SIZE))\r\nb LSUB \"\" %\r\n",
        "a STATUS {5+}\r\nINBOX (UIDNEXT MAILBOXID)\r\nb CREATE x (USE (\\Sent))\r\nc RENAME a b/c\r\nd SETQUOTA \"\" (STORAGE 5)\r\n",
        "a APPEND INBOX (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {12}\r\nA: b\r\n\r\ntext {3+}\r\nxyz\r\nb NOOP\r\n",
        "a APPEND {1+}\r\nx UTF8 (~{4+}\r\na\0bc)\r\nb IDLE\r\nDONE\r\n",
        "a UID FETCH 1:*,5 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (Date {4+}\r\nFrom)]<0.10> BINARY.SIZE[1]) (CHANGEDSINCE 5 VANISHED)\r\n",
        "a FETCH $ FULL\r\nb STORE 1:3 (UNCHANGEDSINCE 7) +FLAGS.SILENT ($Lease \\Seen)\r\nc UID MOVE 5 x\r\nd EXPUNGE\r\n",
        "a UID SEARCH RETURN (MIN SAVE) CHARSET UTF-8 OR (FROM x NOT SEEN) TEXT {2+}\r\nab SINCE 1-Feb-1994 MODSEQ \"/flags/a\" all 5 1:5\r\n",
        "a SORT (REVERSE DATE SUBJECT) UTF-8 UID 1:5 LARGER 5\r\nb THREAD REFERENCES US-ASCII ALL OLDER 5\r\n",
    ];

    private static readonly byte[][] s_splices =
        new[] { "\r\n", "\n", "\r", "{3}\r\n", "{3+}\r\n", "{0+}\r\n", "~{2}\r\n", "{99999999999999999999+}\r\n", "(", ")", "((((((((", "\"", "\\", "*", "$", ":", ",", "NIL", " ", "[", "]", "<0.5>", "&", "\0", "\xFF", "NOT ", "OR ", "APPEND ", "x APPEND y {2+}\r\nab\r\n" }
            .Select(Encoding.Latin1.GetBytes).ToArray();

    [Fact]
    public void Damaged_dialogues_are_survived_and_mean_the_same_in_pieces()
    {
        var mutations = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1" ? 1_000_000 : 20_000;
        var random = new Random(Seed);
        for (var i = 0; i < mutations; i++)
        {
            var bytes = Mutated(random);
            try
            {
                var whole = new ImapDialogue(s_limits);
                whole.Feed(bytes);
                whole.PendingLength.ShouldBeLessThan(s_limits.LineBytesMax);
                var pieces = new ImapDialogue(s_limits);
                for (var at = 0; at < bytes.Length;)
                {
                    var length = Math.Min(random.Next(1, 30), bytes.Length - at);
                    pieces.Feed(bytes.AsSpan(at, length));
                    at += length;
                }
                pieces.Found.ShouldBe(whole.Found);
                pieces.PendingLength.ShouldBe(whole.PendingLength);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Mutation {i} of seed {Seed} failed on:\n{Encoding.Latin1.GetString(bytes)}", e);
            }
        }
    }

    [Fact]
    public void The_undamaged_dialogues_are_all_understood()
    {
        foreach (var seed in s_seeds)
            ImapDialogue.Of(seed).ShouldNotContain(f => f.Contains(" BAD ", StringComparison.Ordinal) && !f.StartsWith("DONE", StringComparison.Ordinal), seed);
    }

    private static byte[] Mutated(Random random)
    {
        var bytes = new List<byte>();
        for (var count = random.Next(1, 4); count > 0; count--)
            bytes.AddRange(Encoding.Latin1.GetBytes(s_seeds[random.Next(s_seeds.Length)]));
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(at / 2 + 1), Math.Min(at / 2, 150)));
                    break;
                default:
                    bytes.InsertRange(at, s_splices[random.Next(s_splices.Length)]);
                    break;
            }
        }
        return [.. bytes];
    }
}

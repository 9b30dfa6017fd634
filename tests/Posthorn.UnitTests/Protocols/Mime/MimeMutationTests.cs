using System.Diagnostics;
using System.Text;
using Posthorn.Protocols.Dsn;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

/// <summary>Real mails, damaged at random from a seed; POSTHORN_LONG=1 tries millions.</summary>
public sealed class MimeMutationTests
{
    private const int Seed = 20261121;

    private static readonly byte[][] Splices =
        new[] { "\r\n", "\n", "\r", "\r\n\r\n", "--", "\n--", ":", ";", "=", "=?utf-8?q?", "?=", "\"", "(", "<", "%", "*", "\0", "boundary=", "Content-Type: multipart/mixed; boundary=x\n", "\n--x\n" }
            .Select(Encoding.Latin1.GetBytes).ToArray();

    [Fact]
    public void Damaged_mails_are_survived()
    {
        var mutations = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1" ? 3_000_000 : 20_000;
        // Of the largest mails the beginning: what follows is attachments, and twenty thousand copies of them would only cost time.
        var originals = Corpus.Names.Select(name => Corpus.Read(name)).Select(bytes => bytes.AsSpan(0, Math.Min(bytes.Length, 6000)).ToArray()).ToArray();
        var random = new Random(Seed);
        for (var i = 0; i < mutations; i++)
        {
            var original = originals[random.Next(originals.Length)];
            var mail = Mutate(original, random);
            try
            {
                MimeInvariants.AskEverything(mail, MimeInvariants.Check(mail, MimeLimits.Default));
                DeliveryStatusReport.Parse(mail);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Mutation {i} of seed {Seed} failed on:\n{Encoding.Latin1.GetString(mail)}", e);
            }
        }
    }

    [Fact]
    public void A_header_that_repeats_what_is_searched_for_is_read_in_a_moment()
    {
        string[] patterns = ["=?a?q?", "=?", "(", ")", "<", "\"", "\\", ":", ";", ",", "@", "a*0=b;", "filename*0*=x;", "%", "\r\n ", "a@b,", "(()"];
        var began = Stopwatch.GetTimestamp();
        foreach (var pattern in patterns)
        {
            var value = string.Concat(Enumerable.Repeat(pattern, 100_000 / pattern.Length));
            var mail = Encoding.ASCII.GetBytes($"Content-Type: text/plain; {value}\r\nContent-Disposition: attachment; {value}\r\nTo: {value}\r\n\r\n{value}");
            MimeInvariants.AskEverything(mail, MimeInvariants.Check(mail, new MimeLimits { FieldBytesMax = 1024 * 1024 }));
        }
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var mail = new List<byte>(original);
        for (var changes = random.Next(1, 8); changes > 0 && mail.Count > 0; changes--)
        {
            var at = random.Next(mail.Count);
            switch (random.Next(6))
            {
                case 0:
                    mail[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mail.RemoveRange(at, Math.Min(random.Next(1, 50), mail.Count - at));
                    break;
                case 2:
                    mail.InsertRange(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 3:
                    mail.RemoveRange(at, mail.Count - at);
                    break;
                case 4:
                    mail.InsertRange(at, mail.GetRange(random.Next(at / 2 + 1), Math.Min(at / 2, 300)));
                    break;
                default:
                    mail[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. mail];
    }
}

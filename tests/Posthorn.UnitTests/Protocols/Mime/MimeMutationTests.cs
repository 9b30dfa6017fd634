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
            var mail = MailMutation.Of(original, random);
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
}

using System.Text;
using Posthorn.UnitTests.Protocols.Mime;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Structures of damaged mails; POSTHORN_LONG=1 tries a million.</summary>
public sealed class StructureMutationTests
{
    private const int Seed = 20261127;

    [Fact]
    public void The_structure_of_damaged_mails_is_right_too()
    {
        var mutations = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1" ? 1_000_000 : 15_000;
        var originals = Corpus.Names.Select(name => Corpus.Read(name)).Select(bytes => bytes.AsSpan(0, Math.Min(bytes.Length, 6000)).ToArray()).ToArray();
        var random = new Random(Seed);
        for (var i = 0; i < mutations; i++)
        {
            var mail = MailMutation.Of(originals[random.Next(originals.Length)], random);
            try
            {
                StructureInvariants.Check(mail);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Mutation {i} of seed {Seed} failed on:\n{Encoding.Latin1.GetString(mail)}", e);
            }
        }
    }
}

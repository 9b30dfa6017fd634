using System.Text;
using Posthorn.Protocols.Imap.Mailboxes;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

public sealed class MailboxNameTests
{
    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("R&D", "R&-D")]
    [InlineData("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")] // RFC 3501 5.1.3
    [InlineData("Entwürfe", "Entw&APw-rfe")]
    [InlineData("€&€", "&IKw-&-&IKw-")]
    [InlineData("😀", "&2D3eAA-")]
    [InlineData("äöü", "&AOQA9gD8-")]
    [InlineData("", "")]
    public void A_name_is_written_in_modified_UTF7_and_read_back(string name, string encoded)
    {
        ModifiedUtf7.Encode(name).ShouldBe(encoded);
        ModifiedUtf7.TryDecode(Encoding.ASCII.GetBytes(encoded), out var decoded).ShouldBeTrue();
        decoded.ShouldBe(name);
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&AOk")] // not ended
    [InlineData("&AOkA-")] // bits left over
    [InlineData("&AOl-")] // bits left over that are not zero
    [InlineData("&AEE-")] // ASCII encoded
    [InlineData("&AOk-&AOk-")] // a needless shift
    [InlineData("&2D0-")] // half a pair
    [InlineData("&3gA-")]
    [InlineData("&A/k-")] // base64's own alphabet
    [InlineData("a\tb")]
    [InlineData("\xE9")]
    public void What_could_be_a_second_spelling_of_a_name_is_none(string encoded) =>
        ModifiedUtf7.TryDecode(Encoding.Latin1.GetBytes(encoded), out _).ShouldBeFalse();

    [Fact]
    public void Every_name_comes_back()
    {
        var random = new Random(20261127);
        for (var i = 0; i < 2_000; i++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(12); length > 0; length--)
                text.Append(random.Next(3) switch
                {
                    0 => new Rune(random.Next(0x20, 0x7F)),
                    1 => new Rune(random.Next(0xA0, 0xD7FF)),
                    _ => new Rune(random.Next(0x10000, 0x10FFFF)),
                });
            var name = text.ToString();
            ModifiedUtf7.TryDecode(Encoding.ASCII.GetBytes(ModifiedUtf7.Encode(name)), out var decoded).ShouldBeTrue(name);
            decoded.ShouldBe(name);
        }
    }

    [Theory]
    [InlineData("", "*", "a/b/c", true)]
    [InlineData("", "%", "a", true)]
    [InlineData("", "%", "a/b", false)]
    [InlineData("", "%/%", "a/b", true)]
    [InlineData("", "a*c", "a/b/c", true)]
    [InlineData("", "a%c", "a/b/c", false)]
    [InlineData("", "a%c", "abc", true)]
    [InlineData("a/", "%", "a/b", true)]
    [InlineData("a/", "%", "a/b/c", false)]
    [InlineData("", "*b%d", "abxb/bcd", true)]
    [InlineData("", "*b%d", "b/d", false)]
    [InlineData("", "%a%b%", "xaxbx", true)]
    [InlineData("", "*/%x*", "a/bx/c", true)]
    [InlineData("", "inbox", "INBOX", true)]
    [InlineData("", "inb%", "INBOX", true)]
    [InlineData("", "abc", "ABC", false)]
    [InlineData("", "", "a", false)]
    [InlineData("", "a**%%", "a", true)]
    [InlineData("", "a%*%b", "a/x/b", true)]
    [InlineData("a%", "%b", "a/b", false)]
    [InlineData("a%", "*b", "a/b", true)]
    [InlineData("", "*abc*", "ab", false)]
    [InlineData("", "ab", "a", false)]
    public void A_pattern_fits(string reference, string pattern, string name, bool fits) => ListPattern.Of(reference, pattern).Matches(name).ShouldBe(fits);

    [Fact]
    public void Fitting_agrees_with_trying_everything()
    {
        var random = new Random(20261127);
        for (var i = 0; i < 50_000; i++)
        {
            var pattern = Random("ab/*%", 7);
            var name = Random("ab/", 9);
            ListPattern.Of("", pattern).Matches(name).ShouldBe(Slow(pattern, name), $"{pattern} on {name}");
        }

        string Random(string alphabet, int lengthMax) => new([.. Enumerable.Range(0, random.Next(lengthMax)).Select(_ => alphabet[random.Next(alphabet.Length)])]);

        static bool Slow(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
        {
            if (pattern.IsEmpty)
                return name.IsEmpty;
            if (pattern[0] is not ('*' or '%'))
                return !name.IsEmpty && name[0] == pattern[0] && Slow(pattern[1..], name[1..]);
            for (var taken = 0; taken <= name.Length; taken++)
            {
                if (Slow(pattern[1..], name[taken..]))
                    return true;
                if (taken < name.Length && pattern[0] == '%' && name[taken] == '/')
                    break;
            }
            return false;
        }
    }
}

using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class EncodedWordTests
{
    // RFC 2047 8, and what real senders get wrong.
    [Theory]
    [InlineData("=?ISO-8859-1?Q?a?=", "a")]
    [InlineData("=?ISO-8859-1?Q?a?= b", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?=   \t  =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a_b?=", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b")]
    [InlineData("=?ISO-8859-1?q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", "Keld J\u00f8rn Simonsen <keld@dkuug.dk>")]
    [InlineData("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=", "If you can read this you understand the example.")]
    [InlineData("=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=", "\u05dd\u05d5\u05dc\u05e9 \u05df\u05d1 \u05d9\u05dc\u05d8\u05e4\u05e0")]
    [InlineData("=?utf-8*en?q?a?=", "a")] // RFC 2231 5
    [InlineData("=?utf-8?b?w?= =?utf-8?b?7w=?=", "\ufffd")] // half groups give what they hold
    [InlineData("=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\u00fc")] // a character cut between two words
    [InlineData("[=?utf-8?q?x?=]", "[x]")]
    [InlineData("=?utf-8?q?with space?=", "with space")]
    [InlineData("=?utf-8?q?a=0D=0ABcc:_x=00?=", "a  Bcc: x ")] // a hidden line end stays hidden
    [InlineData("=?nonsense?q?=E4?=", "\u00e4")]
    [InlineData("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\u65e5\u672c")]
    [InlineData("=?utf-8?x?a?=", "=?utf-8?x?a?=")]
    [InlineData("=?utf-8?q?never ends", "=?utf-8?q?never ends")]
    [InlineData("=?", "=?")]
    [InlineData("=??q?a?=", "=??q?a?=")]
    [InlineData("a =? b ?= c", "a =? b ?= c")]
    [InlineData("=?utf-8?q??=", "")]
    [InlineData("=?utf-8?q?=4?=", "=4")]
    public void Encoded_words_are_decoded(string value, string text) => EncodedWord.Decode(value).ShouldBe(text);

    [Fact]
    public void Words_are_at_most_75_characters_and_cut_between_characters()
    {
        var text = string.Concat(Enumerable.Repeat("\u65e5\U0001F600", 100));

        var words = EncodedWord.Encode(text).Split(' ');

        words.Length.ShouldBeGreaterThan(1);
        words.ShouldAllBe(word => word.Length <= EncodedWord.LengthMax);
        words.ShouldAllBe(word => !EncodedWord.Decode(word).Contains('\ufffd'));
        EncodedWord.Decode(string.Join(' ', words)).ShouldBe(text);
    }

    [Fact]
    public void A_header_made_of_openings_costs_no_more_than_its_length()
    {
        EncodedWord.Decode(string.Concat(Enumerable.Repeat("=?a?q? ", 50_000))).Length.ShouldBe(350_000);
    }

    [Theory]
    [InlineData("UTF-8", "utf-8")]
    [InlineData("\"utf8\"", "utf-8")]
    [InlineData("latin1", "iso-8859-1")]
    [InlineData("cp1252", "windows-1252")]
    [InlineData("windows-1251", "windows-1251")]
    [InlineData("koi8-r", "koi8-r")]
    [InlineData("shift_jis", "shift_jis")]
    [InlineData("gb18030", "gb18030")]
    [InlineData("utf-7", null)]
    [InlineData("no-such-charset", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Charsets_are_found_by_the_names_that_mail_uses(string? name, string? found) => MimeCharset.Find(name)?.WebName.ShouldBe(found);
}

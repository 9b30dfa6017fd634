using Posthorn.Protocols.Imap.Commands;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

public sealed class SequenceSetTests
{
    [Theory]
    [InlineData("2,4:7,9,12:*", 15u, "2 4:7 9 12:15")] // the examples of RFC 3501 9
    [InlineData("*:4,5:7", 10u, "4:10")]
    [InlineData("559:*", 10u, "10:559")]
    [InlineData("3,1:2,2:5,7", 100u, "1:5 7")]
    [InlineData("*", 0u, "")]
    [InlineData("1:*", 0u, "1")]
    [InlineData("*", 4294967295u, "4294967295")]
    [InlineData("4294967295,4294967294", 5u, "4294967294:4294967295")]
    public void It_means_ranges_once_the_last_number_is_known(string written, uint last, string expected)
    {
        var set = ParsedSet(written);
        set.ToString().ShouldBe(written);
        string.Join(' ', set.Resolve(last).Select(r => r.First == r.Last ? $"{r.First}" : $"{r.First}:{r.Last}")).ShouldBe(expected);
    }

    [Fact]
    public void Whether_it_reaches_beyond_the_last_number_is_told()
    {
        ParsedSet("1:5").Reaches(5).ShouldBeFalse();
        ParsedSet("1:5").Reaches(4).ShouldBeTrue();
        ParsedSet("5:1").Reaches(4).ShouldBeTrue();
        ParsedSet("*").Reaches(1).ShouldBeFalse();
        ParsedSet("*").Reaches(0).ShouldBeTrue();
        SequenceSet.Saved.Reaches(0).ShouldBeFalse();
    }

    [Fact]
    public void Numbers_become_ranges_in_their_order()
    {
        NumberRanges.Text([1, 2, 3, 7, 9, 10]).ShouldBe("1:3,7,9:10");
        NumberRanges.Text([5, 4, 3]).ShouldBe("5,4,3");
        NumberRanges.Text([uint.MaxValue - 1, uint.MaxValue]).ShouldBe("4294967294:4294967295");
        NumberRanges.Text([]).ShouldBe("");
    }

    private static SequenceSet ParsedSet(string text)
    {
        var buffer = new System.Buffers.ReadOnlySequence<byte>(System.Text.Encoding.ASCII.GetBytes($"a UID EXPUNGE {text}\r\n"));
        var input = new Posthorn.Protocols.Imap.Reading.ImapReader(Posthorn.Protocols.Imap.Reading.ImapLimits.Default).Read(ref buffer);
        return ((ImapCommand.Expunge)((Posthorn.Protocols.Imap.Reading.ImapInput.Complete)input!).Command).Uids!;
    }
}

using System.Text;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class HeaderBlockTests
{
    private static HeaderBlock Parse(string text) => HeaderBlock.Parse(Encoding.Latin1.GetBytes(text));

    [Fact]
    public void Fields_keep_their_bytes_and_their_order()
    {
        var header = Parse("From: a@b\r\nSubject: one\r\n two\r\nsubject: three\r\n\r\nbody");

        header.Fields.Select(f => Encoding.Latin1.GetString(f.Raw.Span)).ShouldBe(["From: a@b\r\n", "Subject: one\r\n two\r\n", "subject: three\r\n"]);
        header["SUBJECT"]!.Value.ShouldBe("one two");
        header.All("Subject").Select(f => f.Value).ShouldBe(["one two", "three"]);
        header.Length.ShouldBe("From: a@b\r\nSubject: one\r\n two\r\nsubject: three\r\n\r\n".Length);
        header.EndsWithBlankLine.ShouldBeTrue();
        header.IsTruncated.ShouldBeFalse();
        header.Has("To").ShouldBeFalse();
        header.Text("To").ShouldBeNull();
    }

    [Theory]
    [InlineData("", 0, 0, false)]
    [InlineData("\r\nbody", 0, 2, true)]
    [InlineData("\nbody", 0, 1, true)]
    [InlineData("no header at all\r\n", 0, 0, false)]
    [InlineData(" begins with white space\r\nA: b\r\n", 0, 0, false)]
    [InlineData("A: b", 1, 4, false)]
    [InlineData("A: b\n", 1, 5, false)]
    [InlineData("A: b\nno field\nC: d\n", 1, 5, false)]
    [InlineData("A: b\n\nC: d\n", 1, 6, true)]
    [InlineData("A : b\n\n", 1, 7, true)]
    [InlineData(": b\n\n", 0, 0, false)]
    [InlineData("A B: c\n\n", 0, 0, false)]
    [InlineData("A:\n\n", 1, 4, true)]
    [InlineData("A: b\n \n\nbody", 1, 8, true)]
    [InlineData("A: b\r", 1, 5, false)]
    [InlineData("From a@b Mon Jan 1 00:00:00 2024\nA: b\n\n", 1, 39, true)]
    [InlineData(">From a@b\nA: b\n\n", 1, 16, true)]
    [InlineData("From : a@b\n\n", 1, 12, true)]
    [InlineData("ï»¿A: b\n\n", 1, 9, true)]
    public void A_header_ends_at_the_blank_line_or_where_no_header_line_stands(string text, int fields, int length, bool endsWithBlankLine)
    {
        var header = Parse(text);

        header.Fields.Count.ShouldBe(fields);
        header.Length.ShouldBe(length);
        header.EndsWithBlankLine.ShouldBe(endsWithBlankLine);
    }

    [Fact]
    public void A_line_of_white_space_only_goes_on_with_the_field()
    {
        Parse("A: b\r\n \t \r\n c\r\n\r\n")["A"]!.Value.ShouldBe("b \t  c");
    }

    [Fact]
    public void Bytes_beyond_ascii_are_UTF8_when_valid_and_Latin1_otherwise()
    {
        HeaderBlock.Parse("A: gr\u00fc\u00df\n"u8.ToArray())["A"]!.Value.ShouldBe("gr\u00fc\u00df");
        Parse("A: gr\u00fc\u00df\n")["A"]!.Value.ShouldBe("gr\u00fc\u00df");
    }

    [Fact]
    public void A_colon_beyond_the_longest_line_makes_no_field()
    {
        Parse(new string('a', 997) + ": x\n").Fields.Count.ShouldBe(1);
        Parse(new string('a', 998) + ": x\n").Fields.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_header_read_from_a_stream_is_the_one_parsed_from_memory(int bytesAtOnce)
    {
        foreach (var name in Corpus.Names)
        {
            var bytes = Corpus.Read(name);
            var read = await HeaderBlock.ReadAsync(new DribblingStream(bytes, bytesAtOnce), 1024 * 1024, default);
            read.Bytes.ToArray().ShouldBe(HeaderBlock.Parse(bytes).Bytes.ToArray(), name);
            read.IsTruncated.ShouldBeFalse(name);
        }
    }

    [Fact]
    public async Task Reading_a_header_does_not_read_the_body()
    {
        var mail = Encoding.ASCII.GetBytes("A: b\r\n\r\n" + new string('x', 1_000_000));
        var stream = new DribblingStream(mail, 1000);

        (await HeaderBlock.ReadAsync(stream, 1024 * 1024, default)).Length.ShouldBe(8);

        stream.BytesRead.ShouldBeLessThanOrEqualTo(4096);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 0)] // the next line could go on with the field
    [InlineData(7, 1)]
    [InlineData(20, 1)]
    public async Task A_header_longer_than_the_limit_keeps_its_whole_fields(int bytesMax, int fields)
    {
        var mail = Encoding.ASCII.GetBytes("A: b\r\nC: " + new string('d', 100) + "\r\n\r\n");

        var header = await HeaderBlock.ReadAsync(new MemoryStream(mail), bytesMax, default);

        header.IsTruncated.ShouldBeTrue();
        header.Length.ShouldBe(fields * 6);
        header.Fields.Count.ShouldBe(fields);
    }

    [Fact]
    public async Task A_header_of_exactly_the_limit_is_whole()
    {
        var mail = "A: b\r\n\r\nbody"u8.ToArray();

        (await HeaderBlock.ReadAsync(new MemoryStream(mail), 8, default)).IsTruncated.ShouldBeFalse();
        (await HeaderBlock.ReadAsync(new MemoryStream(mail), 7, default)).IsTruncated.ShouldBeTrue();
    }
}

using System.Text;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Sections of a mail by its structure.</summary>
public sealed class SectionTests
{
    /// <summary>The shape of the example in RFC 9051 6.4.5.1; each body says its number.</summary>
    private const string Mail =
        "Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
        "--b\r\n\r\none\r\n" +
        "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n" +
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: three\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nthree.one\r\n--c\r\nX: y\r\n\r\nthree.two\r\n--c--\r\n\r\n" +
        "--b\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\nContent-Type: image/gif\r\n\r\nfour.one\r\n" +
        "--d\r\nContent-Type: message/rfc822\r\nX-Mime: z\r\n\r\nSubject: four.two\r\nFrom: a@b\r\n\r\nfour.two.one\r\n--d--\r\n\r\n--b--\r\n";

    private static readonly MailStructure s_structure = StructureReader.Read(Encoding.ASCII.GetBytes(Mail));

    [Theory]
    [InlineData("1", SectionText.Whole, "one")]
    [InlineData("1", SectionText.Mime, "\r\n")]
    [InlineData("3", SectionText.Header, "Subject: three\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n")]
    [InlineData("3.1", SectionText.Whole, "three.one")]
    [InlineData("3.2", SectionText.Mime, "X: y\r\n\r\n")]
    [InlineData("3.2", SectionText.Whole, "three.two")]
    [InlineData("4.1", SectionText.Whole, "four.one")]
    [InlineData("4.1", SectionText.Mime, "Content-Type: image/gif\r\n\r\n")]
    [InlineData("4.2", SectionText.Whole, "Subject: four.two\r\nFrom: a@b\r\n\r\nfour.two.one")]
    [InlineData("4.2", SectionText.Header, "Subject: four.two\r\nFrom: a@b\r\n\r\n")]
    [InlineData("4.2", SectionText.Text, "four.two.one")]
    [InlineData("4.2", SectionText.Mime, "Content-Type: message/rfc822\r\nX-Mime: z\r\n\r\n")]
    [InlineData("4.2.1", SectionText.Whole, "four.two.one")]
    [InlineData("4.2.1", SectionText.Mime, "Subject: four.two\r\nFrom: a@b\r\n\r\n")]
    [InlineData("", SectionText.Header, "Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")]
    [InlineData("", SectionText.Whole, Mail)]
    [InlineData("5", SectionText.Whole, null)]
    [InlineData("1.1", SectionText.Whole, null)]
    [InlineData("1", SectionText.Header, null)]
    [InlineData("4", SectionText.Text, null)]
    [InlineData("3.3", SectionText.Whole, null)]
    [InlineData("4.2.2", SectionText.Whole, null)]
    [InlineData("4.2.1.1", SectionText.Whole, null)]
    public void A_section_lies_where_the_standard_says(string path, SectionText text, string? expected)
    {
        var found = SectionResolver.Resolve(s_structure, new FetchSection(Path(path), text, []));
        (found.Kind == SectionKind.Missing ? null : Mail.Substring((int)found.Offset, (int)found.Length)).ShouldBe(expected);
    }

    [Fact]
    public void A_piece_is_cut_out_and_never_reaches_beyond()
    {
        var content = new SectionContent(SectionKind.Bytes, 100, 50);
        content.Cut(null).ShouldBe(content);
        content.Cut(new PartialRange(0, 10)).ShouldBe(new SectionContent(SectionKind.Bytes, 100, 10));
        content.Cut(new PartialRange(45, 10)).ShouldBe(new SectionContent(SectionKind.Bytes, 145, 5));
        content.Cut(new PartialRange(50, 10)).Length.ShouldBe(0);
        content.Cut(new PartialRange(uint.MaxValue, uint.MaxValue)).Length.ShouldBe(0);
        SectionContent.Missing.Cut(new PartialRange(1, 1)).ShouldBe(SectionContent.Missing);
    }

    [Theory]
    [InlineData(SectionText.HeaderFields, "subject,X-None", "Subject: a\r\n b\r\nsubject : c\r\n\r\n")]
    [InlineData(SectionText.HeaderFields, "none", "\r\n")]
    [InlineData(SectionText.HeaderFieldsNot, "SUBJECT", "From: x\r\nTo: y\r\n\t z\r\n\r\n")]
    public void Fields_are_chosen_by_name_and_stay_as_they_are(SectionText text, string names, string expected)
    {
        const string Header = "From x Mon\r\nFrom: x\r\nSubject: a\r\n b\r\nTo: y\r\n\t z\r\nsubject : c\r\n\r\n";
        Filtered(Header, text, names.Split(',')).ShouldBe(expected);
    }

    [Fact]
    public void A_header_that_ends_with_the_mail_is_ended() =>
        Filtered("A: b", SectionText.HeaderFields, "A").ShouldBe("A: b\r\n\r\n");

    [Fact]
    public async Task Parts_are_decoded_for_BINARY()
    {
        using var mail = new MemoryStream(Encoding.ASCII.GetBytes(Mail));
        var part = SectionResolver.Resolve(s_structure, Path("2"));
        part.Encoding.ShouldBe(TransferEncoding.Base64);
        (await part.MeasureAsync(mail, CancellationToken.None)).ShouldBe((3, true));
        (await SectionResolver.Resolve(s_structure, Path("1")).MeasureAsync(mail, CancellationToken.None)).ShouldBe((3, false));
        (await SectionResolver.Resolve(s_structure, Path("")).MeasureAsync(mail, CancellationToken.None)).ShouldBe((Mail.Length, false));
        SectionResolver.Resolve(s_structure, Path("4")).Encoding.ShouldBe(TransferEncoding.Binary);
        SectionResolver.Resolve(s_structure, Path("9")).Kind.ShouldBe(SectionKind.Missing);
    }

    private static string Filtered(string header, SectionText text, params string[] names)
    {
        var buffer = new byte[header.Length + HeaderFilter.AddedBytesMax];
        Encoding.ASCII.GetBytes(header, buffer);
        return Encoding.ASCII.GetString(buffer, 0, HeaderFilter.Filter(buffer, header.Length, new FetchSection(default, text, names)));
    }

    private static PartPath Path(string path) => path.Length == 0 ? default : new PartPath([.. path.Split('.').Select(int.Parse)]);
}

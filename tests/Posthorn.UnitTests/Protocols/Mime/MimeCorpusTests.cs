using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class MimeCorpusTests
{
    [Theory]
    [MemberData(nameof(Corpus.All), MemberType = typeof(Corpus))]
    public void Every_real_mail_is_read(string name)
    {
        var mail = Corpus.Read(name);

        var root = MimeInvariants.Check(mail, MimeLimits.Default);

        MimeInvariants.AskEverything(mail, root);
        root.IsCutShort.ShouldBe(name == "stack-overflow.txt"); // a To field of 130 KiB
    }

    // Checked against python's email package once: types, names and the decoded bodies' lengths were the same.
    [Theory]
    [InlineData("body.6.txt", "multipart/mixed(multipart/alternative(multipart/related(text/html:41 image/gif:0=empty.gif! image/jpeg:0=empty.jpg!) text/plain:22) text/plain:29=document.txt!)")]
    [InlineData("bounce.txt", "multipart/report(text/plain:1365 message/delivery-status:934 message/rfc822(multipart/alternative(text/plain:3957 text/html:8221)))")]
    [InlineData("content-length.mbox.txt", "multipart/mixed(text/plain:74 message/rfc822(text/plain:137))")]
    [InlineData("empty-multipart.txt", "multipart/mixed(multipart/alternative:0 text/plain:84)")]
    [InlineData("epilogue.txt", "multipart/mixed(text/plain:86 application/postscript:0)")]
    [InlineData("feedback-report.txt", "multipart/report(text/plain:191 message/feedback-report:462 message/rfc822(text/plain:59))")]
    [InlineData("message-partial.eml", "multipart/mixed(text/plain:131 image/jpeg:130292=earrings.jpg!)")]
    [InlineData("missing-subtype.txt", "application/octet-stream:15=document.xml.gz!")]
    [InlineData("multipart-digest.txt", "message/rfc822(multipart/digest(message/rfc822(text/plain:8) message/rfc822(text/plain:8)))")]
    [InlineData("multipart-no-end-boundary.msg", "multipart/alternative(text/plain:43 text/html:70)")]
    [InlineData("related.msg", "multipart/related(multipart/alternative(text/plain:52 text/html:238) image/jpeg:156223=Christopher-Lloyd-as-Doc-Brown.jpg)")]
    [InlineData("rfc2060.txt", "multipart/mixed(text/plain:33 application/octet-stream:33 message/rfc822(multipart/mixed(text/plain:35 application/octet-stream:35)) multipart/mixed(image/gif:35 message/rfc822(multipart/mixed(text/plain:37 multipart/alternative(text/plain:39 text/richtext:39)))))")]
    [InlineData("simple.mbox.txt", "multipart/mixed(multipart/mixed(multipart/mixed(text/plain:377)) multipart/mixed(multipart/mixed(text/plain:678)))")]
    [InlineData("startrek.eml", "multipart/mixed(multipart/parallel(text/plain:715 audio/basic:22964) multipart/mixed(image/gif:18971 image/gif:13619 application/octet-stream:43689 application/atomicmail:8846) audio/basic:34894)")]
    [InlineData("stack-overflow.txt", "text/plain:14")]
    public async Task Known_mails_have_their_structure(string name, string structure)
    {
        using var mail = new MemoryStream(Corpus.Read(name));

        (await DescribeAsync(await MimeReader.ReadAsync(mail, MimeLimits.Default, default), mail)).ShouldBe(structure);
    }

    [Fact]
    public void Headers_of_real_mails_are_decoded()
    {
        var header = HeaderBlock.Parse(Corpus.Read("issue358.txt"));

        header.Fields.Count.ShouldBeGreaterThan(5);
        HeaderBlock.Parse(Corpus.Read("rfc8463-example.msg"))["From"]!.Value.ShouldBe("Joe SixPack <joe@football.example.com>");
        AddressList.Parse(HeaderBlock.Parse(Corpus.Read("bounce.txt"))["From"]!.Value).Single().ShouldBe(new MailAddress("Mail Delivery System", "MAILER-DAEMON", "hmail.jitbit.com"));
    }

    /// <summary>Types, decoded lengths, <c>=</c> names, <c>!</c> attachments.</summary>
    private static async Task<string> DescribeAsync(MimePart part, Stream mail)
    {
        if (part.Children.Count > 0)
        {
            var children = new List<string>();
            foreach (var child in part.Children)
                children.Add(await DescribeAsync(child, mail));
            return $"{part.ContentType.MediaType}({string.Join(' ', children)})";
        }
        var length = (await MimeDecoder.DecodeBytesAsync(mail, part, int.MaxValue / 2, default)).Length;
        return $"{part.ContentType.MediaType}:{length}{(part.FileName is null ? "" : $"={part.FileName}")}{(part.IsAttachment ? "!" : "")}";
    }
}

using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class ContentTypeTests
{
    [Theory]
    [InlineData("Text/HTML; charset=UTF-8", "text/html")]
    [InlineData("text/plain (a comment); charset=us-ascii", "text/plain")]
    [InlineData(" text / plain ", "text/plain")]
    [InlineData("application-x-gzip; name=a.gz", "application/octet-stream")]
    [InlineData("text/", "application/octet-stream")]
    [InlineData("/plain", "application/octet-stream")]
    [InlineData("a b/c", "application/octet-stream")]
    [InlineData("a/b/c", "application/octet-stream")]
    [InlineData("", "text/plain")]
    [InlineData(";charset=utf-8", "text/plain")]
    [InlineData(null, "text/plain")]
    public void Media_types_are_read(string? value, string mediaType) => ContentType.Parse(value).MediaType.ShouldBe(mediaType);

    [Fact]
    public void Types_are_compared_without_case_and_with_stars()
    {
        var type = ContentType.Parse("Image/PNG");

        type.Is("image", "png").ShouldBeTrue();
        type.Is("IMAGE", "*").ShouldBeTrue();
        type.Is("*", "PNG").ShouldBeTrue();
        type.Is("text", "*").ShouldBeFalse();
    }

    [Theory]
    [InlineData("charset=utf-8", "charset", "utf-8")]
    [InlineData("charset = \"utf-8\" ; x=y", "charset", "utf-8")]
    [InlineData("CharSet=us-ascii (Plain text)", "charset", "us-ascii")]
    [InlineData("boundary=\"a;b \\\"c\\\\\"; x=y", "boundary", "a;b \"c\\")]
    [InlineData("boundary=\"never closed; x", "boundary", "never closed; x")]
    [InlineData("name=my holiday (1).jpg; x=y", "name", "my holiday (1).jpg")]
    [InlineData("name=\"C:\\temp\\x.txt\"", "name", "C:\\temp\\x.txt")]
    [InlineData("a=1; a=2", "a", "1")]
    [InlineData("novalue; a=1", "a", "1")]
    [InlineData("a=1", "b", null)]
    [InlineData("=1; a=2", "a", "2")]
    public void Parameters_are_read(string text, string name, string? value) => MimeParameters.Parse(text)[name].ShouldBe(value);

    // RFC 2231 3, 4, 4.1 and what is found in the wild.
    [Theory]
    [InlineData("URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"", "url", "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar")]
    [InlineData("title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title", "This is ***fun***")]
    [InlineData("title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"", "title", "This is even more ***fun*** isn't it!")]
    [InlineData("filename*1=b; filename*0=a", "filename", "ab")]
    [InlineData("filename*0=a; filename*2=c", "filename", "a")]
    [InlineData("filename*=UTF-8''%e2%82%ac%20rates; filename=\"EURO rates\"", "filename", "\u20ac rates")]
    [InlineData("filename=\"EURO rates\"; filename*=UTF-8''%e2%82%ac%20rates", "filename", "\u20ac rates")]
    [InlineData("filename*0*=utf-8''%e2%82; filename*1*=%ac", "filename", "\u20ac")]
    [InlineData("filename*=iso-8859-1''%E4", "filename", "\u00e4")]
    [InlineData("filename*=no-quotes", "filename", "no-quotes")]
    [InlineData("filename*=utf-8''%zz%4", "filename", "%zz%4")]
    [InlineData("filename=\"=?utf-8?q?K=C3=A4se.pdf?=\"", "filename", "K\u00e4se.pdf")]
    [InlineData("filename==?utf-8?q?K=C3=A4se.pdf?=", "filename", "K\u00e4se.pdf")]
    [InlineData("filename*x=1; filename=2", "filename", "2")]
    [InlineData("filename*99999999999=1", "filename", null)]
    public void Continued_and_encoded_parameters_are_put_together(string text, string name, string? value) => MimeParameters.Parse(text)[name].ShouldBe(value);

    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\temp\\x.txt", "x.txt")]
    [InlineData("..", null)]
    [InlineData(".", null)]
    [InlineData("a/", null)]
    [InlineData(".htaccess", "htaccess")]
    [InlineData("  spaced .txt. ", "spaced .txt")]
    [InlineData("in\u202Evoice\u202Cgpj.exe", "invoicegpj.exe")]
    [InlineData("a\u0000b\r\nc.txt", "abc.txt")]
    [InlineData("what?*|.txt", "what___.txt")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void File_names_are_made_safe(string? given, string? safe) => FileName.Safe(given).ShouldBe(safe);

    [Fact]
    public void A_long_file_name_keeps_its_extension()
    {
        var safe = FileName.Safe(new string('\u00e4', 300) + ".tar")!;

        safe.ShouldEndWith(".tar");
        System.Text.Encoding.UTF8.GetByteCount(safe).ShouldBeLessThanOrEqualTo(FileName.BytesMax);
    }
}

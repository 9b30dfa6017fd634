using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class DecodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("YQ==", "a")]
    [InlineData("YWI=", "ab")]
    [InlineData("YWJj", "abc")]
    [InlineData("Y W\r\nJ\tj", "abc")]
    [InlineData("Y*W-J!j", "abc")] // what is not of the alphabet is skipped (RFC 2045 6.8)
    [InlineData("YQ", "a")] // padding forgotten
    [InlineData("YWI", "ab")]
    [InlineData("YWJjY", "abc")] // a lone character holds nothing
    [InlineData("YQ==YWI=YWJj", "aababc")] // texts one behind the other
    [InlineData("=YWJj", "abc")]
    [InlineData("YWJj====", "abc")]
    public async Task Base64_is_decoded(string encoded, string decoded) => (await Decode(encoded, TransferEncoding.Base64)).ShouldBe(decoded);

    [Theory]
    [InlineData("", "")]
    [InlineData("a=3Db", "a=b")]
    [InlineData("a=3db", "a=b")]
    [InlineData("a=\r\nb", "ab")]
    [InlineData("a=\nb", "ab")]
    [InlineData("a= \t\r\nb", "ab")] // white space that a transport added
    [InlineData("a \t\r\nb", "a\r\nb")] // RFC 2045 6.7 (3)
    [InlineData("a \t\nb  ", "a\nb")]
    [InlineData("a=20\r\nb", "a \r\nb")]
    [InlineData("a=zb", "a=zb")]
    [InlineData("a=4", "a=4")]
    [InlineData("a=", "a")]
    [InlineData("a=\r", "a")]
    [InlineData("a \r b", "a \r b")]
    [InlineData("=E2=82=AC", "\u00e2\u0082\u00ac")]
    public async Task Quoted_printable_is_decoded(string encoded, string decoded) => (await Decode(encoded, TransferEncoding.QuotedPrintable)).ShouldBe(decoded);

    [Fact]
    public async Task A_run_of_spaces_longer_than_a_line_does_not_stop_the_decoder()
    {
        var text = "a" + new string(' ', 100_000) + "b";

        (await Decode(text, TransferEncoding.QuotedPrintable)).ShouldBe(text);
        (await Decode("a=" + new string(' ', 100_000) + "b", TransferEncoding.QuotedPrintable)).ShouldStartWith("a=");
    }

    [Fact]
    public async Task A_part_is_read_from_where_it_lies_and_no_further()
    {
        var mail = "From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--x\r\n\r\nplain\r\n--x--\r\n"u8.ToArray();
        var stream = new MemoryStream(mail);
        var root = await MimeReader.ReadAsync(stream, MimeLimits.Default, default);

        (await MimeDecoder.DecodeTextAsync(stream, root.Children[0], 100, default)).ShouldBe("abc");
        (await MimeDecoder.DecodeTextAsync(stream, root.Children[1], 100, default)).ShouldBe("plain");
        (await MimeDecoder.DecodeTextAsync(stream, root.Children[1], 3, default)).ShouldBe("pla");
        (await MimeDecoder.DecodeTextAsync(stream, root.Children[1], 0, default)).ShouldBe("");
    }

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1", "\u00fc")]
    [InlineData("text/plain; charset=windows-1251", "\u044c")]
    [InlineData("text/plain; charset=utf-8", "\ufffd")]
    [InlineData("text/plain; charset=us-ascii", "\u00fc")]
    [InlineData("text/plain; charset=unheard-of", "\u00fc")]
    [InlineData("text/plain", "\u00fc")]
    public async Task Text_is_read_in_its_charset(string type, string text)
    {
        var mail = Encoding.Latin1.GetBytes($"Content-Type: {type}\r\n\r\n\u00fc");
        var stream = new MemoryStream(mail);

        (await MimeDecoder.DecodeTextAsync(stream, await MimeReader.ReadAsync(stream, MimeLimits.Default, default), 100, default)).ShouldBe(text);
    }

    [Fact]
    public void What_was_encoded_decodes_to_what_it_was_however_it_is_cut()
    {
        // Bytes that matter to the encodings are frequent.
        var octet = Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(13, 10, 32, 9, 61, 46, 65));
        var cases = octet.ListOf().Zip(Gen.Choose(1, 20)).Select(p => (Bytes: p.Item1.Select(b => (byte)b).ToArray(), AtOnce: p.Item2));

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var base64 = MimeEncoder.Base64(c.Bytes);
            var quoted = MimeEncoder.QuotedPrintable(c.Bytes);
            return Lines(base64) && Lines(quoted)
                && DecodeDribbled(base64, TransferEncoding.Base64, c.AtOnce).AsSpan().SequenceEqual(c.Bytes)
                && DecodeDribbled(quoted, TransferEncoding.QuotedPrintable, c.AtOnce).AsSpan().SequenceEqual(c.Bytes);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

        static bool Lines(byte[] encoded) => Encoding.ASCII.GetString(encoded).Split("\r\n").All(line => line.Length <= 76 && line is not ("." or "From ") && !line.EndsWith(' '));
    }

    [Fact]
    public void Any_bytes_decode_without_failing_and_the_same_however_they_are_cut()
    {
        var octet = Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(13, 10, 32, 9, 61, 61, 48, 65));
        var cases = octet.ListOf().Zip(Gen.Choose(1, 9)).Select(p => (Bytes: p.Item1.Select(b => (byte)b).ToArray(), AtOnce: p.Item2));

        Prop.ForAll(cases.ToArbitrary(), c =>
            new[] { TransferEncoding.Base64, TransferEncoding.QuotedPrintable, TransferEncoding.Unknown }.All(encoding =>
            {
                var whole = DecodeDribbled(c.Bytes, encoding, int.MaxValue);
                return whole.Length <= c.Bytes.Length && whole.AsSpan().SequenceEqual(DecodeDribbled(c.Bytes, encoding, c.AtOnce));
            })).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData("plain\r\ntext\r\n", TransferEncoding.SevenBit)]
    [InlineData("bare\nline end", TransferEncoding.QuotedPrintable)]
    [InlineData("mostly plain t\u00e4xt", TransferEncoding.QuotedPrintable)]
    [InlineData("\u65e5\u672c\u8a9e", TransferEncoding.Base64)]
    public void The_encoding_that_leaves_most_readable_is_chosen(string text, TransferEncoding encoding) =>
        MimeEncoder.Choose(Encoding.UTF8.GetBytes(text)).ShouldBe(encoding);

    private static MimePart Part(TransferEncoding encoding, long length) => new()
    {
        Header = HeaderBlock.Empty,
        ContentType = ContentType.Default,
        TransferEncoding = encoding,
        HeaderOffset = 0,
        BodyOffset = 0,
        BodyLength = length,
        Children = [],
    };

    private static async Task<string> Decode(string encoded, TransferEncoding encoding)
    {
        var bytes = Encoding.Latin1.GetBytes(encoded);
        var whole = await MimeDecoder.DecodeBytesAsync(new MemoryStream(bytes), Part(encoding, bytes.Length), int.MaxValue / 2, default);
        DecodeDribbled(bytes, encoding, 1).ShouldBe(whole.ToArray());
        return Encoding.Latin1.GetString(whole.Span);
    }

    private static byte[] DecodeDribbled(byte[] bytes, TransferEncoding encoding, int bytesAtOnce)
    {
        using var stream = MimeDecoder.Decode(new DribblingStream(bytes, bytesAtOnce), Part(encoding, bytes.Length));
        var decoded = new MemoryStream();
        var buffer = new byte[Math.Clamp(bytesAtOnce, 1, 4096)];
        while (stream.Read(buffer) is > 0 and var read)
            decoded.Write(buffer, 0, read);
        return decoded.ToArray();
    }
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Dkim;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Dkim;

public sealed class DkimBodyHashTests
{
    // RFC 6376 3.4.5, 3.4.3, 3.4.4 and the corners between them; expected are the canonical bytes.
    [Theory]
    [InlineData(" C \r\nD \t E\r\n\r\n\r\n", DkimCanonicalization.Relaxed, " C\r\nD E\r\n")]
    [InlineData(" C \r\nD \t E\r\n\r\n\r\n", DkimCanonicalization.Simple, " C \r\nD \t E\r\n")]
    [InlineData("", DkimCanonicalization.Relaxed, "")]
    [InlineData("", DkimCanonicalization.Simple, "\r\n")]
    [InlineData("\r\n\r\n", DkimCanonicalization.Relaxed, "")]
    [InlineData("\r\n\r\n", DkimCanonicalization.Simple, "\r\n")]
    [InlineData(" \t\r\n \r\n", DkimCanonicalization.Relaxed, "")]
    [InlineData(" \r\n", DkimCanonicalization.Simple, " \r\n")]
    [InlineData("a", DkimCanonicalization.Relaxed, "a\r\n")]
    [InlineData("a", DkimCanonicalization.Simple, "a\r\n")]
    [InlineData("a \t", DkimCanonicalization.Relaxed, "a\r\n")]
    [InlineData("a \t", DkimCanonicalization.Simple, "a \t\r\n")]
    [InlineData("a\r\n\r\n\r\nb\r\n", DkimCanonicalization.Relaxed, "a\r\n\r\n\r\nb\r\n")]
    [InlineData("a\n\n\nb\n\n", DkimCanonicalization.Relaxed, "a\r\n\r\n\r\nb\r\n")]
    [InlineData("\r\na", DkimCanonicalization.Simple, "\r\na\r\n")]
    [InlineData("a\rb\r\n", DkimCanonicalization.Relaxed, "a\rb\r\n")]
    [InlineData("a \rb\r", DkimCanonicalization.Relaxed, "a \rb\r\r\n")]
    [InlineData("a\r\r\n", DkimCanonicalization.Simple, "a\r\r\n")]
    public void A_body_is_hashed_in_its_canonical_form_however_it_comes(string body, DkimCanonicalization canonicalization, string canonical)
    {
        var expected = SHA256.HashData(Encoding.Latin1.GetBytes(canonical));
        foreach (var size in new[] { 1, 2, 3, 1000 })
        {
            using var hash = new DkimBodyHash(canonicalization);
            foreach (var chunk in Encoding.Latin1.GetBytes(body).Chunk(size))
                hash.Append(chunk);
            hash.Complete().ShouldBe(expected, $"{size} bytes at once");
        }
    }

    [Fact]
    public void The_hash_of_an_empty_body_is_the_one_of_the_RFC()
    {
        using var simple = new DkimBodyHash(DkimCanonicalization.Simple);
        Convert.ToBase64String(simple.Complete()).ShouldBe("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="); // RFC 6376 3.4.3
        using var relaxed = new DkimBodyHash(DkimCanonicalization.Relaxed);
        Convert.ToBase64String(relaxed.Complete()).ShouldBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="); // RFC 6376 3.4.4
    }

    [Theory]
    [InlineData("A: X\r\n", DkimCanonicalization.Relaxed, "a:X")]
    [InlineData("B : Y\t\r\n\tZ  \r\n", DkimCanonicalization.Relaxed, "b:Y Z")]
    [InlineData("A: X\r\n", DkimCanonicalization.Simple, "A: X")]
    [InlineData("B : Y\t\r\n\tZ  \r\n", DkimCanonicalization.Simple, "B : Y\t\r\n\tZ  ")]
    [InlineData("B : Y\t\n\tZ  \n", DkimCanonicalization.Simple, "B : Y\t\r\n\tZ  ")]
    [InlineData("A:\r\n", DkimCanonicalization.Relaxed, "a:")]
    [InlineData("A: \r\n \r\n b\r\n", DkimCanonicalization.Relaxed, "a:b")]
    public void A_field_is_hashed_in_its_canonical_form(string field, DkimCanonicalization canonicalization, string canonical)
    {
        var written = new ArrayBufferWriter<byte>();
        DkimHeader.Write(written, Encoding.ASCII.GetBytes(field), canonicalization);
        Encoding.ASCII.GetString(written.WrittenSpan).ShouldBe(canonical);
    }
}

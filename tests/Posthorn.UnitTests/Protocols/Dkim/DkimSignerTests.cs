using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Dkim;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Dkim;

public sealed class DkimSignerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 4, 0, TimeSpan.Zero);
    private static readonly Lazy<string> Key = new(() =>
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportPkcs8PrivateKeyPem();
    });

    private static DkimSignerOptions Options => new() { Domain = "example.test", Selector = "s1", PrivateKeyPem = Key.Value };

    private static async Task<HeaderField> SignAsync(string mail, DkimSignerOptions options)
    {
        using var signer = new DkimSigner(options);
        return await signer.SignAsync(new MemoryStream(Encoding.Latin1.GetBytes(mail)), Now, default);
    }

    // The canonicalization, checked by someone else's signature: the RSA signature and key of RFC 8463 A.3.
    [Fact]
    public void The_signature_of_the_RFC_8463_example_fits_what_we_hash()
    {
        var mail = Corpus.Read("rfc8463-example.msg");
        var header = HeaderBlock.Parse(mail);
        var signature = header.All("DKIM-Signature").Single(f => f.Value.Contains("a=rsa-sha256", StringComparison.Ordinal));
        using var body = new DkimBodyHash(DkimCanonicalization.Relaxed);
        body.Append(mail.AsSpan(header.Length));
        Convert.ToBase64String(body.Complete()).ShouldBe("2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");

        var hashed = new ArrayBufferWriter<byte>();
        foreach (var name in new[] { "from", "to", "subject", "date", "message-id" }) // listed twice each: oversigned
        {
            DkimHeader.Write(hashed, header[name]!.Raw.Span, DkimCanonicalization.Relaxed);
            hashed.Write("\r\n"u8);
        }
        var raw = Encoding.ASCII.GetString(signature.Raw.Span);
        var value = raw.IndexOf(" b=", StringComparison.Ordinal) + 3;
        DkimHeader.Write(hashed, Encoding.ASCII.GetBytes(raw[..value]), DkimCanonicalization.Relaxed);

        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"), out _);
        key.VerifyData(hashed.WrittenSpan, Convert.FromBase64String(WithoutSpaces(raw[value..])), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).ShouldBeTrue();
    }

    [Fact]
    public async Task A_signature_says_what_it_covers()
    {
        var field = await SignAsync("Subject: a\r\nFrom: x@example.test\r\nReceived: y\r\nSubject: b\r\n\r\nbody\r\n", Options with { ValidFor = TimeSpan.FromDays(7) });

        field.Name.ShouldBe("DKIM-Signature");
        var tags = field.Value.Split(';').Select(t => t.Trim().Split('=', 2)).ToDictionary(t => t[0], t => WithoutSpaces(t[1]));
        tags["v"].ShouldBe("1");
        tags["a"].ShouldBe("rsa-sha256");
        tags["c"].ShouldBe("relaxed/relaxed");
        tags["d"].ShouldBe("example.test");
        tags["s"].ShouldBe("s1");
        tags["t"].ShouldBe(Now.ToUnixTimeSeconds().ToString());
        tags["x"].ShouldBe(Now.AddDays(7).ToUnixTimeSeconds().ToString());
        tags["h"].ShouldBe("from:from:sender:reply-to:to:cc:subject:subject:subject:date");
        tags.ShouldNotContainKey("l");
        Convert.FromBase64String(tags["b"]).Length.ShouldBe(256);
        Encoding.ASCII.GetString(field.Raw.Span).Split("\r\n")[..^1].ShouldAllBe(line => line.Length <= 78);
    }

    [Fact]
    public async Task Nothing_is_oversigned_when_that_is_not_wanted()
    {
        var field = await SignAsync("From: x@example.test\r\n\r\n", Options with { OversignedFields = [] });

        field.Value.ShouldContain(" h=from;");
    }

    [Fact]
    public async Task A_large_body_is_signed_with_little_memory()
    {
        using var signer = new DkimSigner(Options);
        var mail = new Repeated("From: a@b\r\n\r\n"u8.ToArray(), "0123456789  abcdef \r\n"u8.ToArray(), 1_000_000);
        await signer.SignAsync(mail, Now, default);
        mail.Position = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        await signer.SignAsync(mail, Now, default);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000); // the body is 20 MB; all of it runs on this thread
    }

    [Theory]
    [InlineData("", "s1")]
    [InlineData("exa mple.test", "s1")]
    [InlineData("example.test;d=evil", "s1")]
    [InlineData("example.test", "")]
    [InlineData("example.test", "s\r\n1")]
    public void A_domain_or_selector_that_is_none_is_refused(string domain, string selector) =>
        Should.Throw<ArgumentException>(() => new DkimSigner(Options with { Domain = domain, Selector = selector }));

    [Fact]
    public void A_key_that_is_no_private_RSA_key_is_refused()
    {
        using var ec = ECDsa.Create();
        using var rsa = RSA.Create(2048);
        using var small = RSA.Create(512);
        foreach (var pem in new[] { "", "rubbish", ec.ExportPkcs8PrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem(), small.ExportPkcs8PrivateKeyPem() })
            Should.Throw<ArgumentException>(() => new DkimSigner(Options with { PrivateKeyPem = pem })).Message.ShouldContain("DKIM key");
    }

    [Fact]
    public async Task An_international_domain_is_written_in_ASCII() =>
        (await SignAsync("From: a@b\r\n\r\n", Options with { Domain = "B\u00fccher.example" })).Value.ShouldContain("d=xn--bcher-kva.example;");

    private static string WithoutSpaces(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    /// <summary>A mail of any size that takes no memory.</summary>
    private sealed class Repeated(byte[] head, byte[] line, int lines) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => head.Length + ((long)line.Length * lines);

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length && Position < Length)
            {
                var source = Position < head.Length ? head.AsSpan((int)Position) : line.AsSpan((int)((Position - head.Length) % line.Length));
                var count = Math.Min(source.Length, buffer.Length - read);
                source[..count].CopyTo(buffer[read..]);
                read += count;
                Position += count;
            }
            return read;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

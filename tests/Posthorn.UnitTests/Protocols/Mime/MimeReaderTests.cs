using System.Text;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class MimeReaderTests
{
    /// <summary>A mail's structure as text: each leaf with its body.</summary>
    private static string Structure(string mail, MimeLimits? limits = null)
    {
        var bytes = Encoding.Latin1.GetBytes(mail.Replace("\n", "\r\n", StringComparison.Ordinal));
        var root = MimeReader.Read(bytes, limits ?? MimeLimits.Default);
        var withLf = MimeReader.Read(Encoding.Latin1.GetBytes(mail), limits ?? MimeLimits.Default);
        Describe(withLf, Encoding.Latin1.GetBytes(mail)).ShouldBe(Describe(root, bytes));
        return Describe(root, bytes);
    }

    private static string Describe(MimePart part, byte[] mail) => part.Children.Count > 0
        ? $"{part.ContentType.MediaType}({string.Join(' ', part.Children.Select(c => Describe(c, mail)))})"
        : $"{part.ContentType.Subtype}[{Encoding.Latin1.GetString(mail, (int)part.BodyOffset, (int)part.BodyLength).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "/", StringComparison.Ordinal)}]";

    private const string Mixed = "Content-Type: multipart/mixed; boundary=x\n\n";

    [Fact]
    public void A_mail_without_parts_is_one_part() => Structure("A: b\n\none\ntwo\n").ShouldBe("plain[one/two/]");

    [Fact]
    public void The_line_end_before_a_boundary_belongs_to_the_boundary() =>
        Structure(Mixed + "--x\n\none\n--x\n\ntwo\n\n--x--\n").ShouldBe("multipart/mixed(plain[one] plain[two/])");

    [Fact]
    public void Preamble_and_epilogue_are_no_parts() =>
        Structure(Mixed + "preamble\n--x\n\none\n--x--\nepilogue\n--x\n\nnot a part\n").ShouldBe("multipart/mixed(plain[one])");

    [Fact]
    public void A_missing_end_boundary_ends_with_the_mail() => Structure(Mixed + "--x\n\none").ShouldBe("multipart/mixed(plain[one])");

    [Fact]
    public void An_outer_boundary_ends_what_is_inside() =>
        Structure(Mixed + "--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\none\n--x\n\ntwo\n--x--\n")
            .ShouldBe("multipart/mixed(multipart/mixed(plain[one]) plain[two])");

    [Fact]
    public void A_boundary_that_begins_like_another_is_another() =>
        Structure("Content-Type: multipart/mixed; boundary=xy\n\n--xy\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n--xy\n\ntwo\n--xy--\n")
            .ShouldBe("multipart/mixed(multipart/mixed(plain[one]) plain[two])");

    [Fact]
    public void White_space_behind_a_boundary_is_allowed_and_text_is_not() =>
        Structure(Mixed + "--x \t\n\none\n--x y\n--xx\n --x\n--x--- \n--x--  \nepilogue").ShouldBe("multipart/mixed(plain[one/--x y/--xx/ --x/--x--- ])");

    [Fact]
    public void A_part_may_be_empty() => Structure(Mixed + "--x\n--x\n\n--x\nA: b\n--x\nA: b\n\n\n--x--").ShouldBe("multipart/mixed(plain[] plain[] plain[] plain[])");

    [Fact]
    public void A_mail_inside_is_entered() =>
        Structure(Mixed + "--x\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\nhi\n--x--\n").ShouldBe("multipart/mixed(message/rfc822(html[hi]))");

    [Fact]
    public void An_encoded_mail_inside_is_not_entered() =>
        Structure("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogYg==").ShouldBe("rfc822[QTogYg==]");

    [Fact]
    public void Parts_of_a_digest_are_mails() =>
        Structure("Content-Type: multipart/digest; boundary=x\n\n--x\n\nA: b\n\none\n--x\nContent-Type: text/html\n\ntwo\n--x--").ShouldBe("multipart/digest(message/rfc822(plain[one]) html[two])");

    [Fact]
    public void A_multipart_without_a_boundary_has_no_parts() => Structure("Content-Type: multipart/mixed\n\n--x\n\none").ShouldBe("mixed[--x//one]");

    [Fact]
    public void A_multipart_whose_boundary_never_comes_has_no_parts() => Structure(Mixed + "one\n").ShouldBe("mixed[one/]");

    [Fact]
    public void A_part_whose_first_line_is_no_header_is_all_body() => Structure(Mixed + "--x\nno header\none\n--x--").ShouldBe("multipart/mixed(plain[no header/one])");

    [Fact]
    public void A_line_of_any_length_is_skipped()
    {
        var giant = new string('g', 90_000);
        Structure($"X: {giant}\nContent-Type: multipart/mixed; boundary=x\n\n{giant}\n--x\nY: {giant}\n\n--{giant}\n--x\n\ntwo\n--x--{giant}\n--x--")
            .ShouldBe($"multipart/mixed(plain[--{giant}] plain[two/--x--{giant}])");
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_not_entered_and_is_told()
    {
        var mail = string.Concat(Enumerable.Range(0, 200).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"));

        var root = MimeReader.Read(Encoding.ASCII.GetBytes(mail), MimeLimits.Default);

        root.IsCutShort.ShouldBeTrue();
        root.Descendants().Count().ShouldBe(MimeLimits.Default.NestingMax);
    }

    [Fact]
    public void Parts_beyond_the_limit_are_left_out_and_that_is_told()
    {
        var mail = Mixed + string.Concat(Enumerable.Range(0, 10).Select(i => $"--x\n\n{i}\n")) + "--x--";

        Structure(mail, new MimeLimits { PartsMax = 11 }).ShouldEndWith("plain[9])");
        Structure(mail, new MimeLimits { PartsMax = 4 }).ShouldBe("multipart/mixed(plain[0] plain[1] plain[2])");
        MimeReader.Read(Encoding.ASCII.GetBytes(mail), new MimeLimits { PartsMax = 11 }).IsCutShort.ShouldBeFalse();
        MimeReader.Read(Encoding.ASCII.GetBytes(mail), new MimeLimits { PartsMax = 10 }).IsCutShort.ShouldBeTrue();
    }

    [Fact]
    public void A_field_beyond_the_limit_is_left_out_and_those_behind_it_still_count()
    {
        var mail = Encoding.ASCII.GetBytes("A: b\r\nX: " + string.Concat(Enumerable.Repeat("0123456789\r\n ", 1000)) + "\r\nContent-Type: text/html\r\n\r\nbody");

        var root = MimeReader.Read(mail, new MimeLimits { FieldBytesMax = 100 });

        root.IsCutShort.ShouldBeTrue();
        root.Header.IsTruncated.ShouldBeTrue();
        root.Header.Fields.Select(f => f.Name).ShouldBe(["A", "Content-Type"]);
        root.ContentType.MediaType.ShouldBe("text/html");
        root.BodyOffset.ShouldBe(mail.Length - 4);
    }

    [Fact]
    public void Headers_beyond_the_limit_in_all_are_left_out_and_no_part_follows()
    {
        var mail = Encoding.ASCII.GetBytes(Mixed + string.Concat(Enumerable.Range(0, 100).Select(i => $"--x\nX: {i}\n\nbody\n")));

        var root = MimeReader.Read(mail, new MimeLimits { HeadersBytesMax = 100 });

        root.IsCutShort.ShouldBeTrue();
        root.Descendants().Sum(p => p.Header.Length).ShouldBeLessThan(120);
    }

    [Fact]
    public void Attachments_are_told_from_what_is_shown()
    {
        MimePart Part(string header) => MimeReader.Read(Encoding.ASCII.GetBytes(header + "\n\n"), MimeLimits.Default);

        Part("Content-Disposition: attachment").IsAttachment.ShouldBeTrue();
        Part("Content-Disposition: ATTACHMENT; filename=\"a.txt\"").IsAttachment.ShouldBeTrue();
        Part("Content-Type: application/pdf; name=a.pdf").IsAttachment.ShouldBeTrue();
        Part("Content-Type: application/pdf; name=a.pdf\nContent-Disposition: inline").IsAttachment.ShouldBeTrue();
        Part("Content-Type: image/png; name=a.png\nContent-Disposition: inline\nContent-ID: <1@x>").IsAttachment.ShouldBeFalse();
        Part("Content-Type: text/plain").IsAttachment.ShouldBeFalse();
        Part("Content-Disposition: inline").IsAttachment.ShouldBeFalse();
        Part("Content-Type: multipart/mixed; name=x").IsAttachment.ShouldBeFalse();

        var part = Part("Content-ID: <1@x>\nContent-Disposition: attachment;\n filename*0*=utf-8''a%2F;\n filename*1*=%E2%82%AC.exe");
        part.FileName.ShouldBe("\u20ac.exe");
        part.Disposition.ShouldBe("attachment");
        part.ContentId.ShouldBe("1@x");
    }

    [Fact]
    public async Task A_mail_without_parts_is_not_read_to_its_end()
    {
        var stream = new CountingStream(Encoding.ASCII.GetBytes("A: b\r\n\r\n" + new string('x', 1_000_000)));

        var root = await MimeReader.ReadAsync(stream, MimeLimits.Default, default);

        root.BodyLength.ShouldBe(1_000_000);
        stream.BytesRead.ShouldBeLessThan(100_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(4096)]
    public async Task The_structure_does_not_depend_on_how_the_bytes_come(int bytesAtOnce)
    {
        foreach (var name in Corpus.Names)
        {
            var bytes = Corpus.Read(name);
            var dribbled = await MimeReader.ReadAsync(new DribblingStream(bytes, bytesAtOnce), MimeLimits.Default, default);
            Describe(dribbled, bytes).ShouldBe(Describe(MimeReader.Read(bytes, MimeLimits.Default), bytes), name);
        }
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            BytesRead += read;
            return read;
        }
    }
}

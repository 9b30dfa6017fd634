using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Envelopes and structures, kept and read back.</summary>
public sealed class MailStructureTests
{
    [Fact]
    public void The_envelope_of_the_standard()
    {
        // RFC 9051 8, without the line breaks there.
        const string Mail =
            "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\nSubject: IMAP4rev2 WG mtg summary and minutes\r\n" +
            "To: imap@cac.washington.edu\r\ncc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n" +
            "Message-Id: <B27397-0100000@cac.washington.edu>\r\nMIME-Version: 1.0\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\nline\r\nline\r\n";
        Envelope(Mail).ShouldBe(
            "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) " +
            "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) " +
            "((NIL NIL \"imap\" \"cac.washington.edu\")) ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) " +
            "NIL NIL \"<B27397-0100000@cac.washington.edu>\")");
        Structure(Mail, isExtended: false).ShouldBe("(\"text\" \"plain\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 12 2)");
    }

    [Theory]
    [InlineData("a@b (Joe)", "((\"Joe\" NIL \"a\" \"b\"))")]
    [InlineData("\"Joe \\\"Q\\\" Public\" <joe@x>", "((\"Joe \\\"Q\\\" Public\" NIL \"joe\" \"x\"))")]
    [InlineData("Joe  Q.   Public <joe@x>,,", "((\"Joe Q. Public\" NIL \"joe\" \"x\"))")]
    [InlineData("<@a,@b:c@d>", "((NIL \"@a,@b\" \"c\" \"d\"))")]
    [InlineData("\"a b\"@c", "((NIL NIL \"a b\" \"c\"))")]
    [InlineData("A Group: a@b, C <c@d>;, e@f", "((NIL NIL \"A Group\" NIL)(NIL NIL \"a\" \"b\")(\"C\" NIL \"c\" \"d\")(NIL NIL NIL NIL)(NIL NIL \"e\" \"f\"))")]
    [InlineData("undisclosed-recipients:;", "((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL))")]
    [InlineData("MAILER-DAEMON", "((NIL NIL \"MAILER-DAEMON\" \"MISSING_DOMAIN\"))")]
    [InlineData("=?utf-8?q?J=C3=B6?= <j@x>", "((\"=?utf-8?q?J=C3=B6?=\" NIL \"j\" \"x\"))")]
    [InlineData("user@[IPv6:::1]", "((NIL NIL \"user\" \"[IPv6:::1]\"))")]
    [InlineData("", "NIL")]
    public void Addresses_are_told_in_four_pieces(string written, string expected) =>
        Envelope($"To: {written}\r\n\r\n").ShouldBe($"(NIL NIL NIL NIL NIL {expected} NIL NIL NIL NIL)");

    [Fact]
    public void A_folded_field_is_one_line_and_8_bits_make_a_literal() =>
        Envelope("Subject: a\r\n b\xE9\r\n\r\n").ShouldStartWith("(NIL {4}\r\na b\xE9 NIL ");

    [Fact]
    public void A_structure_with_everything()
    {
        const string Mail =
            "Subject: outer\r\nContent-Type: multipart/mixed; boundary=\"b 1\"\r\nContent-Language: de, en-GB\r\n\r\npreamble\r\n" +
            "--b 1\r\n\r\nplain\r\n\r\n" +
            "--b 1\r\nContent-Type: multipart/alternative; boundary=b2\r\nContent-Disposition: inline\r\n\r\n" +
            "--b2\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: Quoted-Printable\r\nContent-ID: <x@y>\r\nContent-Description: some html\r\nContent-Location: http://x/\r\n\r\n<p>\r\n--b2--\r\n" +
            "--b 1\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nFrom: a@b\r\n\r\nline\r\nline\r\n" +
            "--b 1\r\nContent-Type: application/pdf; name=\"a \\\"b\\\".pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-MD5: abcd==\r\n" +
            "Content-Disposition: attachment; filename*0*=utf-8''%e4; filename*1=\"x.pdf\"\r\n\r\nAAAA\r\n--b 1--\r\nepilogue\r\n";
        Structure(Mail, isExtended: true).ShouldBe(
            "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL)" +
            "((\"text\" \"html\" (\"charset\" \"utf-8\") \"<x@y>\" \"some html\" \"quoted-printable\" 3 0 NIL NIL NIL \"http://x/\") \"alternative\" (\"boundary\" \"b2\") (\"inline\" NIL) NIL NIL)" +
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 39 (NIL \"inner\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)" +
            " (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 10 1 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)" +
            "(\"application\" \"pdf\" (\"name\" \"a \\\"b\\\".pdf\") NIL NIL \"base64\" 4 \"abcd==\" (\"attachment\" (\"filename*\" \"utf-8''%e4x.pdf\")) NIL NIL)" +
            " \"mixed\" (\"boundary\" \"b 1\") NIL (\"de\" \"en-GB\") NIL)");
        Structure(Mail, isExtended: false).ShouldEndWith(" \"base64\" 4) \"mixed\")");
    }

    [Fact]
    public void What_has_no_parts_or_cannot_be_entered_still_is_something_a_client_can_read()
    {
        Structure("Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing\r\n", isExtended: false)
            .ShouldBe("((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0) \"mixed\")");
        Structure("Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing\r\n", isExtended: true)
            .ShouldBe("((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"x\") NIL NIL NIL)");
        Structure("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n", isExtended: false)
            .ShouldBe("(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 6)");
        Structure("", isExtended: false).ShouldBe("(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)");
        Structure("Content-Transfer-Encoding: x-uuencode\r\n\r\n", isExtended: false).ShouldContain("\"x-uuencode\"");
    }

    [Fact]
    public void The_compact_form_of_version_2_stays_as_it_is()
    {
        var mail = StructureReader.Read("From: A <a@b>\r\nSubject: s\r\nReferences: <1> <2>\r\n\r\nx\r\n"u8);
        Convert.ToHexString(mail.Encoded.Span[5..]).ShouldBe(
            "E66CE53D" + "32" + // checksum and length of the header
            "35" + // size
            "12" + // length of the envelope
            "09" + // length of the references
            "00" + "0473" + "01" + "0441" + "00" + "0461" + "0462" + "00" + "00" + "00" + "00" + "00" + "00" + "00" + // the envelope
            "02" + "083C313E" + "083C323E" + // the references
            "00" + "00" + "01" + "03" + "00" + "00" + "32" + "03" + "01"); // a text/plain part in 7bit: no parameters, at 0, header 50, body 3, 1 line
        mail.Encoded.Span[0].ShouldBe((byte)2);
    }

    [Fact]
    public void Version_1_which_knows_no_checksum_of_the_header_is_read()
    {
        var now = StructureReader.Read("From: A <a@b>\r\nSubject: s\r\n\r\nx\r\n"u8);
        byte[] before = [1, 0, 0, 0, 0, .. now.Encoded.Span[10..]];
        BinaryPrimitives.WriteUInt32LittleEndian(before.AsSpan(1), StructureEncoder.Checksum(before.AsSpan(5)));

        MailStructure.TryRead(before, out var read).ShouldBeTrue();
        read!.HeaderChecksum.ShouldBeNull();
        (read.Size, read.HeaderLength).ShouldBe((now.Size, now.HeaderLength));
        now.HeaderChecksum.ShouldNotBeNull();
    }

    [Fact]
    public void Another_version_or_damage_is_no_structure()
    {
        var encoded = StructureReader.Read("Subject: s\r\n\r\nx\r\n"u8).Encoded.ToArray();
        MailStructure.TryRead(encoded, out _).ShouldBeTrue();
        MailStructure.TryRead(default, out _).ShouldBeFalse();
        for (var i = 0; i < encoded.Length; i++)
        {
            encoded[i] ^= 0x40;
            MailStructure.TryRead(encoded, out _).ShouldBeFalse();
            encoded[i] ^= 0x40;
            MailStructure.TryRead(encoded.AsMemory(0, i), out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void References_are_those_of_the_field_else_the_first_that_is_answered()
    {
        Ids("References: <a@b> junk <c@d>\r\nIn-Reply-To: <e@f>\r\n\r\n").ShouldBe(["<a@b>", "<c@d>"]);
        Ids("In-Reply-To: your mail <e@f> <g@h>\r\n\r\n").ShouldBe(["<e@f>"]);
        Ids("References: <> <a\r\n\r\n").ShouldBeEmpty();
        Ids($"References: {string.Concat(Enumerable.Range(0, 100).Select(i => $"<{i}@x> "))}\r\n\r\n").ShouldBe(["<0@x>", .. Enumerable.Range(69, 31).Select(i => $"<{i}@x>")]);

        static string[] Ids(string mail) => [.. Of(mail).References.Select(r => Encoding.Latin1.GetString(r.Span))];
    }

    [Fact]
    public void A_monster_is_told_but_not_kept()
    {
        var monster = Of($"To: {string.Concat(Enumerable.Range(0, 1_000).Select(i => $"user{i}@example.test, "))}\r\n\r\n");
        monster.IsKeepable.ShouldBeFalse();
        monster.Envelope.To.Count.ShouldBe(1_000);
        Of("Subject: x\r\n\r\n").IsKeepable.ShouldBeTrue();
    }

    [Fact]
    public async Task Reading_from_a_stream_in_pieces_gives_the_same()
    {
        foreach (var name in Corpus.Names)
        {
            var bytes = Corpus.Read(name);
            using var stream = new DribblingStream(bytes, 7);
            (await StructureReader.ReadAsync(stream, CancellationToken.None)).Encoded.ToArray().ShouldBe(StructureReader.Read(bytes).Encoded.ToArray(), name);
        }
    }

    [Fact]
    public void Every_mail_of_the_corpus_is_told_as_the_MIME_reader_sees_it()
    {
        var lengths = new List<int>();
        foreach (var name in Corpus.Names)
        {
            var bytes = Corpus.Read(name);
            StructureInvariants.Check(bytes);
            lengths.Add(Of(Encoding.Latin1.GetString(bytes)).Encoded.Length);
        }
        lengths.Average().ShouldBeLessThan(1_024);
    }

    private static MailStructure Of(string mail) => StructureReader.Read(Encoding.Latin1.GetBytes(mail));

    private static string Envelope(string mail) => Fetched(w => w.FetchEnvelope(Of(mail)), "ENVELOPE ");

    private static string Structure(string mail, bool isExtended) => Fetched(w => w.FetchStructure(Of(mail), isExtended), isExtended ? "BODYSTRUCTURE " : "BODY ");

    private static string Fetched(Action<ImapWriter> write, string label)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ImapWriter(output);
        writer.FetchBegin(1);
        write(writer);
        writer.FetchEnd();
        return Encoding.Latin1.GetString(output.WrittenSpan)["* 1 FETCH (".Length..^3][label.Length..];
    }
}

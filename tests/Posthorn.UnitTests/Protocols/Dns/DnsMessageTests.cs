using System.Net;
using Posthorn.Protocols.Dns;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Dns;

public sealed class DnsMessageTests
{
    [Fact]
    public void A_question_is_written_as_the_rfcs_say()
    {
        var expected = Convert.FromHexString(
            "1234" + "0100" + "0001" + "0000" + "0000" + "0001" // id, RD, one question, one additional
            + "076578616D706C65" + "0474657374" + "00" + "000F" + "0001" // example.test MX IN
            + "00" + "0029" + "04D0" + "00000000" + "0000"); // OPT, 1232 bytes
        DnsMessage.WriteQuestion(0x1234, "example.test", DnsRecordType.Mx).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("exämple.test")]
    [InlineData("a1234567890123456789012345678901234567890123456789012345678901234.test")]
    public void What_is_no_name_is_not_asked_for(string name) => Should.Throw<DnsFormatException>(() => DnsMessage.WriteQuestion(1, name, DnsRecordType.A));

    [Fact]
    public void The_records_of_a_response_are_read()
    {
        var response = DnsMessage.Read(DnsBytes.Response(7, "Example.test", DnsRecordType.Mx, DnsResponseCode.NoError, false,
            [DnsBytes.Mx("example.test", 10, "MX1.example.test", 300), DnsBytes.Mx("example.test", 20, ""), DnsBytes.A("mx1.example.test", "192.0.2.1"), DnsBytes.Aaaa("mx1.example.test", "2001:db8::1"), DnsBytes.Cname("a.test", "b.test")],
            [DnsBytes.Soa("example.test", 600, 30)]));
        response.Id.ShouldBe((ushort)7);
        response.QuestionName.ShouldBe("example.test");
        response.Answers[0].ShouldBe(new DnsRecord("example.test", DnsRecordType.Mx, TimeSpan.FromSeconds(300)) { Preference = 10, Target = "mx1.example.test" });
        response.Answers[1].Target.ShouldBe("");
        response.Answers[2].Address.ShouldBe(IPAddress.Parse("192.0.2.1"));
        response.Answers[3].Address.ShouldBe(IPAddress.Parse("2001:db8::1"));
        response.Answers[4].Target.ShouldBe("b.test");
        response.Authorities[0].NegativeTimeToLive.ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Compressed_names_are_followed()
    {
        // The answer's owner points to the question's name; the exchanger is "mx" before a pointer to it.
        var response = DnsMessage.Read(Convert.FromHexString(
            "000181800001000100000000" + "016101620000" + "0F0001"
            + "C00C" + "000F0001" + "0000003C" + "0007" + "000A" + "026D78" + "C00C"));
        response.Answers.ShouldHaveSingleItem().ShouldBe(new DnsRecord("a.b", DnsRecordType.Mx, TimeSpan.FromSeconds(60)) { Preference = 10, Target = "mx.a.b" });
    }

    [Theory]
    [InlineData("C00C", "a name that points to itself")]
    [InlineData("C00E", "one that points forward")]
    [InlineData("0161C00C", "one that comes back to its own start")]
    [InlineData("40", "a label of an unknown kind")]
    [InlineData("3F61", "a label longer than the message")]
    public void A_name_that_never_ends_is_refused(string name, string what) =>
        Should.Throw<DnsFormatException>(() => DnsMessage.Read(Convert.FromHexString("000181800001000000000000" + name + "00010001")), what);

    [Fact]
    public void Pointers_that_point_back_and_back_again_end_at_the_longest_name()
    {
        // Labels of 63 bytes, each followed by a pointer to the one before: legal links, but a name beyond 255 bytes.
        var bytes = new List<byte>(Convert.FromHexString("000181800001000600000000" + "00" + "00010001"));
        var previous = 0;
        for (var i = 0; i < 6; i++)
        {
            var start = bytes.Count;
            bytes.Add(63);
            bytes.AddRange(Enumerable.Repeat((byte)'a', 63));
            bytes.AddRange(previous == 0 ? [0] : [(byte)(0xC0 | (previous >> 8)), (byte)previous]);
            bytes.AddRange(Convert.FromHexString("0010" + "0001" + "0000003C" + "0000"));
            previous = start;
        }

        Should.Throw<DnsFormatException>(() => DnsMessage.Read(bytes.ToArray())).Message.ShouldContain("255");
    }

    [Fact]
    public void A_message_cut_anywhere_is_refused_not_misread()
    {
        var whole = DnsBytes.Response(7, "example.test", DnsRecordType.Mx, DnsResponseCode.NoError, false, [DnsBytes.Mx("example.test", 10, "mx.example.test")], [DnsBytes.Soa("example.test", 1, 1)]);
        for (var length = 0; length < whole.Length; length++)
            Should.Throw<DnsFormatException>(() => DnsMessage.Read(whole.AsSpan(0, length).ToArray()));
    }

    [Fact]
    public void Damaged_messages_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(11);
        var whole = DnsBytes.Response(7, "example.test", DnsRecordType.Mx, DnsResponseCode.NoError, false,
            [DnsBytes.Mx("example.test", 10, "mx.example.test"), DnsBytes.Cname("a.test", "b.test"), DnsBytes.A("b.test", "192.0.2.1")], [DnsBytes.Soa("example.test", 1, 1)]);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                DnsMessage.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1))).Answers.Count.ShouldBeLessThanOrEqualTo(256);
            }
            catch (DnsFormatException)
            {
                continue;
            }
        }
    }

    [Theory]
    [InlineData("Example.TEST", "example.test")]
    [InlineData("example.test.", "example.test")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("Bücher.Example", "xn--bcher-kva.example")]
    [InlineData("[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("", "")]
    public void A_domain_is_looked_up_in_small_a_labels(string domain, string ascii) => DomainNames.ToAscii(domain).ShouldBe(ascii);
}

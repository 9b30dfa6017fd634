using System.Text;
using Posthorn.Protocols.Smtp.Paths;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Paths;

public sealed class PathReaderTests
{
    [Theory]
    [InlineData("<joe@a.example>", "joe", "a.example", "joe@a.example")]
    [InlineData("<Joe.Bloggs+tag@A.Example>", "Joe.Bloggs+tag", "A.Example", "Joe.Bloggs+tag@A.Example")]
    [InlineData("<\"joe bloggs\"@a.example>", "joe bloggs", "a.example", "\"joe bloggs\"@a.example")]
    [InlineData("<\"joe\"@a.example>", "joe", "a.example", "joe@a.example")]
    [InlineData("<\"a@b\"@c.example>", "a@b", "c.example", "\"a@b\"@c.example")]
    [InlineData("<\"a\\\"b\\\\c\"@d.example>", "a\"b\\c", "d.example", "\"a\\\"b\\\\c\"@d.example")]
    [InlineData("<\">\"@d.example>", ">", "d.example", "\">\"@d.example")]
    [InlineData("<\"..\"@d.example>", "..", "d.example", "\"..\"@d.example")]
    [InlineData("<a%b!c@d.example>", "a%b!c", "d.example", "a%b!c@d.example")]
    [InlineData("<@relay.example:joe@a.example>", "joe", "a.example", "joe@a.example")]
    [InlineData("<@one.example,@two.example:joe@a.example>", "joe", "a.example", "joe@a.example")]
    [InlineData("<joe@[192.0.2.1]>", "joe", "[192.0.2.1]", "joe@[192.0.2.1]")]
    [InlineData("<joe@[IPv6:2001:db8::1]>", "joe", "[IPv6:2001:db8::1]", "joe@[IPv6:2001:db8::1]")]
    [InlineData("<joe@localhost>", "joe", "localhost", "joe@localhost")]
    [InlineData("<joe@my_host.example>", "joe", "my_host.example", "joe@my_host.example")]
    [InlineData("<postMASTER>", "postMASTER", "", "postMASTER")]
    [InlineData("<jürgen@bücher.example>", "jürgen", "bücher.example", "jürgen@bücher.example")]
    [InlineData("<\"jür gen\"@a.example>", "jür gen", "a.example", "\"jür gen\"@a.example")]
    public void A_path_is_read_and_written_with_no_more_quoting_than_needed(string text, string local, string domain, string address)
    {
        PathReader.TryRead(Encoding.UTF8.GetBytes(text + " SIZE=1"), out var path, out var rest).ShouldBeTrue();
        path.LocalPart.ShouldBe(local);
        path.Domain.ShouldBe(domain);
        path.ToString().ShouldBe(address);
        path.IsNull.ShouldBeFalse();
        path.IsUtf8.ShouldBe(!Ascii.IsValid(text));
        Encoding.UTF8.GetString(rest).ShouldBe(" SIZE=1");
    }

    [Fact]
    public void The_null_path_is_empty()
    {
        PathReader.TryRead("<> BODY=7BIT"u8, out var path, out var rest).ShouldBeTrue();
        path.IsNull.ShouldBeTrue();
        path.ToString().ShouldBe("");
        Encoding.UTF8.GetString(rest).ShouldBe(" BODY=7BIT");
    }

    [Theory]
    [InlineData("")]
    [InlineData("joe@a.example")]
    [InlineData("<joe@a.example")]
    [InlineData("<joe>")]
    [InlineData("<@a.example>")]
    [InlineData("<joe@>")]
    [InlineData("<joe@a.example.>")]
    [InlineData("<joe@.a.example>")]
    [InlineData("<joe@a..example>")]
    [InlineData("<joe@-a.example>")]
    [InlineData("<joe@a-.example>")]
    [InlineData("<joe@a@b.example>")]
    [InlineData("<joe@a.example@b.example>")]
    [InlineData("<.joe@a.example>")]
    [InlineData("<joe.@a.example>")]
    [InlineData("<jo..e@a.example>")]
    [InlineData("<jo e@a.example>")]
    [InlineData("< joe@a.example>")]
    [InlineData("<joe@a.example >")]
    [InlineData("<joe(comment)@a.example>")]
    [InlineData("<joe,ann@a.example>")]
    [InlineData("<\"\"@a.example>")]
    [InlineData("<\"joe@a.example>")]
    [InlineData("<\"joe\"x@a.example>")]
    [InlineData("<joe@[192.0.2]>")]
    [InlineData("<joe@[192.0.2.256]>")]
    [InlineData("<joe@[0x7f.0.0.1]>")]
    [InlineData("<joe@[2001:db8::1]>")]
    [InlineData("<joe@[IPv6:192.0.2.1]>")]
    [InlineData("<joe@[IPv6:fe80::1%eth0]>")]
    [InlineData("<joe@[tag:content]>")]
    [InlineData("<joe@[192.0.2.1>")]
    [InlineData("<joe@[192.0.2.1]x>")]
    [InlineData("<@a.example joe@b.example>")]
    [InlineData("<@a.example:@b.example:joe@c.example>")]
    [InlineData("<@a.example:>")]
    public void What_is_against_the_grammar_is_no_path(string text) =>
        PathReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out _).ShouldBeFalse();

    [Fact]
    public void Bytes_that_are_no_UTF_8_and_C1_controls_are_no_path()
    {
        PathReader.TryRead([(byte)'<', 0xFF, (byte)'@', (byte)'a', (byte)'>'], out _, out _).ShouldBeFalse();
        PathReader.TryRead("<a\u0085b@c.example>"u8, out _, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(255, 250, true)]
    [InlineData(256, 250, false)]
    [InlineData(64, 255, true)]
    [InlineData(64, 256, false)]
    public void Lengths_are_bounded(int localLength, int domainLength, bool isRead)
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 49), 6))[..domainLength].TrimEnd('.');
        domain = domain.PadRight(domainLength, 'd');
        PathReader.TryRead(Encoding.ASCII.GetBytes($"<{new string('l', localLength)}@{domain}>"), out _, out _).ShouldBe(isRead);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_at_most_63_bytes(int length, bool isRead) =>
        PathReader.TryRead(Encoding.ASCII.GetBytes($"<a@{new string('d', length)}.example>"), out _, out _).ShouldBe(isRead);
}

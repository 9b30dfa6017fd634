using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class AddressListTests
{
    // RFC 5322 A.1, A.5, A.6, RFC 2047 and what is found in the wild; expected as "name|address" with semicolons between.
    [Theory]
    [InlineData("John Doe <jdoe@machine.example>", "John Doe|jdoe@machine.example")]
    [InlineData("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public|john.q.public@example.com")]
    [InlineData("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>", "Mary Smith|mary@x.test;|jdoe@example.org;Who?|one@y.test")]
    [InlineData("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>", "|boss@nil.test;Giant; \"Big\" Box|sysservices@example.net")]
    [InlineData("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;", "Ed Jones|c@a.test;|joe@where.test;John|jdoe@one.test")]
    [InlineData("Undisclosed recipients:;", "")]
    [InlineData("A Group:a@b;, c@d", "|a@b;|c@d")]
    [InlineData("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|pete@silly.test")]
    [InlineData("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "")]
    [InlineData("Mary Smith <@node.test,@second.test:mary@example.net>, , jdoe@test  . example", "Mary Smith|mary@example.net;|jdoe@test.example")]
    [InlineData("MAILER-DAEMON@hmail.jitbit.com (Mail Delivery System)", "Mail Delivery System|MAILER-DAEMON@hmail.jitbit.com")]
    [InlineData("=?utf-8?q?Doe=2C_J=C3=BCrgen?= <j@x.test>", "Doe, J\u00fcrgen|j@x.test")]
    [InlineData("\"=?utf-8?q?J=C3=BCrgen?=\" <j@x.test>", "J\u00fcrgen|j@x.test")]
    [InlineData("\"with space\"@x.test", "|\"with space\"@x.test")]
    [InlineData("a@[192.0.2.1], b@[IPv6:2001:db8::1]", "|a@[192.0.2.1];|b@[IPv6:2001:db8::1]")]
    [InlineData("gr\u00fc\u00dfe@b\u00fccher.example", "|gr\u00fc\u00dfe@b\u00fccher.example")]
    [InlineData("a@b; c@d", "|a@b;|c@d")]
    [InlineData("Broken <a@b", "Broken|a@b")]
    [InlineData("\"Broken <a@b>", "")]
    [InlineData("just a name, a@b", "|a@b")]
    [InlineData("@b, a@, <>, <@>", "")]
    [InlineData("a@b@c", "|\"a@b\"@c")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Addresses_are_read(string? value, string expected) =>
        string.Join(';', AddressList.Parse(value).Select(a => $"{a.DisplayName}|{a.Address}")).ShouldBe(expected);

    [Theory]
    [InlineData("a@b", "a", "b")]
    [InlineData("a.b+c@d.example", "a.b+c", "d.example")]
    [InlineData("\"a b\"@c", "a b", "c")]
    [InlineData("\"a\\\"b@c\"@d", "a\"b@c", "d")]
    [InlineData("a@[192.0.2.1]", "a", "[192.0.2.1]")]
    [InlineData("gr\u00fc\u00dfe@b\u00fccher.example", "gr\u00fc\u00dfe", "b\u00fccher.example")]
    public void One_address_is_taken_apart(string text, string local, string domain)
    {
        MailAddress.TryParse(text, out var address).ShouldBeTrue();
        address.ShouldBe(new MailAddress(null, local, domain));
        address.Address.ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a")]
    [InlineData("@b")]
    [InlineData("a@")]
    [InlineData("a b@c")]
    [InlineData(".a@b")]
    [InlineData("a.@b")]
    [InlineData("a..b@c")]
    [InlineData("a@b..c")]
    [InlineData("a@.b")]
    [InlineData("a@b c")]
    [InlineData("a@b\r\n")]
    [InlineData("a@[192.0.2.1")]
    [InlineData("a@[]")]
    [InlineData("\"a@b")]
    [InlineData("\"a\"b\"@c")]
    [InlineData("\"a\\\"@c")]
    [InlineData("<a@b>")]
    [InlineData("a,b@c")]
    public void What_is_no_address_is_refused(string? text) => MailAddress.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void An_address_written_to_a_header_is_read_back()
    {
        foreach (var name in new[] { "Plain Name", "Doe, Jane", "a \"b\" \\c", "J\u00fcrgen", "dots. and (parens)", "=?utf-8?q?x?=" })
        {
            var address = new MailAddress(name, "odd local", "example.test");
            AddressList.Parse(address.ToHeader()).Single().ShouldBe(address, name);
        }
    }

    [Fact]
    public void A_header_of_a_hundred_thousand_colons_is_read_in_a_moment() =>
        AddressList.Parse("a@b" + new string(':', 100_000) + new string('(', 100_000)).Count.ShouldBeLessThan(2);
}

using Posthorn.Server.Deliver.Webhooks;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

public sealed class UrlTemplateTests
{
    [Theory]
    [InlineData("http://h/{attribute(a)}", "x", "http://h/x")]
    [InlineData("http://h/{ attribute( a ) }/end", "x y", "http://h/x%20y/end")]
    [InlineData("http://h/v1.{attribute(a)}", "2/../..", "http://h/v1.2%2F..%2F..")]
    [InlineData("http://h/?q={attribute(a)}&r=1", "a=b&r=2#x", "http://h/?q=a%3Db%26r%3D2%23x&r=1")]
    [InlineData("http://h/{attribute(a)}", "ä\0\n", "http://h/%C3%A4%00%0A")]
    [InlineData("http://h/{attribute(a)}", "%2e%2e", "http://h/%252e%252e")]
    [InlineData("http://h/{attribute(a)}", "@evil.test/", "http://h/%40evil.test%2F")]
    [InlineData("http://h/a/{attribute(a)}", "...", "http://h/a/...")]
    [InlineData("http://h/a/.{attribute(a)}", ".x/..", "http://h/a/..x%2F..")]
    [InlineData("http://{attribute(a)}.ok.test/x", "t1", "http://t1.ok.test/x")]
    [InlineData("http://{attribute(a)}:8080/x", "fixed.test", "http://fixed.test:8080/x")]
    public void Attributes_stand_where_they_should(string template, string value, string url)
    {
        Parse(template).TryExpand(_ => value, out var made, out var reason).ShouldBeTrue(reason);
        made!.AbsoluteUri.ShouldBe(url);
    }

    [Theory]
    [InlineData("http://h/{attribute(a)}", null)]
    [InlineData("http://h/{attribute(a)}", "")]
    [InlineData("http://h/{attribute(a)}", ".")]
    [InlineData("http://h/{attribute(a)}", "..")]
    [InlineData("http://{attribute(a)}.ok.test/x", "evil.test/")]
    [InlineData("http://{attribute(a)}.ok.test/x", "evil.test#")]
    [InlineData("http://{attribute(a)}.ok.test/x", "a@b")]
    [InlineData("http://{attribute(a)}.ok.test/x", "a:80")]
    [InlineData("http://{attribute(a)}/x", "evil.test")]
    [InlineData("http://{attribute(a)}/x", "ok.test")] // those below only
    [InlineData("http://{attribute(a)}/x", "notok.test")]
    [InlineData("http://{attribute(a)}/x", "127.0.0.1")]
    public void What_would_lead_elsewhere_is_refused(string template, string? value)
    {
        Parse(template).TryExpand(_ => value, out _, out var reason).ShouldBeFalse();
        reason.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("ftp://h/", "is no http or https URL")]
    [InlineData("/hook", "is no http or https URL")]
    [InlineData("http:///x", "is no http or https URL")]
    [InlineData("{attribute(a)}://h/", "is no http or https URL")]
    [InlineData("http://h/{header(a)}", "stands for nothing; write {attribute(name)}")]
    [InlineData("http://h/{attribute()}", "stands for nothing")]
    [InlineData("http://h/{attribute(a)", "has a brace that stands alone")]
    [InlineData("http://h/a}", "has a brace that stands alone")]
    [InlineData("http://h/#x", "has a fragment")]
    [InlineData("http://h:{attribute(a)}/", "takes attributes in its host, path and query only")]
    [InlineData("http://u:{attribute(a)}@h/", "takes attributes in its host, path and query only")]
    public void What_is_no_template_is_refused(string text, string reason)
    {
        UrlTemplate.TryParse(text, ["fixed.test"], out _, out var told).ShouldBeFalse();
        told!.ShouldContain(reason);
    }

    [Fact]
    public void An_attribute_in_the_host_needs_a_list_of_hosts()
    {
        UrlTemplate.TryParse("http://{attribute(a)}.example.com/", [], out _, out var reason).ShouldBeFalse();
        reason!.ShouldContain("list the hosts that it may lead to in 'hosts'");
    }

    [Theory]
    [InlineData("http://127.0.0.1/{attribute(a)}", true)]
    [InlineData("http://localhost:9000/", true)]
    [InlineData("http://[::1]/", true)]
    [InlineData("http://192.168.1.4/", true)]
    [InlineData("http://8.8.8.8/", false)]
    [InlineData("http://internal.example.com/", false)]
    [InlineData("http://{attribute(a)}.ok.test/", false)]
    public void An_address_that_says_itself_that_it_is_private_is_told(string text, bool isPrivate) => Parse(text).IsPrivate.ShouldBe(isPrivate);

    [Fact]
    public void An_endpoint_is_a_URL_without_query_and_password() =>
        UrlTemplate.EndpointOf(new Uri("http://u:p@h:81/a/b?c=d")).ShouldBe("http://h:81/a/b");

    [Fact]
    public void A_group_of_an_endpoint_has_no_more_than_255_characters_and_is_its_own()
    {
        var (one, two) = ("http://h/" + new string('x', 300) + "1", "http://h/" + new string('x', 300) + "2");
        LaneKey.Of(one).Length.ShouldBe(255);
        LaneKey.Of(one).ShouldNotBe(LaneKey.Of(two));
        LaneKey.Of(LaneKey.EndpointOf(LaneKey.Of(one))).ShouldBe(LaneKey.Of(one));
        (LaneKey.Is(LaneKey.Of("http://h/")), LaneKey.Is("tenant")).ShouldBe((true, false));
    }

    private static UrlTemplate Parse(string text) =>
        UrlTemplate.TryParse(text, ["*.ok.test", "fixed.test"], out var template, out var reason) ? template : throw new FormatException(reason);
}

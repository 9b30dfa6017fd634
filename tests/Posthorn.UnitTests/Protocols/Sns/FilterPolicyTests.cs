using System.Text;
using System.Text.Json;
using Posthorn.Protocols.Sns.Filters;
using Posthorn.Protocols.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sns;

/// <summary>Which messages a filter policy lets through, and what is none.</summary>
public sealed class FilterPolicyTests
{
    [Theory]
    [InlineData("""{"store":["shop"]}""", true)]
    [InlineData("""{"store":["other","shop"]}""", true)]
    [InlineData("""{"store":["Shop"]}""", false)]
    [InlineData("""{"price":[100]}""", true)]
    [InlineData("""{"price":[100.0000001]}""", true)] // six decimals count
    [InlineData("""{"price":[100.00001]}""", false)]
    [InlineData("""{"price":["100"]}""", false)]
    [InlineData("""{"text-price":[100]}""", false)]
    [InlineData("""{"text-price":["100"]}""", true)]
    [InlineData("""{"kinds":["red"]}""", true)]
    [InlineData("""{"kinds":[7]}""", true)]
    [InlineData("""{"kinds":[true]}""", true)]
    [InlineData("""{"kinds":["blue"]}""", false)]
    [InlineData("""{"store":["shop"],"price":[100]}""", true)]
    [InlineData("""{"store":["shop"],"price":[101]}""", false)]
    [InlineData("""{"store":[{"prefix":"sh"}]}""", true)]
    [InlineData("""{"store":[{"suffix":"op"}]}""", true)]
    [InlineData("""{"store":[{"prefix":"op"}]}""", false)]
    [InlineData("""{"price":[{"prefix":"1"}]}""", false)]
    [InlineData("""{"store":[{"equals-ignore-case":"SHOP"}]}""", true)]
    [InlineData("""{"store":[{"anything-but":"shop"}]}""", false)]
    [InlineData("""{"store":[{"anything-but":["x","y"]}]}""", true)]
    [InlineData("""{"price":[{"anything-but":[100,5]}]}""", false)]
    [InlineData("""{"store":[{"anything-but":{"prefix":"sh"}}]}""", false)]
    [InlineData("""{"absent":[{"anything-but":"shop"}]}""", false)]
    [InlineData("""{"price":[{"numeric":["=",100]}]}""", true)]
    [InlineData("""{"price":[{"numeric":[">",100]}]}""", false)]
    [InlineData("""{"price":[{"numeric":[">=",100]}]}""", true)]
    [InlineData("""{"price":[{"numeric":[">",0,"<=",100]}]}""", true)]
    [InlineData("""{"price":[{"numeric":[">",0,"<",100]}]}""", false)]
    [InlineData("""{"price":[{"numeric":["<",100.5]}]}""", true)]
    [InlineData("""{"text-price":[{"numeric":["=",100]}]}""", false)]
    [InlineData("""{"store":[{"exists":true}]}""", true)]
    [InlineData("""{"store":[{"exists":false}]}""", false)]
    [InlineData("""{"absent":[{"exists":false}]}""", true)]
    [InlineData("""{"absent":[{"exists":true}]}""", false)]
    [InlineData("""{"bytes":[{"exists":true}]}""", false)] // binary ones do not count
    [InlineData("""{"ip":[{"cidr":"10.1.0.0/16"}]}""", true)]
    [InlineData("""{"ip":[{"cidr":"10.1.2.77/24"}]}""", true)]
    [InlineData("""{"ip":[{"cidr":"10.1.3.0/24"}]}""", false)]
    [InlineData("""{"ip":[{"cidr":"::/0"}]}""", false)]
    [InlineData("""{"$or":[{"store":["x"]},{"price":[100]}]}""", true)]
    [InlineData("""{"$or":[{"store":["x"]},{"price":[1]}]}""", false)]
    [InlineData("""{"store":["x"],"$or":[{"store":["shop"]},{"price":[100]}]}""", false)]
    public void Attributes_are_looked_at(string policy, bool expected) => FilterPolicy.Parse(policy, FilterScope.MessageAttributes).Matches(
    [
        Text("store", "shop"), Text("price", "100", "Number"), Text("text-price", "100"), Text("kinds", """["red",7,true,null]""", "String.Array"), Text("ip", "10.1.2.3"),
        new SqsAttribute("bytes", "Binary", null, new byte[] { 1 }),
    ]).ShouldBe(expected);

    [Theory]
    [InlineData("""{"a":["x"]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":["y","x"]}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":["x"]}""", """["x"]""", false)]
    [InlineData("""{"a":{"b":[1]}}""", """{"a":{"b":1}}""", true)]
    [InlineData("""{"a":{"b":[1]}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":[{"b":1,"c":9},{"b":9,"c":2}]}""", false)] // one object for both
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":[{"b":1,"c":9},{"b":1,"c":2}]}""", true)]
    [InlineData("""{"a":{"b":[1]}}""", """{"a.b":1}""", true)] // dots are nesting
    [InlineData("""{"a.b":[1]}""", """{"a.b":1}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"c":1}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":{"b":0}}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":{"b":1}}""", false)] // a leaf is wanted
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[false]}""", """{"a":false}""", true)]
    [InlineData("""{"a":[5]}""", """{"a":"5"}""", false)]
    [InlineData("""{"$or":[{"a":{"b":[1]}},{"c":["x"]}]}""", """{"c":"x"}""", true)]
    public void The_body_is_looked_at(string policy, string body, bool expected)
    {
        using var document = JsonDocument.Parse(body);
        FilterPolicy.Parse(policy, FilterScope.MessageBody).Matches(document.RootElement).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"a":"x"}""", "\"a\" must be an object or an array")]
    [InlineData("""{"a":[]}""", "Empty arrays are not allowed")]
    [InlineData("""{"a":[{"like":"x"}]}""", "Unrecognized match type like")]
    [InlineData("""{"a":[{"prefix":"x","suffix":"y"}]}""", "Only one key allowed in match expression")]
    [InlineData("""{"a":[["x"]]}""", "Match value must be String, number, true, false, or null")]
    [InlineData("""{"a":[{"suffix":1}]}""", "suffix match pattern must be a string")]
    [InlineData("""{"a":[{"exists":"x"}]}""", "exists match pattern must be either true or false.")]
    [InlineData("""{"a":[{"anything-but":{"like":"x"}}]}""", "Unsupported anything-but pattern: like")]
    [InlineData("""{"a":[{"numeric":[1]}]}""", "Invalid member in numeric match: 1")]
    [InlineData("""{"a":[{"numeric":["!",1]}]}""", "Unrecognized numeric range operator: !")]
    [InlineData("""{"a":[{"numeric":["=","x"]}]}""", "Value of equals must be numeric")]
    [InlineData("""{"a":[{"numeric":[">="]}]}""", "Value of >= must be numeric")]
    [InlineData("""{"a":[{"numeric":["=",1,"<",2]}]}""", "Too many elements in numeric expression")]
    [InlineData("""{"a":[{"numeric":[">",1,">",2]}]}""", "Bad numeric range operator: >")]
    [InlineData("""{"a":[{"numeric":[">",2,"<",1]}]}""", "Bottom must be less than top")]
    [InlineData("""{"a":[{"numeric":[">",1,30]}]}""", "Bad value in numeric range: 30")]
    [InlineData("""{"a":[{"numeric":[">",1,"<",2,"<"]}]}""", "Too many terms in numeric range expression")]
    [InlineData("""{"a":[{"cidr":"10.0.0.0"}]}""", "Malformed CIDR, one '/' required")]
    [InlineData("""{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}""", "Filter policy can not have more than 5 keys")]
    [InlineData("""{"a":{"b":[1]}}""", "Filter policy scope MessageAttributes does not support nested filter policy")]
    public void What_is_no_policy_is_told(string policy, string reason) =>
        Should.Throw<FilterPolicyException>(() => FilterPolicy.Parse(policy, FilterScope.MessageAttributes)).Message.ShouldBe(reason);

    [Fact]
    public void A_policy_has_at_most_150_combinations()
    {
        static string Policy(int a, int b) => $$"""{"a":[{{string.Join(',', Enumerable.Range(0, a))}}],"b":[{{string.Join(',', Enumerable.Range(0, b))}}]}""";
        FilterPolicy.Parse(Policy(15, 10), FilterScope.MessageAttributes).ShouldNotBeNull();
        Should.Throw<FilterPolicyException>(() => FilterPolicy.Parse(Policy(151, 1), FilterScope.MessageAttributes)).Message.ShouldBe("Filter policy is too complex");
        // Nested, each array counts as often as it is deep.
        Should.Throw<FilterPolicyException>(() => FilterPolicy.Parse($$"""{"x":{{Policy(10, 4)}}}""", FilterScope.MessageBody)).Message.ShouldBe("Filter policy is too complex");
    }

    private static SqsAttribute Text(string name, string value, string type = "String") => new(name, type, Encoding.UTF8.GetBytes(value), null);
}

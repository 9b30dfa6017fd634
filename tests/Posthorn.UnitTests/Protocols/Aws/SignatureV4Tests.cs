using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Aws.Signing;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Aws;

/// <summary>Signature Version 4 against the requests and signatures that its makers published, and against what is not quite right.</summary>
public sealed class SignatureV4Tests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string Scope = "20150830/us-east-1/service/aws4_request";

    private static readonly DateTimeOffset s_time = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("get-header-key-duplicate", "GET", "/", new[] { "Host:example.amazonaws.com", "My-Header1:value2", "My-Header1:value2", "My-Header1:value1", "X-Amz-Date:20150830T123600Z" }, "", "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")]
    [InlineData("get-header-value-order", "GET", "/", new[] { "Host:example.amazonaws.com", "My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2", "X-Amz-Date:20150830T123600Z" }, "", "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01")]
    [InlineData("get-header-value-trim", "GET", "/", new[] { "Host:example.amazonaws.com", "My-Header1: value1", "My-Header2: \"a   b   c\"", "X-Amz-Date:20150830T123600Z" }, "", "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")]
    [InlineData("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData("get-vanilla", "GET", "/", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-vanilla-empty-query-key", "GET", "/?Param1=value1", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")]
    [InlineData("get-vanilla-query-order-key", "GET", "/?Param1=value2&Param1=Value1", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1")]
    [InlineData("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694")]
    [InlineData("get-vanilla-query-unreserved", "GET", "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197")]
    [InlineData("get-vanilla-utf8-query", "GET", "/?ሴ=bar", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("post-header-key-sort", "POST", "/", new[] { "Host:example.amazonaws.com", "My-Header1:value1", "X-Amz-Date:20150830T123600Z" }, "", "host;my-header1;x-amz-date", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c")]
    [InlineData("post-header-value-case", "POST", "/", new[] { "Host:example.amazonaws.com", "My-Header1:VALUE1", "X-Amz-Date:20150830T123600Z" }, "", "host;my-header1;x-amz-date", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d")]
    [InlineData("post-vanilla", "POST", "/", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("post-vanilla-empty-query-value", "POST", "/?Param1=value1", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11")]
    [InlineData("post-x-www-form-urlencoded", "POST", "/", new[] { "Content-Type:application/x-www-form-urlencoded", "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z", "Content-Length:13" }, "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")]
    [InlineData("get-relative", "GET", "/example/..", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-relative-relative", "GET", "/example1/example2/../..", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slash", "GET", "//", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slash-dot-slash", "GET", "/./", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slash-pointless-dot", "GET", "/./example", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5")]
    [InlineData("get-slashes", "GET", "//example//", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z" }, "", "host;x-amz-date", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84")]
    [InlineData("post-sts-header-before", "POST", "/", new[] { "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z", "X-Amz-Security-Token:AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==" }, "", "host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")]
    public void A_published_request_has_its_published_signature(string name, string method, string target, string[] headers, string body, string signedHeaders, string signature)
    {
        var request = Request(method, target, headers, body, $"{SignatureClaim.Algorithm} Credential=AKIDEXAMPLE/{Scope}, SignedHeaders={signedHeaders}, Signature={signature}");

        SignatureClaim.TryRead(request, out var claim).ShouldBeTrue(name);

        claim!.AccessKey.ShouldBe("AKIDEXAMPLE");
        (claim.Date, claim.Region, claim.Service).ShouldBe(("20150830", "us-east-1", "service"));
        SignatureV4.Check(request, claim, SignatureV4.KeyOf(Secret, claim.Scope), s_time);
        Should.Throw<AwsException>(() => SignatureV4.Check(request with { BodyHash = Hash("other") }, claim, SignatureV4.KeyOf(Secret, claim.Scope), s_time), name);
        Should.Throw<AwsException>(() => SignatureV4.Check(request with { Query = request.Query + "&x=y" }, claim, SignatureV4.KeyOf(Secret, claim.Scope), s_time), name);
        Should.Throw<AwsException>(() => SignatureV4.Check(request, claim, SignatureV4.KeyOf(Secret + "x", claim.Scope), s_time), name);
    }

    [Fact]
    public void A_published_presigned_request_has_its_published_signature()
    {
        const string query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
            + "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        var request = new SignedRequest("GET", "/test.txt", query, name => name == "host" ? "examplebucket.s3.amazonaws.com" : null, "UNSIGNED-PAYLOAD");
        var signedAt = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

        SignatureClaim.TryRead(request, out var claim).ShouldBeTrue();

        var key = SignatureV4.KeyOf("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", claim!.Scope);
        claim.Expires.ShouldBe(TimeSpan.FromDays(1));
        SignatureV4.Check(request, claim, key, signedAt);
        SignatureV4.Check(request, claim, key, signedAt + TimeSpan.FromDays(1));
        Should.Throw<AwsException>(() => SignatureV4.Check(request, claim, key, signedAt + TimeSpan.FromDays(1) + TimeSpan.FromTicks(1))).Message.ShouldStartWith("Signature expired");
    }

    [Fact]
    public void The_derived_key_is_the_published_one() =>
        Convert.ToHexStringLower(SignatureV4.KeyOf("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215/us-east-1/iam/aws4_request"))
            .ShouldBe("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");

    [Fact]
    public void A_signature_is_good_for_a_quarter_of_an_hour_either_way()
    {
        var (request, claim) = Vanilla();
        var key = SignatureV4.KeyOf(Secret, Scope);
        foreach (var minutes in new[] { -15, 0, 15 })
            SignatureV4.Check(request, claim, key, s_time.AddMinutes(minutes));
        foreach (var seconds in new[] { -901, 901 })
            Should.Throw<AwsException>(() => SignatureV4.Check(request, claim, key, s_time.AddSeconds(seconds))).Error.ShouldBe(AwsErrors.SignatureDoesNotMatch);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=/20150830/us-east-1/service/aws4_request, SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/service/aws3_request, SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/2015/us-east-1/service/aws4_request, SignedHeaders=host, Signature=x")]
    public void A_claim_that_lacks_a_part_is_told_so(string authorization) =>
        Should.Throw<AwsException>(() => SignatureClaim.TryRead(Request("GET", "/", ["Host:h", "X-Amz-Date:20150830T123600Z"], "", authorization), out _)).Error.ShouldBe(AwsErrors.IncompleteSignature);

    [Fact]
    public void The_host_is_always_signed_and_the_days_agree()
    {
        var withoutHost = Request("GET", "/", ["Host:h", "X-Amz-Date:20150830T123600Z"], "", $"AWS4-HMAC-SHA256 Credential=A/{Scope}, SignedHeaders=x-amz-date, Signature=x");
        SignatureClaim.TryRead(withoutHost, out var claim).ShouldBeTrue();
        Should.Throw<AwsException>(() => SignatureV4.Check(withoutHost, claim!, SignatureV4.KeyOf(Secret, Scope), s_time)).Error.ShouldBe(AwsErrors.SignatureDoesNotMatch);
        var otherDay = Request("GET", "/", ["Host:h", "X-Amz-Date:20150831T123600Z"], "", $"AWS4-HMAC-SHA256 Credential=A/{Scope}, SignedHeaders=host, Signature=x");
        Should.Throw<AwsException>(() => SignatureClaim.TryRead(otherDay, out _)).Error.ShouldBe(AwsErrors.SignatureDoesNotMatch);
    }

    [Fact]
    public void A_request_that_says_nothing_of_a_signature_has_none()
    {
        SignatureClaim.TryRead(Request("GET", "/", ["Host:h"], "", null), out _).ShouldBeFalse();
        SignatureClaim.TryRead(Request("GET", "/", ["Host:h"], "", "Basic YTpi"), out _).ShouldBeFalse();
    }

    private static (SignedRequest, SignatureClaim) Vanilla()
    {
        var request = Request("GET", "/", ["Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z"], "",
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{Scope}, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        SignatureClaim.TryRead(request, out var claim);
        return (request, claim!);
    }

    private static SignedRequest Request(string method, string target, string[] headers, string body, string? authorization)
    {
        var fields = headers.Select(h => h.Split(':', 2)).GroupBy(h => h[0].ToLower(CultureInfo.InvariantCulture)).ToDictionary(g => g.Key, g => string.Join(',', g.Select(h => h[1])));
        if (authorization is not null)
            fields["authorization"] = authorization;
        var parts = target.Split('?', 2);
        return new SignedRequest(method, parts[0], parts.Length > 1 ? parts[1] : "", name => fields.GetValueOrDefault(name), Hash(body));
    }

    private static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}

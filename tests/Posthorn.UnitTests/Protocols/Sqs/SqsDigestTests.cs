using System.Text;
using Posthorn.Protocols.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sqs;

/// <summary>Digests against worked examples, of which the first two were recorded from the service itself.</summary>
public sealed class SqsDigestTests
{
    [Fact]
    public void Attributes_have_the_digests_that_clients_compute()
    {
        SqsDigest.OfAttributes([Text("MyAttribute", "String", "foobar")]).ShouldBe("adb59cd4678ea5a855436b949cd07ab6");
        SqsDigest.OfAttributes([Text("timestamp", "Number", "1493147359900")]).ShouldBe("235c5c510d26fb653d073faed50ae77c");
        SqsDigest.OfAttributes([Text("n", "Number.int", "42"), new SqsAttribute("bin", "Binary", null, new byte[] { 0, 0xff }), Text("a", "String", "b")])
            .ShouldBe("14c4b1142badf27cddfe9286b0c68774");
        SqsDigest.OfAttributes([Text("AWSTraceHeader", "String", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")])
            .ShouldBe("5ae4d5d7636402d80f4eb6d213245a88");
        SqsDigest.OfAttributes([]).ShouldBeNull();
    }

    [Fact]
    public void A_body_has_the_digest_of_its_bytes()
    {
        var digits = new char[SqsDigest.Length];
        SqsDigest.OfBody("hello"u8, digits);
        new string(digits).ShouldBe("5d41402abc4b2a76b9719d911017c592");
    }

    private static SqsAttribute Text(string name, string type, string value) => new(name, type, Encoding.UTF8.GetBytes(value), null);
}

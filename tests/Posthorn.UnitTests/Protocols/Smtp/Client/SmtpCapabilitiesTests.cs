using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Client;

public sealed class SmtpCapabilitiesTests
{
    [Fact]
    public void Every_keyword_is_read_without_regard_to_case()
    {
        var can = Parse("mx.example greets you", "pipelining", "CHUNKING", "8BitMime", "SMTPUTF8", "DSN", "STARTTLS", "REQUIRETLS", "ENHANCEDSTATUSCODES", "BINARYMIME", "MT-PRIORITY MIXER", "SIZE 1000", "AUTH PLAIN LOGIN SCRAM-SHA-256");
        can.ServerName.ShouldBe("mx.example");
        new[] { can.Pipelining, can.Chunking, can.EightBitMime, can.SmtpUtf8, can.Dsn, can.StartTls, can.RequireTls, can.EnhancedStatusCodes, can.BinaryMime, can.MtPriority, can.Size }
            .ShouldAllBe(said => said);
        can.SizeMax.ShouldBe(1000);
        can.AuthMechanisms.ShouldBe(["PLAIN", "LOGIN", "SCRAM-SHA-256"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("SIZE", null)]
    [InlineData("SIZE 0", null)]
    [InlineData("SIZE many", null)]
    [InlineData("SIZE 99999999999999999999", null)]
    [InlineData("SIZE 5", 5L)]
    public void A_size_without_a_limit_is_no_limit(string line, long? max)
    {
        var can = Parse("mx", line);
        (can.Size, can.SizeMax).ShouldBe((true, max));
    }

    [Fact]
    public void The_old_way_to_write_auth_is_understood() => Parse("mx", "AUTH=LOGIN PLAIN", "AUTH CRAM-MD5").AuthMechanisms.ShouldBe(["LOGIN", "PLAIN", "CRAM-MD5"], ignoreOrder: true);

    [Fact]
    public void What_is_not_known_is_passed_over() => Parse("mx", "X-UNKNOWN", "", "XPIPELINING").ShouldBe(Parse("mx") with { AuthMechanisms = Parse("mx").AuthMechanisms }, new ByFlags());

    private static SmtpCapabilities Parse(params string[] lines) => SmtpCapabilities.Parse(new SmtpReply(250, null, string.Join('\n', lines)));

    private sealed class ByFlags : IEqualityComparer<SmtpCapabilities>
    {
        private static readonly IReadOnlySet<string> s_none = new HashSet<string>();

        public bool Equals(SmtpCapabilities? x, SmtpCapabilities? y) => x! with { AuthMechanisms = s_none } == y! with { AuthMechanisms = s_none };

        public int GetHashCode(SmtpCapabilities can) => 0;
    }
}

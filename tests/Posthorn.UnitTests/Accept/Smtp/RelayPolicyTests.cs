using System.Net;
using System.Text;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Queues;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>Never an open relay.</summary>
public sealed class RelayPolicyTests
{
    private static readonly PosthornOptions s_options = new()
    {
        Hostname = "mx.example.test",
        Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }],
        Addresses =
        [
            new AddressRule { Pattern = "mq@example.test", Queue = QueueName.Parse("mq") },
            new AddressRule { Pattern = "*@catchall.test", Queue = QueueName.Parse("all") },
        ],
    };

    /// <summary>Every way we know to make a server pass on what it should not, tried by a stranger. None may be accepted for another host.</summary>
    public static TheoryData<string, int> Attempts => new()
    {
        // Plainly
        { "<victim@other.example>", 550 },
        { "<VICTIM@OTHER.EXAMPLE>", 550 },
        { "<victim@example.test.other.example>", 550 },
        { "<victim@notexample.test>", 550 },
        { "<victim@sub.example.test>", 550 },
        { "<victim@example>", 550 },
        // Source routes (RFC 5321 C) are dropped, what is behind them counts
        { "<@example.test:victim@other.example>", 550 },
        { "<@example.test,@mx.example.test:victim@other.example>", 550 },
        { "<@other.example:victim@other.example>", 550 },
        { "<@[127.0.0.1]:victim@other.example>", 550 },
        // Routes within the local part: ours is the domain, and there is no such user
        { "<victim%other.example@example.test>", 550 },
        { "<victim%other.example@mx.example.test>", 550 },
        { "<victim@other.example@example.test>", 501 },
        { "<\"victim@other.example\"@example.test>", 550 },
        { "<\"victim%other.example\"@example.test>", 550 },
        { "<victim%example.test%other.example@example.test>", 550 },
        { "<other.example!victim@example.test>", 550 },
        { "<example.test!other.example!victim@mx.example.test>", 550 },
        { "<other.example!victim>", 501 },
        { "<victim%other.example>", 501 },
        { "<\"victim@other.example\">", 501 },
        { "<@other.example:victim>", 501 },
        // Ours within the local part of another's
        { "<mq%example.test@other.example>", 550 },
        { "<\"mq@example.test\"@other.example>", 550 },
        { "<example.test!mq@other.example>", 550 },
        // Dots, brackets, literals
        { "<victim@other.example.>", 501 },
        { "<mq@example.test.>", 501 },
        { "<victim@[192.0.2.99]>", 550 },
        { "<victim@[127.0.0.1]>", 550 },
        { "<mq@[127.0.0.1]>", 550 },
        { "<victim@[IPv6:2001:db8::1]>", 550 },
        { "<victim@[IPv6:::1]>", 550 },
        { "<victim@127.0.0.1>", 550 },
        { "<victim@[other.example]>", 501 },
        { "<victim@localhost>", 550 },
        // Malformed, to be read differently by someone else
        { "<victim@other.example,mq@example.test>", 501 },
        { "<victim@other.example> <mq@example.test>", 555 },
        { "<mq@example.test\0@other.example>", 501 },
        { "victim@other.example", 501 },
        { "<victim@other.example", 501 },
        { "<>", 501 },
        { "<victim@other。example>", 553 },
        { "<\"mq\\\"@other.example>\"@example.test>", 550 },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public void A_stranger_cannot_send_to_others_through_us(string recipient, int code)
    {
        var policy = Policy(s_options);
        foreach (var peer in new[] { "192.0.2.7", "127.0.0.1", "::1", "::ffff:127.0.0.1", "2001:db8::7" })
            Decide(policy, recipient, IPAddress.Parse(peer), isAuthenticated: false)!.Code.ShouldBe(code, recipient);
        Decide(policy, recipient, peer: null, isAuthenticated: false)!.Code.ShouldBe(code, recipient);
    }

    [Theory]
    [InlineData("<mq@example.test>", "mq@example.test")]
    [InlineData("<MQ@Example.TEST>", "MQ@Example.TEST")]
    [InlineData("<\"mq\"@example.test>", "mq@example.test")]
    [InlineData("<@other.example:mq@example.test>", "mq@example.test")]
    [InlineData("<Postmaster>", "Postmaster@mx.example.test")]
    [InlineData("<postmaster@mx.example.test>", "postmaster@mx.example.test")]
    [InlineData("<billing@mx.example.test>", "billing@mx.example.test")]
    [InlineData("<victim%other.example@catchall.test>", "victim%other.example@catchall.test")] // into a queue of ours, and no further
    [InlineData("<\"victim@other.example\"@catchall.test>", "\"victim@other.example\"@catchall.test")]
    public void What_is_ours_is_taken_from_everyone(string recipient, string address)
    {
        Decide(Policy(s_options), recipient, IPAddress.Parse("192.0.2.7"), isAuthenticated: false, out var kept, out var route).ShouldBeNull();
        kept.ShouldBe(address);
        route.ShouldBeOfType<AddressRoute.Mailbox>();
    }

    [Theory]
    [InlineData("192.0.2.7", true, true)]
    [InlineData("192.0.2.7", false, false)]
    [InlineData("10.1.2.3", false, true)]
    [InlineData("::ffff:10.1.2.3", false, true)]
    [InlineData("11.1.2.3", false, false)]
    [InlineData("fd00::1", false, true)]
    [InlineData("fe00::1", false, false)]
    [InlineData("127.0.0.1", false, false)]
    public void Mail_for_others_is_taken_from_accounts_and_relay_networks_only(string peer, bool isAuthenticated, bool isTaken)
    {
        var policy = Policy(s_options with { Smtp = new SmtpOptions { RelayNetworks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")] } });
        var reply = Decide(policy, "<far@other.example>", IPAddress.Parse(peer), isAuthenticated);
        (reply is null).ShouldBe(isTaken);
        policy.IsTrusted(IPAddress.Parse(peer), isAuthenticated).ShouldBe(isTaken);
        if (!isTaken)
            reply.ShouldBe(SmtpReplies.RelayingDenied);
    }

    [Theory]
    [InlineData(false, "127.0.0.1", false)] // without a pipeline nothing leaves for other hosts
    [InlineData(true, "127.0.0.1", true)]
    [InlineData(true, "192.0.2.7", false)]
    public void Without_accounts_this_machine_may_relay_where_a_pipeline_can(bool hasPipeline, string peer, bool isTaken)
    {
        var options = s_options with
        {
            Accounts = [],
            Pipeline = hasPipeline ? new ConfigNode.Map(new ConfigLocation("test"), "pipeline", []) : null,
        };
        (Decide(Policy(options), "<far@other.example>", IPAddress.Parse(peer), isAuthenticated: false) is null).ShouldBe(isTaken);
    }

    private static RelayPolicy Policy(PosthornOptions options) => new(
        new AddressBook(options), options.Hostname, options.Smtp.RelayNetworks, new AccountBook(options.Accounts).IsOpen, options.Pipeline is not null);

    private static SmtpReply? Decide(RelayPolicy policy, string recipient, IPAddress? peer, bool isAuthenticated) =>
        Decide(policy, recipient, peer, isAuthenticated, out _, out _);

    /// <summary>As a session does: the command is understood, then the policy asked.</summary>
    private static SmtpReply? Decide(RelayPolicy policy, string recipient, IPAddress? peer, bool isAuthenticated, out string address, out AddressRoute? route)
    {
        address = "";
        route = null;
        if (!SmtpCommandParser.TryParse(SmtpVerb.Rcpt, Encoding.UTF8.GetBytes($"TO:{recipient}"), SmtpExtensions.All, isSmtpUtf8: false, out var command, out var error))
            return error;
        return policy.Decide(((SmtpCommand.Rcpt)command).Recipient, peer, isAuthenticated, out address, out route);
    }
}

using System.Net;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Rates;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

public sealed class OutgoingOptionsTests
{
    private int _line;

    [Fact]
    public void The_designs_example_is_read()
    {
        var options = Bind(out var errors, Map(
            ("relay", "127.0.0.1:2626"), ("schedule", "10m, 30m, 2h, 4*6h"),
            ("concurrency", Map(("first-attempt", "1000"), ("second-attempt", "10"), ("later", "1"))),
            ("per-destination", Map(("connections", "20"), ("messages-per-connection", "100"), ("rate", "1000/min"))), ("give-up-after", "5d")));
        errors.ShouldBeEmpty();
        options.Relay.ShouldBe(new RelayOptions { Host = "127.0.0.1", Port = 2626 });
        options.Schedule.Text.ShouldBe("10m, 30m, 2h, 4*6h");
        options.Concurrency.ShouldBe(new ConcurrencyOptions { FirstAttempt = 1000, SecondAttempt = 10, Later = 1 });
        options.PerDestination.ShouldBe(new DestinationOptions { Rate = new DeliveryRate(1000, TimeSpan.FromMinutes(1)) });
        options.GiveUpAfter.ShouldBe(TimeSpan.FromDays(5));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var options = Bind(out var errors, Map(
            ("relay", Map(("host", "[::1]:465"), ("user", "me"), ("password", "secret"))), ("jitter", "5%"), ("delay-warning-after", "off"), ("helo", "out.example.test"),
            ("bind", "192.0.2.9"), ("resolver", new ConfigNode.List(At(), "resolver", [Scalar("192.0.2.53"), Scalar("127.0.0.1:5353")])), ("port", "2525"), ("tls", "verify"),
            ("timeouts", Map(("connect", "1s"), ("greeting", "2s"), ("hello", "3s"), ("mail", "4s"), ("recipient", "5s"), ("data-start", "6s"), ("data-block", "7s"), ("data-end", "8s"), ("quit", "9s"))),
            ("dead-letters", "off"), ("drain-timeout", "1m")));
        errors.ShouldBeEmpty();
        options.Relay.ShouldBe(new RelayOptions { Host = "::1", Port = 465, User = "me", Password = "secret", IsImplicitTls = true });
        (options.Jitter, options.DelayWarningAfter, options.HeloName, options.BindAddress, options.Port, options.Tls, options.DeadLetters)
            .ShouldBe((0.05, null, "out.example.test", IPAddress.Parse("192.0.2.9"), 2525, TlsPolicy.Verify, false));
        options.Resolvers.ShouldBe([IPEndPoint.Parse("192.0.2.53:53"), IPEndPoint.Parse("127.0.0.1:5353")]);
        options.Timeouts.DataEnd.ShouldBe(TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData("relay", "smtp.example.test:99999", "is no host with a port")]
    [InlineData("relay", "not a host", "is no host with a port")]
    [InlineData("relay", "::1", null)]
    [InlineData("relay", "smtp.example.test", null)]
    [InlineData("schedule", "10m, 36invalid", "'36invalid' at character 6")]
    [InlineData("jitter", "2", "no part from 0 to 1")]
    [InlineData("give-up-after", "0s", "out of bounds")]
    [InlineData("tls", "maybe", "not one of opportunistic, require, verify, off")]
    [InlineData("bind", "localhost", "is no address")]
    [InlineData("resolver", "dns.example.test", "is no address of a name server")]
    [InlineData("helo", "my host", "neither a host name")]
    [InlineData("retry", "10m", "there is no such key")]
    [InlineData("port", "0", "out of bounds")]
    public void A_bad_value_is_refused_at_its_place(string key, string value, string? reason)
    {
        Bind(out var errors, Map((key, value)));
        if (reason is null)
        {
            errors.ShouldBeEmpty();
            return;
        }

        var error = errors.ShouldHaveSingleItem();
        error.Reason.ShouldContain(reason);
        error.Location.Line.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_user_without_a_password_is_refused()
    {
        Bind(out var errors, Map(("relay", Map(("host", "a.test:25"), ("user", "me")))));
        errors.ShouldHaveSingleItem().Reason.ShouldContain("go together");
    }

    [Theory]
    [InlineData("0/s")]
    [InlineData("10")]
    [InlineData("10/fortnight")]
    [InlineData("-1/s")]
    public void A_bad_rate_is_refused(string rate)
    {
        Bind(out var errors, Map(("per-destination", Map(("rate", rate)))));
        errors.ShouldHaveSingleItem().Reason.ShouldContain("is no rate");
    }

    private static OutgoingOptions Bind(out List<ConfigError> errors, ConfigNode node) => OutgoingOptionsBinder.Bind(node, errors = []);

    private ConfigNode.Map Map(params (string Key, object Value)[] entries) =>
        new(At(), "outgoing", [.. entries.Select(e => new ConfigEntry(At(), e.Key, e.Value as ConfigNode ?? Scalar((string)e.Value)))]);

    private ConfigNode.Scalar Scalar(string text) => new(At(), "outgoing.x", text);

    private ConfigLocation At() => new("test.yaml", ++_line, 1);
}

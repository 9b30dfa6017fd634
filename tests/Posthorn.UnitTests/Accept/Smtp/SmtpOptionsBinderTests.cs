using System.Net;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

public sealed class SmtpOptionsBinderTests
{
    [Fact]
    public void Every_key_is_bound()
    {
        var (options, errors) = Bind(
            ("max-line", "4096"), ("max-recipients", "200"), ("max-size", "50MB"), ("max-mails-per-session", "7"), ("max-commands-between-mails", "50"),
            ("errors-before-delay", "2"), ("error-delay", "3s"), ("max-errors", "4"), ("max-auth-failures", "5"), ("max-connections", "600"),
            ("max-connections-per-address", "6"), ("idle-timeout", "1m"), ("min-data-rate", "100"), ("max-session-time", "2h"), ("max-hops", "25"),
            ("bare-newlines", "keep"), ("max-future-release", "7d"), ("plain-auth-without-tls", "yes"), ("relay-networks", "10.0.0.0/8"));
        errors.ShouldBeEmpty();
        options.ShouldBe(new SmtpOptions
        {
            LineBytesMax = 4_096,
            RecipientsMax = 200,
            MessageBytesMax = 50_000_000,
            MailsPerSessionMax = 7,
            CommandsBetweenMailsMax = 50,
            ErrorsBeforeDelay = 2,
            ErrorDelay = TimeSpan.FromSeconds(3),
            ErrorsMax = 4,
            AuthFailuresMax = 5,
            ConnectionsMax = 600,
            ConnectionsPerAddressMax = 6,
            IdleTimeout = TimeSpan.FromMinutes(1),
            DataBytesPerSecondMin = 100,
            SessionTimeMax = TimeSpan.FromHours(2),
            HopsMax = 25,
            BareNewlines = BareNewlines.Keep,
            FutureReleaseMax = TimeSpan.FromDays(7),
            AllowsPlainAuthWithoutTls = true,
            RelayNetworks = options.RelayNetworks,
        });
        options.RelayNetworks.ShouldBe([IPNetwork.Parse("10.0.0.0/8")]);
    }

    [Fact]
    public void Nothing_given_is_all_defaults()
    {
        var options = Bind().Options;
        options.ShouldBe(new SmtpOptions { RelayNetworks = options.RelayNetworks });
        options.RelayNetworks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("max-line", "511")]
    [InlineData("max-recipients", "99")]
    [InlineData("max-size", "1KB")]
    [InlineData("max-errors", "0")]
    [InlineData("bare-newlines", "fix")]
    [InlineData("relay-networks", "10.0.0.1/8")]
    [InlineData("max-future-release", "40000d")]
    [InlineData("no-such-key", "1")]
    public void What_is_wrong_is_refused(string key, string value) => Bind((key, value)).Errors.Single().Key.ShouldBe($"smtp.{key}");

    private static (SmtpOptions Options, List<ConfigError> Errors) Bind(params (string Key, string Value)[] settings)
    {
        var place = new ConfigLocation("test", 1, 1);
        var entries = settings.Select(s => new ConfigEntry(place, s.Key, new ConfigNode.Scalar(place, $"smtp.{s.Key}", s.Value))).ToList();
        var errors = new List<ConfigError>();
        return (SmtpOptionsBinder.Bind(new ConfigNode.Map(place, "smtp", entries), errors), errors);
    }
}

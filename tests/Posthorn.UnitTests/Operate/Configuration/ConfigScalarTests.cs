using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Configuration;

public sealed class ConfigScalarTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4_096)]
    [InlineData("50MB", 50_000_000)]
    [InlineData("50 mb", 50_000_000)]
    [InlineData("1KiB", 1_024)]
    [InlineData("1.5KiB", 1_536)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("3TB", 3_000_000_000_000)]
    [InlineData("7B", 7)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_read(string text, long bytes)
    {
        ConfigScalar.TrySize(text, out var read, out _).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("50M")]
    [InlineData("0.5")]
    [InlineData("9223372036854775808")]
    [InlineData("9999999TiB")]
    [InlineData("1 2KB")]
    public void What_is_no_size_is_refused(string text) => ConfigScalar.TrySize(text, out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250ms", 250)]
    [InlineData("90s", 90_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1h 30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("14d", 1_209_600_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("10 Minutes", 600_000)]
    public void A_duration_is_read(string text, long milliseconds)
    {
        ConfigScalar.TryDuration(text, out var read, out _).ShouldBeTrue();
        read.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("h")]
    [InlineData("-5s")]
    [InlineData("5s5")]
    [InlineData("99999999999d")]
    [InlineData("10000000d10000000d")]
    public void What_is_no_duration_is_refused(string text) => ConfigScalar.TryDuration(text, out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("127.0.0.1:2525", "127.0.0.1:2525")]
    [InlineData("[::1]:25", "[::1]:25")]
    [InlineData(":25", "[::]:25")]
    [InlineData("*:25", "[::]:25")]
    [InlineData("2525", "127.0.0.1:2525")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("0.0.0.0:65535", "0.0.0.0:65535")]
    [InlineData("off", "")]
    [InlineData("Off", "")]
    public void A_place_to_listen_is_read(string text, string endpoint)
    {
        ConfigScalar.TryEndpoint(text, out var read, out _).ShouldBeTrue();
        (read?.ToString() ?? "").ShouldBe(endpoint);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("192.0.2.1", "192.0.2.1/32")]
    [InlineData("fd00::/8", "fd00::/8")]
    [InlineData("::1", "::1/128")]
    public void A_network_is_read(string text, string network)
    {
        ConfigScalar.TryNetwork(text, out var read, out _).ShouldBeTrue();
        read.ToString().ShouldBe(network);
    }

    [Theory]
    [InlineData("10.1.2.3/8", "'10.1.2.3/8' has bits set behind its prefix; the network is 10.0.0.0/8")]
    [InlineData("10.1.2.3/31", "'10.1.2.3/31' has bits set behind its prefix; the network is 10.1.2.2/31")]
    [InlineData("10.0.0.0/33", "'10.0.0.0/33' is no network; write one like 10.0.0.0/8 or fd00::/8, or a single address")]
    [InlineData("ten", "'ten' is no network; write one like 10.0.0.0/8 or fd00::/8, or a single address")]
    public void What_is_no_network_is_refused_with_the_one_that_was_meant(string text, string reason)
    {
        ConfigScalar.TryNetwork(text, out _, out var said).ShouldBeFalse();
        said.ShouldBe(reason);
    }
}

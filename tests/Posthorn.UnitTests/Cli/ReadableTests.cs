using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

public sealed class ReadableTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.00 kB")]
    [InlineData(9_994, "9.99 kB")]
    [InlineData(9_995, "10.0 kB")]
    [InlineData(99_940, "99.9 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.00 MB")]
    [InlineData(5_000_000_000, "5.00 GB")]
    [InlineData(9_000_000_000_000_000, "9000 TB")]
    public void Sizes_have_three_figures(long bytes, string text) => Readable.Size(bytes).ShouldBe(text);

    [Theory]
    [InlineData("0.85", "850 ms")]
    [InlineData("59.9", "59 s")]
    [InlineData("60", "1 m")]
    [InlineData("3599", "59 m")]
    [InlineData("172799", "47 h")]
    [InlineData("172800", "2 d")]
    [InlineData("-5", "0 s")]
    public void Ages_are_told_in_their_largest_whole_unit(string seconds, string text) =>
        Readable.Span(TimeSpan.FromSeconds(double.Parse(seconds))).ShouldBe(text);

    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("2h30m", 9_000)]
    [InlineData(" 1.5 d ", 129_600)]
    [InlineData("250ms", 0.25)]
    [InlineData("1w", 604_800)]
    [InlineData("0", 0)]
    public void Durations_are_read_as_written(string text, double seconds)
    {
        DurationText.TryParse(text, out var duration).ShouldBeTrue();
        duration.TotalSeconds.ShouldBe(seconds);
        DurationText.TryParse(DurationText.Format(duration), out var again).ShouldBeTrue();
        again.ShouldBe(duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("5x")]
    [InlineData("-5s")]
    [InlineData("5 5")]
    [InlineData("1h30")]
    [InlineData("1e9d")]
    [InlineData("99999999999w")]
    public void What_is_no_duration_is_refused(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void What_others_sent_cannot_steer_the_terminal() => Listing.Clean("a\e[2Jb\r\nc\u009bd").ShouldBe("a [2Jb  c d");
}

using Posthorn.Protocols.Schedules;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Schedules;

public sealed class RetryScheduleTests
{
    private const double Ms = 0.001;
    private const double Min = 60;
    private const double Hour = 3600;
    private const double Day = 86_400;

    [Theory]
    [InlineData("36", new[] { 36 * Ms })]
    [InlineData("36s", new[] { 36.0 })]
    [InlineData("36 s", new[] { 36.0 })]
    [InlineData("2*36s", new[] { 36.0, 36.0 })]
    [InlineData("2 * 36 s", new[] { 36.0, 36.0 })]
    [InlineData("2*36", new[] { 36 * Ms, 36 * Ms })]
    [InlineData("0*36", new double[0])]
    [InlineData("5000,100000,500000", new[] { 5.0, 100.0, 500.0 })]
    [InlineData("10m, 30m, 2h, 4*6h", new[] { 10 * Min, 30 * Min, 2 * Hour, 6 * Hour, 6 * Hour, 6 * Hour, 6 * Hour })]
    [InlineData("1m,5m*2,1h*3", new[] { Min, 5 * Min, 5 * Min, Hour, Hour, Hour })]
    [InlineData("6h*2", new[] { 6 * Hour, 6 * Hour })]
    [InlineData(",, 1s ,,2s,", new[] { 1.0, 2.0 })]
    [InlineData("1 MSEC, 1 Secs, 1 Minutes, 1 HOURS, 1 days, 1 weeks, 1 month, 1 years", new[] { Ms, 1.0, Min, Hour, Day, 7 * Day, 30 * Day, 365 * Day })]
    [InlineData("1msecs, 1sec, 1second, 1seconds, 1min, 1mins, 1hour, 1d, 1w, 1months, 1y", new[] { Ms, 1.0, 1.0, 1.0, Min, Min, Hour, Day, 7 * Day, 30 * Day, 365 * Day })]
    [InlineData("0", new[] { 0.0 })]
    public void A_schedule_is_a_list_of_attempts_and_delays(string text, double[] seconds) =>
        RetrySchedule.Parse(text).Delays.Select(d => d.TotalMilliseconds).ShouldBe(seconds.Select(s => Math.Round(s * 1000)));

    [Theory]
    [InlineData("", "at least one delay")]
    [InlineData(" , ,", "at least one delay")]
    [InlineData("36invalid", "'36invalid' at character 1 has an unknown unit 'invalid'")]
    [InlineData("1s, 36*", "'36*' at character 5 is no delay")]
    [InlineData("1s, 2*", "'2*' at character 5 is no delay")]
    [InlineData("*6h", "'*6h' at character 1 needs a number of attempts")]
    [InlineData("-1s", "'-1s' at character 1 is no delay")]
    [InlineData("-2*1s", "'-2*1s' at character 1 needs a number of attempts")]
    [InlineData("2*-1s", "'2*-1s' at character 1 is no delay")]
    [InlineData("10m; 30m", "has an unknown unit 'm; 30m'")]
    [InlineData("1.5h", "has an unknown unit '.5h'")]
    [InlineData("10m,, 3 fortnights", "'3 fortnights' at character 7")]
    [InlineData("101y", "is longer than 36500 days")]
    [InlineData("99999999999999999999s", "is no delay")]
    [InlineData("9999999*1s", "needs a number of attempts from 0 to 1000000")]
    [InlineData("1h*2*3", "needs a number of attempts")]
    public void A_bad_item_is_refused_with_its_place(string text, string reason)
    {
        RetrySchedule.TryParse(text, out _, out var said).ShouldBeFalse();
        said.ShouldNotBeNull().ShouldContain(reason);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 30)]
    [InlineData(3, 30)]
    [InlineData(4, 60)]
    [InlineData(5, 60)]
    [InlineData(1000, 60)]
    public void The_last_delay_repeats(int failed, int minutes) =>
        RetrySchedule.Parse("10m, 2*30m, 1h").DelayFor(failed).ShouldBe(TimeSpan.FromMinutes(minutes));

    [Fact]
    public void Without_a_single_attempt_the_last_delay_is_all_there_is() =>
        RetrySchedule.Parse("0*36s").DelayFor(1).ShouldBe(TimeSpan.FromSeconds(36));

    [Fact]
    public void Jitter_adds_a_part_of_the_delay_and_never_takes_any_away()
    {
        var schedule = RetrySchedule.Parse("100s");
        var delays = Enumerable.Range(0, 1000).Select(i => schedule.DelayFor(1, 0.1, new Random(i)).TotalSeconds).ToList();
        delays.Min().ShouldBeInRange(100, 101);
        delays.Max().ShouldBeInRange(109, 110);
        schedule.DelayFor(1, 0, new Random(1)).ShouldBe(TimeSpan.FromSeconds(100));
    }

    [Fact]
    public void Attempts_are_counted_from_one() => Should.Throw<ArgumentOutOfRangeException>(() => RetrySchedule.Parse("1s").DelayFor(0));
}

using FsCheck;
using FsCheck.Fluent;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class MailDateTests
{
    [Theory]
    [InlineData("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30")]
    [InlineData("Fri, 23 Aug 2002 2:32:53 -0400", "2002-08-23T02:32:53-04:00")]
    [InlineData("Mon, 29 Jul 1996 02:12:50 -0700 (PDT)", "1996-07-29T02:12:50-07:00")]
    [InlineData("Mon Jul 29 02:12:50 1996", "1996-07-29T02:12:50+00:00")]
    [InlineData("Mon Jul 29 02:12:50 1996 +0100", "1996-07-29T02:12:50+01:00")]
    [InlineData("29-Jul-1996 02:12:50 EST", "1996-07-29T02:12:50-05:00")]
    [InlineData("Tue, 30 June 2015 23:59:60 +0000", "2015-06-30T23:59:59+00:00")]
    [InlineData("1 Jan 49 00:00 UT", "2049-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 103 00:00 X", "2003-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 2024 00:00:00 +9959", "2024-01-01T00:00:00+00:00")]
    public void Dates_are_read(string text, string expected)
    {
        MailDate.TryParse(text, out var time).ShouldBeTrue();
        time.ToString("yyyy-MM-dd'T'HH:mm:sszzz").ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("today")]
    [InlineData("31 Feb 2024 00:00:00 +0000")]
    [InlineData("1 Jan 2024")]
    [InlineData("1 Jan 2024 24:00:00 +0000")]
    [InlineData("1 Jan 2024 10:60:00 +0000")]
    [InlineData("1 Jan 2024 10 +0000")]
    [InlineData("Jan 2024 10:00 +0000")]
    [InlineData("0 Jan 2024 10:00 +0000")]
    [InlineData("1 Jan 0 10:00 +0000")]
    public void What_is_no_date_is_refused(string? text) => MailDate.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_date_is_written_as_RFC_5322_says() =>
        MailDate.Format(new DateTimeOffset(2026, 11, 1, 8, 4, 0, TimeSpan.FromMinutes(-210))).ShouldBe("Sun, 01 Nov 2026 08:04:00 -0330");

    [Fact]
    public void Any_date_comes_back_as_it_was_written() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(-14 * 60, 14 * 60)).ToArbitrary(), pair =>
        {
            var time = DateTimeOffset.FromUnixTimeSeconds(pair.Item1).ToOffset(TimeSpan.FromMinutes(pair.Item2));
            return MailDate.TryParse(MailDate.Format(time), out var read) && read.EqualsExact(time);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}

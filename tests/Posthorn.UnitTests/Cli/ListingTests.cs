using Posthorn.Cli.Terminal;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

public sealed class ListingTests
{
    private static readonly string LongReply = "451 4.4.1 can't connect to 127.0.0.1 at 127.0.0.1:2626: Connection refused";

    [Fact]
    public void In_a_wide_place_nothing_is_cut() =>
        Drawn(200).ShouldBe($"""
            DESTINATION                          QUEUED  STATE        LAST REPLY
            mx1.a-provider-of-many.example.test   1,234  backing-off  {LongReply}
            mx.b.test                                 0  active

            """);

    [Fact]
    public void A_line_that_is_too_long_loses_the_end_of_its_last_text_first() =>
        Drawn(100).ShouldBe("""
            DESTINATION                          QUEUED  STATE        LAST REPLY
            mx1.a-provider-of-many.example.test   1,234  backing-off  451 4.4.1 can't connect to 127.0.0.1 at 1…
            mx.b.test                                 0  active

            """);

    [Fact]
    public void Then_the_widest_of_the_others_and_never_a_figure_or_a_title() =>
        Drawn(70).ShouldBe("""
            DESTINATION              QUEUED  STATE        LAST REPLY
            mx1.a-provider-of-many…   1,234  backing-off  451 4.4.1 can't connect…
            mx.b.test                     0  active

            """);

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(70)]
    [InlineData(111)]
    public void No_line_is_longer_than_the_place_unless_nothing_can_give_any_more(int width) =>
        Drawn(width).Split('\n').Max(l => l.Length).ShouldBeLessThanOrEqualTo(Math.Max(width, 13 + 2 + 6 + 2 + 11 + 2 + 13));

    [Fact]
    public void Wide_characters_take_two_columns_and_are_not_cut_in_half()
    {
        new Cell("注文が届きました", default!).Cut(9).Text.ShouldBe("注文が届…");
        new Cell("👍👍👍", default!).Cut(4).Width.ShouldBeLessThanOrEqualTo(4);
        new Cell("注文", default!).Cut(4).Text.ShouldBe("注文");
    }

    private static string Drawn(int width)
    {
        var listing = new Listing("destination", ">queued", "state", "last reply");
        listing.Add("mx1.a-provider-of-many.example.test", "1,234", Listing.Coloured("backing-off", Spectre.Console.Color.Yellow), LongReply);
        listing.Add("mx.b.test", "0", "active", null);
        return string.Concat(listing.Lines(width).Select(line => string.Concat(line.Select(c => c.Text)).TrimEnd() + "\n"));
    }
}

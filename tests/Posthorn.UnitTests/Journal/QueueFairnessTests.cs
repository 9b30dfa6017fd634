using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class QueueFairnessTests
{
    [Theory]
    [InlineData("group", null)]
    [InlineData("attribute(account)", "account")]
    [InlineData("attribute( account )", "account")]
    [InlineData("attribute(a(b))", "a(b)")]
    public void What_is_written_as_it_is_shown_is_read(string text, string? attribute)
    {
        QueueFairness.TryParse(text, out var fairness).ShouldBeTrue();
        fairness.Attribute.ShouldBe(attribute);
        QueueFairness.TryParse(fairness.ToString(), out var again).ShouldBeTrue();
        again.ShouldBe(fairness);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Group")]
    [InlineData("attribute")]
    [InlineData("attribute()")]
    [InlineData("attribute( )")]
    [InlineData("attribute(account")]
    [InlineData("account")]
    public void Anything_else_is_not(string? text) => QueueFairness.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_name_has_at_most_255_characters()
    {
        QueueFairness.TryParse($"attribute({new string('a', 255)})", out _).ShouldBeTrue();
        QueueFairness.TryParse($"attribute({new string('a', 256)})", out _).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => QueueFairness.ByAttribute(new string('a', 256)));
        Should.Throw<ArgumentException>(() => QueueFairness.ByAttribute(""));
    }
}

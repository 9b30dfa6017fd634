using Posthorn.Contracts;
using Posthorn.Journal.Writing;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class RewriteBudgetTests
{
    private readonly ManualTimeProvider _time = new();

    private RewriteBudget Budget() => new(_time, bytesPerSecond: 1_000, bytesMax: 5_000);

    [Fact]
    public void So_many_bytes_a_second_when_nobody_commits()
    {
        var budget = Budget();
        budget.Take(5_000);
        budget.IsOpen(0).ShouldBeTrue(); // what is there at the start
        budget.Take(2_000);
        budget.IsOpen(0).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        budget.IsOpen(0).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        budget.IsOpen(0).ShouldBeTrue();
    }

    [Fact]
    public void A_quarter_of_what_commits_write_besides()
    {
        var budget = Budget();
        budget.Take(6_000);
        budget.IsOpen(3_999).ShouldBeFalse();
        budget.IsOpen(4_000).ShouldBeTrue();
        budget.Take(1);
        budget.IsOpen(4_000).ShouldBeFalse(); // nothing counts twice
    }

    [Fact]
    public void What_was_not_used_in_an_hour_is_not_made_up_for_at_once()
    {
        var budget = Budget();
        budget.IsOpen(0).ShouldBeTrue();
        _time.Advance(TimeSpan.FromHours(1));
        budget.IsOpen(1_000_000).ShouldBeTrue();
        budget.Take(5_001);
        budget.IsOpen(1_000_000).ShouldBeFalse();
    }
}

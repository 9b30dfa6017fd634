using Posthorn.Server.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

public sealed class MtPriorityTests
{
    [Fact]
    public void Nineteen_levels_are_ten_priorities_in_the_same_order() =>
        Enumerable.Range(-9, 19).Select(l => MtPriority.ToPriority(l).Value).ShouldBe([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9]);

    [Fact]
    public void The_levels_in_use_stay_apart() =>
        new[] { -4, -2, 0, 2, 4, 6 }.Select(l => MtPriority.ToPriority(l).Value).ShouldBe([3, 4, 5, 6, 7, 8]);
}

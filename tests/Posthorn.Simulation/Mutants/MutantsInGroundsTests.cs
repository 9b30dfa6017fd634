using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Posthorn.Simulation.Mutants;

/// <summary>The mistakes that have a hunting ground of their own.</summary>
public sealed class MutantsInGroundsTests(ITestOutputHelper output) : MutantTests(output)
{
    public static TheoryData<string> Names { get; } = NamesOf(mutant => mutant.Ground != HuntingGround.Seeds);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_mistake_is_found(string name) => ShouldBeFound(name);

    [Fact]
    public void The_engine_without_a_mistake_compiled_the_same_way_passes() => FirstFinding(null, HuntingGround.FailedFlushesThenDeath).ShouldBeNull();
}

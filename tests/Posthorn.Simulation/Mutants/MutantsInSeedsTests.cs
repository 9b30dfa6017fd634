using Xunit;
using Xunit.Abstractions;

namespace Posthorn.Simulation.Mutants;

/// <summary>The mistakes that random seeds find.</summary>
public sealed class MutantsInSeedsTests(ITestOutputHelper output) : MutantTests(output)
{
    public static TheoryData<string> Names { get; } = NamesOf(mutant => mutant.Ground == HuntingGround.Seeds);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_mistake_is_found(string name) => ShouldBeFound(name);
}

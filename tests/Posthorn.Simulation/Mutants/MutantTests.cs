using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Posthorn.Simulation.Mutants;

/// <summary>Proves that the simulator sees: every planted mistake is found within few seeds, and the engine without one passes the same.</summary>
/// <remarks>Two classes, since tests of one run one after the other.</remarks>
public abstract class MutantTests(ITestOutputHelper output)
{
    private static readonly Lazy<MutantCompiler> Compiler = new();

    protected static TheoryData<string> NamesOf(Func<Mutant, bool> isWanted) => [.. PlantedMistakes.All.Where(isWanted).Select(mutant => mutant.Name)];

    protected void ShouldBeFound(string name)
    {
        var mutant = PlantedMistakes.All.Single(mutant => mutant.Name == name);
        var finding = FirstFinding(mutant, mutant.Ground);
        output.WriteLine(finding?.Split('\n')[0] ?? "");
        finding.ShouldNotBeNull($"'{name}' was not found");
    }

    protected static string? FirstFinding(Mutant? mutant, HuntingGround ground)
    {
        var world = new MutantWorld(Compiler.Value.Compile(mutant));
        var finding = world.FirstFinding(ground);
        world.Unload();
        return finding;
    }
}

using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Posthorn.Simulation.Mutants;

/// <summary>Proves that the simulator sees: every planted mistake is found within few seeds, and the engine without one passes the same.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int SeedsMax = 300;
    private const int ControlSeeds = 40;
    private static readonly Lazy<MutantCompiler> Compiler = new();

    public static TheoryData<string> Names { get; } = [.. PlantedMistakes.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_mistake_is_found(string name)
    {
        var mutant = PlantedMistakes.All.Single(mutant => mutant.Name == name);
        var world = new MutantWorld(Compiler.Value.Compile(mutant));
        var finding = mutant.ShowsUnder is { } fault ? world.FirstFinding(fault) : world.FirstFinding(1, SeedsMax);
        world.Unload();
        output.WriteLine(finding?.Split('\n')[0] ?? "");
        finding.ShouldNotBeNull($"'{name}' was not found");
    }

    [Fact]
    public void The_engine_without_a_mistake_compiled_the_same_way_passes()
    {
        var world = new MutantWorld(Compiler.Value.Compile(null));
        var finding = world.FirstFinding(1, ControlSeeds);
        world.Unload();
        finding.ShouldBeNull();
    }
}

using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Regressions;

/// <summary>A history that once broke an invariant.</summary>
internal static class Regression
{
    public static void Run(Scenario scenario) => new SimulationRun(scenario).Run();
}

using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Regressions;

/// <summary>A history that once broke an invariant.</summary>
internal static class Regression
{
    public static void Run(Scenario scenario) => new SimulationRun(scenario).Run();

    /// <summary>Lives a history that is written down step by step.</summary>
    public static void Run(Func<SimulationContext, Task> live)
    {
        var context = new SimulationContext(new SimulationRandom(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        context.Run(() => live(context), stepsMax: 400_000);
    }
}

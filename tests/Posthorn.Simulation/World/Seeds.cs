using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.World;

/// <summary>Runs scenarios and tells what they find.</summary>
public static class Seeds
{
    /// <summary>Runs a scenario.</summary>
    /// <returns>Null when no invariant is broken.</returns>
    public static Finding? Try(Scenario scenario)
    {
        var run = new SimulationRun(scenario);
        try
        {
            run.Run();
            return null;
        }
        catch (AuditException e)
        {
            return new Finding(scenario, e.Invariant, e.Message, run.Journal.Begun);
        }
    }

    /// <summary>Runs seeds one after the other until one finds something; for engines that are loaded apart from this program's.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public static string? FirstFinding(ulong from, int count)
    {
        for (var seed = from; seed < from + (ulong)count; seed++)
        {
            if (Try(Swarm.ScenarioOf(seed)) is { } finding)
                return $"seed 0x{seed:x}: {finding.Message}";
        }
        return null;
    }
}

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
}

using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Shouldly;

namespace Posthorn.Simulation;

/// <summary>The scenarios of each <see cref="HuntingGround"/>.</summary>
public static class HuntingGrounds
{
    private const int SeedsMax = 300;
    private const int ChurningSeedsMax = 120;
    private const int RottingSeedsMax = 40;

    public static void ShouldFindNothing(this HuntingGround ground) => FirstFinding((int)ground).ShouldBeNull();

    /// <summary>Runs scenarios until one finds something; for engines that are loaded apart from this program's.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public static string? FirstFinding(int ground)
    {
        foreach (var scenario in Of((HuntingGround)ground))
        {
            if (World.Seeds.Try(scenario) is { } finding)
                return $"seed 0x{scenario.Seed:x}{string.Concat(scenario.Faults.Select(f => $", {f.Kind} at {f.At}"))}: {finding.Message}";
        }
        return null;
    }

    private static IEnumerable<Scenario> Of(HuntingGround ground)
    {
        var plain = SweepScript.Plain;
        // So brief that the engine has nothing to do by itself after the next start, which would write over the place.
        var brief = plain with { Steps = [.. plain.Steps.Take(8)], Lives = Dying };
        return ground switch
        {
            HuntingGround.Seeds => Enumerable.Range(1, SeedsMax).Select(seed => Swarm.ScenarioOf((ulong)seed)),
            HuntingGround.Churning => Enumerable.Range(1, ChurningSeedsMax).Select(seed => Swarm.ChurningOf((ulong)seed)),
            HuntingGround.Rotting => Enumerable.Range(1, RottingSeedsMax).Select(seed => RottingOf((ulong)seed)),
            // Soon enough that no later write has made the lost pages dirty again, and that the answer has been given.
            HuntingGround.FailedFlushes => EveryIo(plain, at => [new PlannedFault(0, at, Fault.FlushFails), new PlannedFault(0, at + 2 + (at % 3), Fault.CrashBefore)]),
            HuntingGround.FailedFlushesThenDeath => EveryIo(brief, at => [new PlannedFault(0, at, Fault.FlushFails)]),
            _ => EveryIo(plain with { Lives = Dying }, at => [new PlannedFault(0, at, Fault.Dies)]),
        };
    }

    private static Scenario RottingOf(ulong seed)
    {
        var churning = Swarm.ChurningOf(seed);
        var journal = churning.Options.Journal;
        return churning with { Options = churning.Options with { Journal = seed % 2 == 0 ? journal with { IndexBytesMax = 0 } : journal, LooksAside = true, Rots = 6 } };
    }

    private static LifeEnd[] Dying => [new LifeEnd(Ending.Kill), new LifeEnd(Ending.PowerLoss, 0)];

    private static IEnumerable<Scenario> EveryIo(Scenario scenario, Func<int, PlannedFault[]> faults)
    {
        var baseline = new SimulationRun(scenario);
        baseline.Run();
        return Enumerable.Range(0, baseline.IoCounts[0]).Select(at => scenario with { Faults = faults(at) });
    }
}

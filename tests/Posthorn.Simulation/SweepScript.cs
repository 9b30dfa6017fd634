using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation;

/// <summary>The fixed history of the exhaustive sweep: sixty steps of everything but what waits or plays with the machine.</summary>
internal static class SweepScript
{
    private const ulong Seed = 20261121;
    private const int StepsCount = 60;

    private static readonly StepKind[] Kinds = [.. Enum.GetValues<StepKind>().Where(k => k is not (StepKind.FillDisk or StepKind.DrainDisk or StepKind.StepClock or StepKind.ConsumeSlowly))];

    public static Scenario Plain { get; } = Make();

    public static Scenario With(DiskCharacter disk, params PlannedFault[] faults) =>
        Plain with { Options = Plain.Options with { Disk = disk }, Faults = faults };

    /// <summary>The script with the process dying at an I/O, and the power lost as soon as the next one has recovered.</summary>
    public static Scenario Dying(int at) => Plain with
    {
        Lives = [new LifeEnd(Ending.Kill), new LifeEnd(Ending.PowerLoss, 0)],
        Faults = [new PlannedFault(0, at, Fault.Dies)],
    };

    /// <summary>Runs the script with a fault at each of its I/Os until one finds something; for engines that are loaded apart from this program's.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public static string? FirstFinding(int fault)
    {
        var baseline = new SimulationRun(Plain);
        baseline.Run();
        for (var at = 0; at < baseline.IoCounts[0]; at++)
        {
            var scenario = (Fault)fault == Fault.Dies ? Dying(at) : With(new DiskCharacter(), new PlannedFault(0, at, (Fault)fault));
            if (Seeds.Try(scenario) is { } finding)
                return $"{(Fault)fault} at {at}: {finding.Message}";
        }
        return null;
    }

    private static Scenario Make()
    {
        var random = new SimulationRandom(Seed).Fork("script");
        var steps = new List<Step>();
        for (var i = 0; i < StepsCount; i++)
        {
            // Every kind in turn; between them enough is sent and taken that there is something to work on.
            var kind = i % 3 == 0 ? random.Pick([StepKind.Send, StepKind.SendLarge, StepKind.Consume]) : Kinds[i * 2 / 3 % Kinds.Length];
            steps.Add(new Step(i, 0, i % 3, kind, random.Between(20, 100)));
        }
        for (var i = 0; i < StepsCount / 4; i++)
            steps.Add(new Step(StepsCount + i, 1, i % 2, random.Pick([StepKind.Send, StepKind.Consume, StepKind.Annotate]), 50));
        return new Scenario
        {
            Seed = Seed,
            Options = new WorldOptions { LooksAside = false },
            Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.PowerLoss)],
            Steps = steps,
        };
    }
}

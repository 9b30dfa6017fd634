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

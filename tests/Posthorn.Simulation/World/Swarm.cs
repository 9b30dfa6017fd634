using Posthorn.Journal;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.Work;

namespace Posthorn.Simulation.World;

/// <summary>Makes a scenario of a seed: which operations, how many clients, what kind of disk, what goes wrong. Each world leaves some things out, so that others come often.</summary>
public static class Swarm
{
    private static readonly Fault[] Faults = [Fault.CrashBefore, Fault.CrashAfter, Fault.CrashAfter, Fault.Dies, Fault.IoError, Fault.NoSpace, Fault.FlushFails, Fault.ReadFails];

    public static Scenario ScenarioOf(ulong seed)
    {
        var r = new SimulationRandom(seed).Fork("swarm");
        var lives = new List<LifeEnd>();
        var steps = new List<Step>();
        var faults = new List<PlannedFault>();
        var isChurning = r.Chance(1, 8);
        var weights = isChurning ? ChurningWeights() : WeightsOf(r);
        var clients = r.Between(1, 6);
        for (var life = r.Between(1, 4); life > 0; life--)
        {
            var count = isChurning ? r.Between(60, 160) : r.Chance(1, 8) ? 0 : r.Between(5, 40);
            for (var i = 0; i < count; i++)
                steps.Add(new Step(steps.Count, lives.Count, r.Below(clients), Pick(weights, r), r.Between(1, 100)));
            for (var i = r.Chance(2, 3) ? 1 : r.Below(3); i > 0; i--)
                faults.Add(new PlannedFault(lives.Count, r.Chance(1, 4) ? r.Below(30) : r.Below(count * 12 + 20), r.Pick(Faults), r.Chance(1, 4)));
            lives.Add(new LifeEnd(r.Pick([Ending.PowerLoss, Ending.PowerLoss, Ending.Kill, Ending.Close, Ending.CloseThenPowerLoss]), r.Chance(1, 2) ? r.Below(count + 1) : -1));
        }
        return new Scenario { Seed = seed, Options = OptionsOf(r), Lives = lives, Steps = steps, Faults = faults };
    }

    /// <summary>A store whose journal turns over many times, on a disk that is well.</summary>
    public static Scenario ChurningOf(ulong seed)
    {
        var r = new SimulationRandom(seed).Fork("churning");
        var steps = new List<Step>();
        var lives = new List<LifeEnd>();
        var weights = ChurningWeights();
        if (r.Chance(1, 2))
            weights[(int)StepKind.SendWithKey] = weights[(int)StepKind.RepeatKey] = 0; // a key keeps its segment for an hour
        while (lives.Count < 4)
        {
            for (var i = 0; i < 60; i++)
                steps.Add(new Step(steps.Count, lives.Count, r.Below(3), Pick(weights, r), r.Between(30, 100)));
            lives.Add(new LifeEnd(r.Pick([Ending.PowerLoss, Ending.Kill, Ending.Close])));
        }
        var journal = new JournalOptions { SegmentBytes = 16 << 10, InlineBodyBytesMax = 3000, RecentBytesMax = 256 << 10, ReserveBytes = 0, SparesMax = r.Between(0, 2), SettleTime = TimeSpan.Zero, ScrubBytesPerSecond = 0 };
        return new Scenario { Seed = seed, Options = new WorldOptions { Journal = journal, LooksAside = false, Rests = r.Chance(1, 2) }, Lives = lives, Steps = steps };
    }

    private static WorldOptions OptionsOf(SimulationRandom r) => new()
    {
        Disk = new DiskCharacter
        {
            CapacityBytes = r.Chance(1, 4) ? r.Between(200, 600) << 10 : 64 << 20,
            IsHostile = r.Chance(1, 5),
            StallsOneIn = r.Chance(1, 4) ? r.Between(5, 60) : 0,
        },
        Journal = new JournalOptions
        {
            SegmentBytes = r.Pick([16, 16, 16, 24, 64]) << 10,
            InlineBodyBytesMax = r.Pick([0, 64, 1024, 1024, 3000]),
            RecentBytesMax = 256 << 10,
            ReserveBytes = r.Pick([0, 32, 64]) << 10,
            SparesMax = r.Between(0, 2),
            RewriteBelow = r.Pick([0.3, 0.5, 0.9]),
            RewriteBytesPerSecond = r.Pick([4, 64, 16 << 10]) << 10,
            SettleTime = TimeSpan.FromSeconds(r.Pick([0, 0, 0, 1])),
            IndexBytesMax = r.Pick([0, 2 << 10, 256 << 20, 256 << 20]),
            ScrubBytesPerSecond = r.Chance(1, 8) ? 4 << 10 : 0,
            CallersWrite = r.Chance(1, 3),
        },
        LooksAside = r.Chance(1, 3),
        Rests = r.Chance(1, 2),
    };

    private static int[] WeightsOf(SimulationRandom r)
    {
        var weights = new int[WorkTable.All.Count];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = WorkTable.All[i].Weight * r.Pick([0, 1, 1, 2]);
        weights[(int)StepKind.Send] = Math.Max(weights[(int)StepKind.Send], 4);
        weights[(int)StepKind.Consume] = Math.Max(weights[(int)StepKind.Consume], 2);
        return weights;
    }

    /// <summary>What makes the journal turn over: most of what comes goes soon, some stays long, some ends elsewhere.</summary>
    private static int[] ChurningWeights()
    {
        var weights = new int[WorkTable.All.Count];
        foreach (var (kind, weight) in ((StepKind, int)[])[(StepKind.Send, 3), (StepKind.SendAndRemove, 12), (StepKind.Consume, 2), (StepKind.Remove, 3), (StepKind.Move, 3), (StepKind.Annotate, 2), (StepKind.Flag, 2), (StepKind.SendWithKey, 2), (StepKind.RepeatKey, 2), (StepKind.RecreateQueue, 1), (StepKind.Purge, 1), (StepKind.Wait, 2)])
            weights[(int)kind] = weight;
        return weights;
    }

    private static StepKind Pick(int[] weights, SimulationRandom r)
    {
        var at = r.Below(weights.Sum());
        var kind = 0;
        while (at >= weights[kind])
            at -= weights[kind++];
        return (StepKind)kind;
    }
}

using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Shrinking;

/// <summary>
/// Cuts a failing history short: first what was never begun, then by delta debugging step after step, then faults, lives, sizes and
/// characters. What is left must break the same invariant.
/// </summary>
/// <param name="runsMax">How many runs may be spent; each takes milliseconds.</param>
public sealed class Shrinker(int runsMax = 3_000)
{
    private static readonly int[] Sizes = [1, 10, 50];
    private int _runs;

    public int Runs => _runs;

    public Finding Shrink(Finding finding)
    {
        var best = Keep(finding, finding.Scenario with { Steps = [.. finding.Scenario.Steps.Where(s => finding.Begun.Contains(s.Id))] });
        int before;
        do
        {
            before = WeightOf(best.Scenario);
            best = ShrinkSteps(best);
            best = ShrinkFaults(best);
            best = ShrinkLives(best);
            best = ShrinkSizes(best);
            best = ShrinkCharacter(best);
        }
        while (WeightOf(best.Scenario) < before && _runs < runsMax);
        return best;
    }

    private Finding ShrinkSteps(Finding best)
    {
        for (var chunk = Math.Max(1, best.Scenario.Steps.Count / 2); chunk >= 1; chunk /= 2)
        {
            for (var at = 0; at < best.Scenario.Steps.Count && _runs < runsMax;)
            {
                var steps = best.Scenario.Steps.Where((_, i) => i < at || i >= at + chunk).ToList();
                var shorter = Keep(best, best.Scenario with { Steps = steps });
                if (shorter == best)
                    at += chunk;
                best = shorter;
            }
        }
        return best;
    }

    private Finding ShrinkFaults(Finding best)
    {
        foreach (var fault in best.Scenario.Faults)
        {
            best = Keep(best, best.Scenario with { Faults = [.. best.Scenario.Faults.Where(f => f != fault)] });
            if (fault.IsLasting)
                best = Keep(best, best.Scenario with { Faults = [.. best.Scenario.Faults.Select(f => f == fault ? f with { IsLasting = false } : f)] });
        }
        return best;
    }

    private Finding ShrinkLives(Finding best)
    {
        for (var life = best.Scenario.Lives.Count - 1; life >= 0; life--)
        {
            var scenario = best.Scenario;
            best = Keep(best, WithoutLife(scenario, life));
            if (best.Scenario == scenario && scenario.Lives[life].AfterSteps > 0)
                best = Keep(best, scenario with { Lives = [.. scenario.Lives.Select((l, i) => i == life ? l with { AfterSteps = -1 } : l)] });
        }
        return best;
    }

    private Finding ShrinkSizes(Finding best)
    {
        foreach (var step in best.Scenario.Steps)
        {
            foreach (var size in Sizes.Where(size => size < step.Size))
            {
                var smaller = Keep(best, best.Scenario with { Steps = [.. best.Scenario.Steps.Select(s => s.Id == step.Id ? s with { Size = size } : s)] });
                if (smaller == best)
                    continue;
                best = smaller;
                break;
            }
        }
        return Keep(best, best.Scenario with { Steps = [.. best.Scenario.Steps.Select(s => s with { Client = 0 })] });
    }

    private Finding ShrinkCharacter(Finding best)
    {
        var plain = new WorldOptions();
        best = Keep(best, best.Scenario with { Options = best.Scenario.Options with { LooksAside = false } });
        best = Keep(best, best.Scenario with { Options = best.Scenario.Options with { Rests = false } });
        best = Keep(best, best.Scenario with { Options = best.Scenario.Options with { Disk = new DiskCharacter() } });
        best = Keep(best, best.Scenario with { Options = best.Scenario.Options with { Disk = best.Scenario.Options.Disk with { StallsOneIn = 0 } } });
        best = Keep(best, best.Scenario with { Options = best.Scenario.Options with { Disk = best.Scenario.Options.Disk with { IsHostile = false } } });
        return Keep(best, best.Scenario with { Options = best.Scenario.Options with { Journal = plain.Journal } });
    }

    private Finding Keep(Finding best, Scenario scenario)
    {
        if (scenario == best.Scenario || _runs >= runsMax)
            return best;
        _runs++;
        return Seeds.Try(scenario) is { } finding && finding.Invariant == best.Invariant ? finding : best;
    }

    private static Scenario WithoutLife(Scenario scenario, int life) => scenario with
    {
        Lives = [.. scenario.Lives.Where((_, i) => i != life)],
        Steps = [.. scenario.Steps.Where(s => s.Life != life).Select(s => s.Life > life ? s with { Life = s.Life - 1 } : s)],
        Faults = [.. scenario.Faults.Where(f => f.Life != life).Select(f => f.Life > life ? f with { Life = f.Life - 1 } : f)],
    };

    private static int WeightOf(Scenario scenario) =>
        (scenario.Steps.Count * 200) + scenario.Steps.Sum(s => s.Size) + (scenario.Faults.Count * 100) + (scenario.Lives.Count * 50) + scenario.Faults.Count(f => f.IsLasting);
}

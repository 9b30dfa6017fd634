using Posthorn.Simulation.Shrinking;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation;

/// <summary>Random lives of random stores; <c>./posthorn simulate</c> runs as many more as there is time for.</summary>
public sealed class RandomLivesTests
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1";

    [Fact]
    public void Random_lives_break_no_invariant()
    {
        long acknowledged = 0, doubted = 0;
        for (ulong seed = 1; seed <= (IsLong ? 5_000u : 200u); seed++)
        {
            var run = new SimulationRun(Swarm.ScenarioOf(seed));
            try
            {
                run.Run();
            }
            catch (Audit.AuditException e)
            {
                var shrunk = new Shrinker(runsMax: 500).Shrink(new Finding(Swarm.ScenarioOf(seed), e.Invariant, e.Message, run.Journal.Begun));
                throw new InvalidOperationException($"Seed 0x{seed:x}: {e.Message}\n\n{ScenarioText.FactOf(shrunk)}", e);
            }
            acknowledged += run.Acknowledged;
            doubted += run.Doubted;
        }
        // A workload that does nothing finds nothing.
        acknowledged.ShouldBeGreaterThan(2_000);
        doubted.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void One_seed_runs_the_same_way_twice()
    {
        for (ulong seed = 500; seed < 520; seed++)
        {
            var first = new SimulationRun(Swarm.ScenarioOf(seed));
            var second = new SimulationRun(Swarm.ScenarioOf(seed));
            first.Run();
            second.Run();
            second.TraceHash.ShouldBe(first.TraceHash, $"seed {seed}");
        }
    }
}

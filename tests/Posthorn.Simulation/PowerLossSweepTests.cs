using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation;

/// <summary>
/// Exhaustive before random: a fixed script, every I/O number of it, every kind of fault, power loss after it (several damages), recovery,
/// more work, power loss, audit. A run takes about a millisecond.
/// </summary>
public sealed class PowerLossSweepTests
{
    private const ulong ScriptSeed = 20261121;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1";

    public static TheoryData<Fault, bool> Faults { get; } = new()
    {
        { Fault.CrashBefore, false },
        { Fault.CrashAfter, false },
        { Fault.IoError, false },
        { Fault.IoError, true },
        { Fault.NoSpace, false },
        { Fault.NoSpace, true },
        { Fault.FlushFails, false },
        { Fault.FlushFails, true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Nothing_acknowledged_is_lost_whatever_goes_wrong_at_any_io(Fault fault, bool isLasting)
    {
        var baseline = new SimulationRun(new Scenario { Seed = ScriptSeed }, EngineUnderTest.OpenAsync);
        baseline.Run();
        baseline.Acknowledged.ShouldBeGreaterThan(20);
        var struck = 0;
        foreach (var scenario in Scenarios(baseline.IoCount, fault, isLasting))
        {
            var run = new SimulationRun(scenario, EngineUnderTest.OpenAsync);
            RunNaming(run, scenario);
            struck += run.HasFaultStruck ? 1 : 0;
        }
        struck.ShouldBeGreaterThan(baseline.IoCount / 2);
    }

    [Fact]
    public void A_power_loss_at_any_io_of_the_recovery_loses_nothing_either()
    {
        var baseline = new SimulationRun(new Scenario { Seed = ScriptSeed }, EngineUnderTest.OpenAsync);
        baseline.Run();
        for (var faultAt = 3; faultAt < baseline.IoCount; faultAt += IsLong ? 1 : 7)
        {
            for (var second = 0; second < 40; second += IsLong ? 1 : 5)
            {
                var scenario = new Scenario { Seed = ScriptSeed, FaultAt = faultAt, Fault = Fault.CrashAfter, SecondCrashAt = second };
                RunNaming(new SimulationRun(scenario, EngineUnderTest.OpenAsync), scenario);
            }
        }
    }

    [Fact]
    public void Random_lives_lose_nothing()
    {
        for (ulong seed = 1; seed <= (IsLong ? 5_000u : 200u); seed++)
        {
            var swarm = new SimulationRandom(seed).Fork("swarm");
            var scenario = new Scenario
            {
                Seed = seed,
                Clients = swarm.Between(1, 6),
                Steps = swarm.Between(5, 60),
                InlineBytesMax = swarm.Pick([64, 1024, 3000]),
                FaultAt = swarm.Chance(1, 5) ? -1 : swarm.Between(0, 300),
                Fault = swarm.Pick([Fault.CrashBefore, Fault.CrashAfter, Fault.IoError, Fault.NoSpace, Fault.FlushFails]),
                IsFaultLasting = swarm.Chance(1, 3),
                SecondCrashAt = swarm.Chance(1, 3) ? swarm.Between(0, 60) : -1,
                IsHostile = swarm.Chance(1, 4),
                IsKillOnly = swarm.Chance(1, 6),
            };
            RunNaming(new SimulationRun(scenario, EngineUnderTest.OpenAsync), scenario);
        }
    }

    [Fact]
    public void One_seed_runs_the_same_way_twice()
    {
        for (ulong seed = 500; seed < 510; seed++)
        {
            var scenario = new Scenario { Seed = seed, FaultAt = 40, Fault = Fault.CrashAfter };
            var first = new SimulationRun(scenario, EngineUnderTest.OpenAsync);
            var second = new SimulationRun(scenario, EngineUnderTest.OpenAsync);
            first.Run();
            second.Run();
            second.TraceHash.ShouldBe(first.TraceHash);
        }
    }

    // The canaries: an auditor that does not notice a disk that lies would not notice an engine that does.
    [Theory]
    [InlineData(Lie.FlushDoesNothing, Fault.CrashAfter)]
    [InlineData(Lie.FolderFlushDoesNothing, Fault.CrashAfter)]
    [InlineData(Lie.FailedFlushSucceeds, Fault.FlushFails)]
    public void The_auditor_notices_a_disk_that_lies(Lie lie, Fault fault)
    {
        var baseline = new SimulationRun(new Scenario { Seed = ScriptSeed }, EngineUnderTest.OpenAsync);
        baseline.Run();
        var noticed = 0;
        foreach (var scenario in Scenarios(baseline.IoCount, fault, isLasting: false))
        {
            try
            {
                new SimulationRun(scenario with { Lies = lie }, EngineUnderTest.OpenAsync).Run();
            }
            catch (Exception e) when (e is AuditException or IOException)
            {
                noticed++;
            }
        }
        noticed.ShouldBeGreaterThan(0);
    }

    private static IEnumerable<Scenario> Scenarios(int ioCount, Fault fault, bool isLasting)
    {
        for (var faultAt = 0; faultAt < ioCount; faultAt++)
            yield return new Scenario { Seed = ScriptSeed, FaultAt = faultAt, Fault = fault, IsFaultLasting = isLasting };
    }

    private static void RunNaming(SimulationRun run, Scenario scenario)
    {
        try
        {
            run.Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Failed with {scenario}: {e.Message}", e);
        }
    }
}

using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation;

/// <summary>
/// Exhaustive before random: a fixed script, every I/O number of it, every kind of fault, power loss after it, recovery, more work,
/// power loss, audit, and everything drained.
/// </summary>
public sealed class PowerLossSweepTests
{
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
        { Fault.ReadFails, false },
        { Fault.ReadFails, true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Nothing_acknowledged_is_lost_whatever_goes_wrong_at_any_io(Fault fault, bool isLasting)
    {
        var baseline = Baseline();
        var struck = 0;
        for (var at = 0; at < baseline.IoCounts[0]; at++)
        {
            var run = new SimulationRun(SweepScript.With(new DiskCharacter(), new PlannedFault(0, at, fault, isLasting)));
            RunNaming(run, $"{fault} at {at}");
            struck += run.HasFaultStruck ? 1 : 0;
        }
        struck.ShouldBeGreaterThan(baseline.IoCounts[0] / 2);
    }

    [Fact]
    public void The_death_of_the_process_at_any_io_and_a_power_loss_after_the_recovery_lose_nothing_that_was_seen() => HuntingGround.Deaths.ShouldFindNothing();

    [Fact]
    public void A_flush_that_fails_and_a_power_loss_soon_after_lose_nothing() => HuntingGround.FailedFlushes.ShouldFindNothing();

    [Fact]
    public void A_flush_that_fails_and_a_power_loss_after_the_next_recovery_lose_nothing_that_was_seen() => HuntingGround.FailedFlushesThenDeath.ShouldFindNothing();

    [Fact]
    public void A_store_that_turns_over_many_times_loses_and_resurrects_nothing() => HuntingGround.Churning.ShouldFindNothing();

    [Fact]
    public void A_store_that_turns_over_tells_of_each_bit_and_file_that_is_lost_or_does_not_need_it() => HuntingGround.Rotting.ShouldFindNothing();

    [Fact]
    public void A_power_loss_at_any_io_of_the_recovery_loses_nothing_either()
    {
        var baseline = Baseline();
        var struck = 0;
        for (var at = 3; at < baseline.IoCounts[0]; at += IsLong ? 1 : 9)
        {
            for (var second = 0; second < 40; second += IsLong ? 1 : 5)
            {
                var scenario = SweepScript.With(new DiskCharacter(), new PlannedFault(0, at, Fault.CrashAfter), new PlannedFault(1, second, Fault.CrashBefore));
                var run = new SimulationRun(scenario);
                RunNaming(run, $"power loss at {at}, again at {second} of the recovery");
                struck += run.HasFaultStruck ? 1 : 0;
            }
        }
        struck.ShouldBeGreaterThan(0);
    }

    // The canaries: an auditor that does not notice a disk that lies would not notice an engine that does.
    [Theory]
    [InlineData(Lie.FlushDoesNothing, Fault.CrashAfter)]
    [InlineData(Lie.FolderFlushDoesNothing, Fault.CrashAfter)]
    [InlineData(Lie.FailedFlushSucceeds, Fault.FlushFails)]
    public void The_auditor_notices_a_disk_that_lies(Lie lie, Fault fault)
    {
        var baseline = Baseline();
        var noticed = 0;
        for (var at = 0; at < baseline.IoCounts[0]; at += 2)
            noticed += Seeds.Try(SweepScript.With(new DiskCharacter { Lies = lie }, new PlannedFault(0, at, fault), new PlannedFault(0, at + 6, Fault.CrashBefore))) is null ? 0 : 1;
        noticed.ShouldBeGreaterThan(0);
    }

    private static SimulationRun Baseline()
    {
        var run = new SimulationRun(SweepScript.Plain);
        run.Run();
        run.Acknowledged.ShouldBeGreaterThan(20);
        return run;
    }

    private static void RunNaming(SimulationRun run, string what)
    {
        try
        {
            run.Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Failed with {what}: {e.Message}", e);
        }
    }
}

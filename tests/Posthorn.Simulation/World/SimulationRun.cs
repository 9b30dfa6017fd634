using Posthorn.Engine;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.World;

/// <summary>
/// One life of a store: a workload until a fault strikes or it ends, power loss, recovery (which may be struck too), audit,
/// more work, power loss, audit. Everything follows from the scenario, so that a failing one replays exactly.
/// </summary>
public sealed class SimulationRun(Scenario scenario, EngineOpener open)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulationRandom _random = new(scenario.Seed);
    private readonly Auditor _auditor = new();

    /// <summary>I/Os of the first life: how far a sweep has to go.</summary>
    public int IoCount { get; private set; }

    public bool HasFaultStruck { get; private set; }

    public ulong TraceHash { get; private set; }

    public int Acknowledged => _auditor.Acknowledged;

    /// <summary>Runs the scenario.</summary>
    /// <exception cref="AuditException">An invariant is broken.</exception>
    public void Run()
    {
        var context = new SimulationContext(_random, Start);
        context.Run(() => LiveAsync(context), stepsMax: 2_000_000);
        TraceHash = context.TraceHash;
    }

    private async Task LiveAsync(SimulationContext context)
    {
        var disk = new SimulatedDisk(context, _random.Fork("first"))
        {
            FaultAt = scenario.FaultAt,
            Fault = scenario.Fault,
            IsFaultLasting = scenario.IsFaultLasting,
            Lies = scenario.Lies,
            IsHostile = scenario.IsHostile,
        };
        await WorkAsync(context, disk, "first", scenario.Clients, scenario.Steps);
        IoCount = disk.IoCount;
        HasFaultStruck = disk.HasFaultStruck;

        var survived = AfterLoss(context, disk, "second");
        // The power may be lost again while recovering: at each of its first I/Os in turn, as the scenario says.
        if (scenario.SecondCrashAt >= 0)
        {
            var struck = survived.Rigged(context, _random.Fork("rigged"), scenario.SecondCrashAt);
            await WorkAsync(context, struck, "struck", 1, 0);
            survived = AfterLoss(context, struck, "third");
        }
        await WorkAsync(context, survived, "more", scenario.Clients, scenario.Steps / 2, isAudited: true);
        await WorkAsync(context, AfterLoss(context, survived, "last"), "end", 1, 0, isAudited: true);
    }

    private SimulatedDisk AfterLoss(SimulationContext context, SimulatedDisk disk, string name) =>
        scenario.IsKillOnly ? disk.AfterKill(context, _random.Fork(name)) : disk.AfterPowerLoss(context, _random.Fork(name));

    /// <summary>Opens an engine, audits when nothing can go wrong with the disk, works, and leaves the engine as a power loss does: without closing it.</summary>
    private async Task WorkAsync(SimulationContext context, SimulatedDisk disk, string name, int clients, int steps, bool isAudited = false)
    {
        IEngine engine;
        try
        {
            engine = await open(disk, context.Time, _random.Fork($"{name}-tokens").NextUInt64);
        }
        catch (IOException) when (!isAudited)
        {
            return; // The fault struck while opening; an engine that says so has done what it must.
        }
        if (isAudited)
            await _auditor.AuditAsync(engine);
        var workload = new Workload(engine, _auditor, context.Time, _random.Fork(name), name) { InlineBytesMax = scenario.InlineBytesMax };
        await workload.RunAsync(clients, steps);
        if (isAudited)
            await _auditor.AuditAsync(engine);
    }
}

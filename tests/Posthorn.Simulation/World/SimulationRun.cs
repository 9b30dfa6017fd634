using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.Work;

namespace Posthorn.Simulation.World;

/// <summary>
/// The lives of one store: each opens what the last one left, is audited, works until its end, which may come in the middle of everything, and
/// dies. In the last life nothing goes wrong and everything must drain. All follows from the scenario, so that a failing one replays exactly.
/// </summary>
public sealed class SimulationRun
{
    private const long StepsMax = 400_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Scenario _scenario;
    private readonly SimulationRandom _random;
    private readonly SimulationContext _context;
    private readonly Model _model;
    private readonly Auditor _auditor;
    private readonly List<int> _ioCounts = [];
    private readonly WrittenBytes _written;

    public SimulationRun(Scenario scenario, TextWriter? trace = null)
    {
        _scenario = scenario;
        _random = new SimulationRandom(scenario.Seed);
        _context = new SimulationContext(_random, Start);
        _model = new Model(_context.Time);
        _auditor = new Auditor(_model);
        _written = new WrittenBytes(scenario.Options.Journal);
        Journal = new RunJournal(_context.Time, trace);
    }

    /// <summary>I/Os of each life: how far a sweep has to go.</summary>
    public IReadOnlyList<int> IoCounts => _ioCounts;

    public bool HasFaultStruck { get; private set; }

    public ulong TraceHash => _context.TraceHash;

    /// <summary>Continuations that ran.</summary>
    public long Steps => _context.Steps;

    public int Acknowledged => _model.Acknowledged;

    public int Doubted => _model.Doubted;

    /// <summary>What was done, for whoever reads or cuts a failing run.</summary>
    public RunJournal Journal { get; }

    /// <summary>Runs the scenario.</summary>
    /// <exception cref="AuditException">An invariant is broken.</exception>
    public void Run()
    {
        try
        {
            _context.Run(LiveAsync, StepsMax);
        }
        catch (Exception e) when (e is not AuditException)
        {
            throw new AuditException("I14", $"{e.GetType().Name} where none is expected: {e}");
        }
    }

    private async Task LiveAsync()
    {
        var disk = new SimulatedDisk(_context, _context.Time, _random.Fork("disk-0"), _scenario.Options.Disk) { Faults = FaultsOf(0) };
        for (var life = 0; life < _scenario.Lives.Count; life++)
        {
            Journal.Write($"life {life} begins");
            await LiveAsync(life, disk);
            _ioCounts.Add(disk.IoCount);
            HasFaultStruck |= disk.HasFaultStruck;
            disk = Next(life, disk);
        }
        Journal.Write("the last life begins");
        await new LastLife(_scenario, _context, _model, _auditor, _written, _random.Fork("last"), Journal).LiveAsync(disk);
    }

    private async Task LiveAsync(int life, SimulatedDisk disk)
    {
        var process = new ProcessTime(_context.Time);
        _model.BeginLife();
        IEngine? engine = null;
        try
        {
            engine = await OpenAsync(life, disk, process);
            if (engine is null)
                return;
            await CalmAsync(disk, () => LookAsync(engine, disk, life));
            var workload = new Workload(engine, _model, process, _context.Time, disk, _scenario.Options);
            var clients = new Clients(_scenario, life, workload, _model, disk, process, Journal);
            await clients.WorkAsync();
            var isHealthy = !disk.IsPowerLost && engine.Health.State != EngineState.Failed;
            if (isHealthy && clients.IsDone)
                await CalmAsync(disk, () => _auditor.AuditAsync(engine));
            if (!disk.IsPowerLost && _scenario.Lives[life].Ending is Ending.Close or Ending.CloseThenPowerLoss)
                await CloseAsync(engine, disk, process);
            workload.IsOver = true;
        }
        finally
        {
            process.Die();
            _model.EndLife();
            if (engine is not null)
                _written.Add(engine);
        }
    }

    /// <summary>Opens the engine.</summary>
    /// <returns>Null when a fault struck meanwhile: an engine that says so has done what it must.</returns>
    private async Task<IEngine?> OpenAsync(int life, SimulatedDisk disk, ProcessTime process)
    {
        var opening = EngineUnderTest.OpenAsync(disk, _scenario.Options.Journal, process, _random.Fork($"tokens-{life}").NextUInt64);
        // An engine that finds no space for its first segment waits for some.
        await Task.WhenAny(opening, disk.Lost, Task.Delay(TimeSpan.FromMinutes(10), process));
        if (!opening.IsCompleted && !disk.IsPowerLost)
        {
            disk.EndShortage();
            await Task.WhenAny(opening, disk.Lost, Task.Delay(TimeSpan.FromHours(1), process));
            if (!opening.IsCompleted && !disk.IsPowerLost && !disk.HasFaultStruck)
                throw new AuditException("I13", "The engine does not open though there is space.");
        }
        if (disk.IsPowerLost || !opening.IsCompleted)
            return null;
        try
        {
            return await opening;
        }
        catch (JournalDamagedException e)
        {
            throw new AuditException("I8", $"The engine does not start after no more than a power loss: {e.Message}");
        }
        catch (IOException e) when (!disk.HasFaultStruck && !disk.HasBeenFull)
        {
            throw new AuditException("I8", $"The engine does not start though the disk is well: {e}");
        }
        catch (IOException e)
        {
            Journal.Write($"opening failed: {e.Message}");
            return null;
        }
    }

    private async Task LookAsync(IEngine engine, SimulatedDisk disk, int life)
    {
        // What the engine does by itself at its start, dead letters above all, it has then done.
        await Task.Delay(TimeSpan.FromSeconds(2), _context.Time);
        await _auditor.AuditAsync(engine);
        if (_scenario.Options.LooksAside)
            await new SideLook(_scenario, _context, _model, _auditor, _random.Fork($"aside-{life}")).LookAsync(disk.Copy(_context.Time, _random.Fork($"copy-{life}")));
    }

    private async Task CloseAsync(IEngine engine, SimulatedDisk disk, ProcessTime process)
    {
        disk.EndShortage();
        var closing = engine.DisposeAsync().AsTask();
        await Task.WhenAny(closing, disk.Lost, Task.Delay(TimeSpan.FromHours(1), process));
        if (!closing.IsCompleted && !disk.IsPowerLost)
            throw new AuditException("I13", "The engine does not close.");
        if (closing.IsCompleted && !disk.HasFaultStruck)
            await closing;
    }

    private static async Task CalmAsync(SimulatedDisk disk, Func<Task> look)
    {
        disk.IsCalm = true;
        try
        {
            await Task.WhenAny(look(), disk.Lost).Unwrap();
        }
        finally
        {
            disk.IsCalm = false;
        }
    }

    private SimulatedDisk Next(int life, SimulatedDisk disk)
    {
        var (random, faults) = (_random.Fork($"disk-{life + 1}-{disk.IoCount}"), FaultsOf(life + 1));
        var isPowered = disk.HasOnlyProcessDied || (_scenario.Lives[life].Ending is Ending.Kill or Ending.Close && !disk.IsPowerLost);
        return isPowered
            ? disk.AfterKill(_context.Time, random, faults)
            : disk.AfterPowerLoss(_context.Time, random, faults);
    }

    private PlannedFault[] FaultsOf(int life) => [.. _scenario.Faults.Where(f => f.Life == life)];
}

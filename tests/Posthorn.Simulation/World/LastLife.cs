using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.Work;

namespace Posthorn.Simulation.World;

/// <summary>The end of a store: nothing goes wrong any more, everything drains in virtual hours, and the disk is given back.</summary>
public sealed class LastLife(Scenario scenario, SimulationContext context, Model model, Auditor auditor, WrittenBytes written, SimulationRandom random, RunJournal journal)
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(30);

    public async Task LiveAsync(SimulatedDisk disk)
    {
        disk.IsCalm = true;
        disk.EndShortage();
        var process = new ProcessTime(context.Time);
        model.BeginLife();
        var engine = await OpenAsync(disk, process);
        await Task.Delay(TimeSpan.FromMinutes(3), context.Time);
        await auditor.AuditAsync(engine, mustHaveActed: true);
        if (scenario.Options.Rests)
        {
            await Rest.TakeAsync(context, () => written.Check(engine));
            await auditor.AuditAsync(engine, mustHaveActed: true);
        }
        var workload = new Workload(engine, model, process, context.Time, disk, scenario.Options);
        await FreeAllAsync(workload);
        await DrainAsync(engine, workload);
        await auditor.AuditAsync(engine, mustHaveActed: true);
        await workload.WaitForMessagesAsync(scenario.Seed);
        await ReclaimAsync(workload, disk, () => written.Check(engine));
        await engine.DisposeAsync();
        written.Add(engine);
        process.Die();
        model.EndLife();
        await SideLook.CheckAsync(disk);
        var again = new ProcessTime(context.Time);
        var last = await OpenAsync(disk, again);
        await auditor.AuditAsync(last, mustHaveActed: true);
        again.Die();
    }

    private async Task<IEngine> OpenAsync(SimulatedDisk disk, ProcessTime process)
    {
        try
        {
            return await EngineUnderTest.OpenAsync(disk, scenario.Options.Journal, process, random.NextUInt64);
        }
        catch (Exception e) when (e is IOException or Journal.JournalDamagedException)
        {
            throw new AuditException("I8", $"The engine does not start after no more than a power loss: {e}");
        }
    }

    /// <summary>No queue is paused and no message is held any more.</summary>
    private async Task FreeAllAsync(Workload workload)
    {
        var draft = new Draft();
        foreach (var queue in model.AllQueues.Where(q => q.Policy is { IsPaused: true }))
        {
            var after = queue.Policy! with { IsPaused = false };
            draft.Commit.SetQueue(QueueName.Parse(queue.Name), after);
            draft.Effects.Add(new QueueEffect(draft.Last, queue, queue.Policy, after));
        }
        foreach (var known in model.Live.Where(m => m.State!.IsHeld))
        {
            draft.Commit.Change(known.Id, new MessageChanges { IsHeld = false });
            draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, known.State! with { IsHeld = false }));
        }
        if (draft.Effects.Count > 0)
            await workload.CommitAsync(draft);
    }

    private async Task DrainAsync(IEngine engine, Workload workload)
    {
        var groups = engine.ReadyGroups(QueueName.Parse(WorkQueues.Grouped));
        var begun = context.Time.Elapsed;
        while (model.Live.Any())
        {
            foreach (var queue in model.AllQueues.Where(q => q.Policy is not null && q.Name != WorkQueues.Grouped).Select(q => q.Name).ToList())
                await workload.DrainAsync(queue);
            // This one only by what is announced.
            while (groups.TryRead(out var group))
                await workload.DrainGroupAsync(WorkQueues.Grouped, group);
            if (!model.Live.Any())
                break;
            if (context.Time.Elapsed - begun > Patience)
                throw new AuditException("I13", $"After {Patience} there still wait:{string.Concat(model.Live.Take(3).Select(m => $"\n{m.Tag} in {m.State!.Queue}{m.History}"))}");
            await Task.Delay(NextLook(), context.Time);
            await auditor.AuditAsync(engine); // what has become too old or a dead letter is seen
        }
        journal.Write("drained");
    }

    private TimeSpan NextLook()
    {
        var next = model.Live.Min(m => m.State!.DueUntil) - model.Wall;
        return next < TimeSpan.FromSeconds(20) ? TimeSpan.FromSeconds(20) : next > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : next + TimeSpan.FromSeconds(1);
    }

    /// <summary>When nothing waits and keys are forgotten, nothing but a few segments may take space.</summary>
    private async Task ReclaimAsync(Workload workload, SimulatedDisk disk, Action look)
    {
        for (var i = 0; i < 4; i++)
        {
            await Rest.TakeAsync(context, look);
            var draft = new Draft();
            var key = "documents/last";
            var value = new byte[] { (byte)i };
            draft.Commit.SetDocument(key, value);
            draft.Effects.Add(new DocumentEffect(draft.Last, key, model.Documents.GetValueOrDefault(key), value));
            await workload.CommitAsync(draft);
        }
        await Task.Delay(TimeSpan.FromMinutes(1), context.Time);
        if (disk.List("bodies") is [var body, ..])
            throw new AuditException("I9", $"Nothing waits, and the body {body} is still there.");
        var segments = disk.List("segments").Where(name => !name.EndsWith(".dead", StringComparison.Ordinal)).ToList();
        if (segments.Count > SegmentsMax)
            throw new AuditException("I9", $"Nothing waits, and there are {segments.Count} segments: {string.Join(", ", segments)}.");
        // The file of a dead segment is one too, or is empty.
        var spares = disk.List("spares").ToList();
        foreach (var dead in disk.List("segments").Except(segments))
        {
            await using var file = await disk.OpenAsync($"segments/{dead}", Files.OpenIntent.Read);
            if (file.Length > 0)
                spares.Add(dead);
        }
        // Two of the reserve, and two prepared ones when a process died that was about to use one.
        if (spares.Count > scenario.Options.Journal.SparesMax + 4)
            throw new AuditException("I9", $"Nothing waits, and there are {spares.Count} spare files: {string.Join(", ", spares)}.");
    }

    /// <summary>The current one, and few that are kept for what stands before them.</summary>
    private const int SegmentsMax = 4;
}

using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.World;

/// <summary>Looks at copies of a store, aside of its life: what a second recovery makes of it, what its check says, what becomes of rotten bits.</summary>
public sealed class SideLook(Scenario scenario, SimulationContext context, Model model, Auditor auditor, SimulationRandom random)
{
    /// <summary>Looks at a copy of a disk that an engine has just recovered and that was audited.</summary>
    public async Task LookAsync(SimulatedDisk disk)
    {
        disk.IsCalm = true;
        await CheckAsync(disk.Copy(context.Time, random.Fork("checked")));
        await RecoverAgainAsync(disk.Copy(context.Time, random.Fork("again")));
        for (var i = 0; i < scenario.Options.Rots; i++)
        {
            foreach (var folder in (string[])["segments", "bodies"])
                await RotAsync(disk.Copy(context.Time, random.Fork("rotten")), folder, isOpen: false);
            await RotHintAsync(disk.Copy(context.Time, random.Fork("rotten")));
            foreach (var folder in (string[])["segments", "bodies"])
                await LoseAsync(disk.Copy(context.Time, random.Fork("losing")), folder);
        }
        await RotAsync(disk.Copy(context.Time, random.Fork("rotting")), random.Pick(["segments", "bodies"]), isOpen: true);
    }

    /// <summary>The journal's own check finds nothing wrong.</summary>
    public static async Task CheckAsync(SimulatedDisk disk)
    {
        disk.IsCalm = true;
        var findings = await JournalCheck.RunAsync(disk);
        if (findings.Count > 0)
            throw new AuditException("I8", $"The journal's check finds in a store that was recovered: {string.Join("; ", findings)}");
    }

    /// <summary>What was recovered a second time is what was recovered the first time, to the last receive count.</summary>
    private async Task RecoverAgainAsync(SimulatedDisk disk)
    {
        disk.IsCalm = true;
        var process = new ProcessTime(context.Time);
        var engine = await OpenAsync(disk, process);
        await Task.Delay(TimeSpan.FromSeconds(2), context.Time);
        await auditor.AuditAsync(engine, isAside: true);
        process.Die();
    }

    /// <summary>A bit changes in a hint, which is only a copy: the engine opens as if nothing were.</summary>
    private async Task RotHintAsync(SimulatedDisk disk)
    {
        disk.IsCalm = true;
        if (disk.RotSealed(random, "hints") is not { } where)
            return;
        var process = new ProcessTime(context.Time);
        try
        {
            await auditor.AuditAsync(await OpenAsync(disk, process), isAside: true);
        }
        catch (Exception e) when (e is not AuditException { Invariant: "I12" })
        {
            throw new AuditException("I12", $"A bit was changed in {where}: {e.Message}");
        }
        finally
        {
            process.Die();
        }
    }

    /// <summary>A bit changes in what nothing is written to any more, before the engine opens or while it is open: it says so, or it matters to nobody.</summary>
    private async Task RotAsync(SimulatedDisk disk, string folder, bool isOpen)
    {
        disk.IsCalm = true;
        var process = new ProcessTime(context.Time);
        try
        {
            if (isOpen)
            {
                var engine = await OpenAsync(disk, process);
                if (disk.RotSealed(random, folder) is { } open)
                    await ReadAllAsync(engine, open);
                return;
            }
            if (disk.RotSealed(random, folder) is not { } where)
                return;
            try
            {
                await ReadAllAsync(await OpenAsync(disk, process), where);
            }
            catch (JournalDamagedException e)
            {
                if ((await JournalCheck.RunAsync(disk)).Count == 0)
                    throw new AuditException("I12", $"A bit was changed in {where}; the engine does not start ({e.Message}) and the journal's check finds nothing.");
                await RepairAsync(disk, where, process);
            }
        }
        finally
        {
            process.Die();
        }
    }

    /// <summary>A file vanishes before the engine opens: it says so and does not start without it, or nobody needs it.</summary>
    private async Task LoseAsync(SimulatedDisk disk, string folder)
    {
        disk.IsCalm = true;
        if (disk.Lose(random, folder) is not { } where)
            return;
        // With nothing left of a journal there is nobody who could tell that there was one.
        var isAnythingLeft = ((string[])["segments", "spares", "hints", "bodies"]).Any(left => disk.List(left).Count > 0);
        var process = new ProcessTime(context.Time);
        try
        {
            var engine = await OpenAsync(disk, process);
            if (folder == "bodies")
                await ReadAllAsync(engine, where, mayTell: false);
            else if (isAnythingLeft && !where.EndsWith(".dead", StringComparison.Ordinal))
                throw new AuditException("I12", $"The file {where} was taken away, and the engine starts without a word.");
        }
        catch (JournalDamagedException e)
        {
            if ((await JournalCheck.RunAsync(disk)).Count == 0)
                throw new AuditException("I12", $"The file {where} was taken away; the engine does not start ({e.Message}) and the journal's check finds nothing.");
            await RepairAsync(disk, where, process);
        }
        finally
        {
            process.Die();
        }
    }

    private async Task RepairAsync(SimulatedDisk disk, string where, ProcessTime process)
    {
        disk.TakenByOthersBytes = 0; // what is set aside needs room
        await JournalRepair.RunAsync(disk);
        // The empty file in the place of a body that is lost stays a finding.
        if ((await JournalCheck.RunAsync(disk)).FirstOrDefault(finding => !finding.File.StartsWith("bodies/", StringComparison.Ordinal)) is { } finding)
            throw new AuditException("I12", $"{where} was damaged; after the repair the check still finds {finding}.");
        var engine = await OpenAsync(disk, process);
        await ReadAllAsync(engine, where, isRepaired: true);
    }

    /// <summary>Reads everything: each message as it was sent, or told to be damaged.</summary>
    private async Task ReadAllAsync(IEngine engine, string where, bool isRepaired = false, bool mayTell = true)
    {
        var told = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var queue in engine.Queues())
        {
            await foreach (var message in engine.BrowseAsync(queue.Name, Messages.MessageFilter.All))
            {
                if (message.Text("tag") is not { } tag || !model.WasEver(tag))
                    throw new AuditException("I12", $"A bit was changed in {where}, and {message.Id} is a message that nobody sent.");
                seen.Add(tag);
                told += await IsToldAsync(engine, message, model.Message(tag), where, isRepaired) ? 1 : 0;
            }
        }
        if (told > 0 && !mayTell)
            throw new AuditException("I12", $"{where} was taken away, the engine starts, and {told} messages cannot be read.");
        var missing = model.Live.Count(m => !seen.Contains(m.Tag) && !model.MayHaveExpired(m));
        if (missing > 0 && told == 0 && !isRepaired && !await CountsAsync(engine, seen.Count))
            throw new AuditException("I12", $"A bit was changed in {where}, and {missing} messages are missing without a word.");
    }

    private static async Task<bool> IsToldAsync(IEngine engine, Messages.Message message, KnownMessage known, string where, bool isRepaired)
    {
        try
        {
            await using var content = await engine.OpenAsync(message.Content);
            var bytes = new byte[message.Content.Length];
            await ContentReading.FillAsync(content, bytes);
            // What a repair brings back may have had other content of the same length since.
            if (!isRepaired && known.State is { } state && message.Content.Length == state.Content.Length && !state.Content.IsAt(0, bytes))
                throw new AuditException("I12", $"A bit was changed in {where}, and a reader of {known.Tag} got other bytes than were sent.");
            return false;
        }
        catch (BodyLostException)
        {
            return true;
        }
    }

    // A message whose record cannot be read is not shown when browsed; it is counted still, and FindAsync says what it has.
    private static Task<bool> CountsAsync(IEngine engine, int seen) => Task.FromResult(engine.Queues().Sum(queue => queue.Messages) > seen);

    private async Task<IEngine> OpenAsync(SimulatedDisk disk, ProcessTime process) =>
        await EngineUnderTest.OpenAsync(disk, scenario.Options.Journal, process, random.NextUInt64);
}

using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Work;

/// <summary>Clients that do everything an engine offers, in one life of the store, and tell the model what they were promised.</summary>
public sealed partial class Workload(IEngine engine, Model model, ProcessTime time, SimulatedTime machine, SimulatedDisk disk, WorldOptions options)
{
    /// <summary>Whether the process is dead: nothing that still comes back counts.</summary>
    public bool IsOver { get; set; }

    /// <summary>Makes the queues that clients work with.</summary>
    public async Task SetUpAsync()
    {
        var draft = new Draft();
        foreach (var (name, policy) in WorkQueues.Policies)
        {
            var known = model.Queue(name);
            if (known.Policy is not null || known.UnderWay > 0)
                continue;
            draft.Commit.SetQueue(QueueName.Parse(name), policy);
            draft.Effects.Add(new QueueEffect(draft.Last, known, null, policy));
        }
        if (draft.Effects.Count > 0)
            await CommitAsync(draft);
    }

    public Task WaitAsync(StepContext s) => Task.Delay(TimeSpan.FromMilliseconds(s.UpTo(s.Random.Pick([200, 20_000, 400_000]))), time);

    public Task StepClockAsync(StepContext s)
    {
        var seconds = s.UpTo(s.Random.Pick([2, 90, 7_200]));
        model.StepClock(TimeSpan.FromSeconds(s.Random.Chance(1, 2) ? seconds : -seconds));
        return Task.CompletedTask;
    }

    public Task FillDiskAsync(StepContext s)
    {
        disk.TakenByOthersBytes += Math.Max(0, disk.FreeBytes - s.Random.Below(40 << 10));
        return Task.CompletedTask;
    }

    public Task DrainDiskAsync(StepContext s)
    {
        disk.TakenByOthersBytes = s.Random.Chance(3, 4) ? 0 : disk.TakenByOthersBytes / 2;
        return Task.CompletedTask;
    }

    /// <summary>Commits what was drafted and tells the model.</summary>
    /// <returns>Null when it was refused.</returns>
    public async Task<CommitResult?> CommitAsync(Draft draft)
    {
        var asked = model.Ask(draft.Effects, draft.Commit.IdempotencyKey);
        try
        {
            var result = await engine.CommitAsync(draft.Commit);
            ThrowIfOver();
            model.Acknowledge(asked, result);
            foreach (var writer in draft.Writers)
                await writer.DisposeAsync();
            return result;
        }
        catch (Exception e) when (e is CommitConflictException or StorageFullException or QueueFullException or BodyLostException { IsDamaged: false })
        {
            ThrowIfOver();
            if (e is StorageFullException && !MayBeFull(draft))
                throw new AuditException("I9", $"A commit that needs no space was refused for want of it, or there was space: {e.Message}");
            model.Refuse(asked, e);
            foreach (var writer in draft.Writers)
                await writer.DisposeAsync();
            return null;
        }
        catch (Exception e) when (e is not AuditException)
        {
            ThrowIfOver();
            NoteUnanswered(asked, e);
            throw;
        }
    }

    // A commit that was submitted happens, or the engine fails: what fails alone, at a read say, was not.
    private void NoteUnanswered(AskedCommit asked, Exception e)
    {
        if (e is IOException && !disk.IsPowerLost)
            model.Refuse(asked, e);
        else
            model.Doubt(asked);
    }

    // Acks, moves and removals succeed on a full disk; what adds or brings content may be refused.
    private bool MayBeFull(Draft draft) =>
        disk.HasBeenFull && draft.Commit.Operations.Any(o => o is CommitOperation.Add or CommitOperation.Change { Changes.Content: not null });

    private async Task<IReadOnlyList<KnownLease>> LeaseAsync(string queue, LeaseRequest request)
    {
        var asked = model.AskLease(model.Queue(queue), request);
        try
        {
            var leased = await engine.LeaseAsync(QueueName.Parse(queue), request);
            ThrowIfOver();
            return model.Leased(asked, leased);
        }
        catch (Exception e) when (e is not AuditException)
        {
            ThrowIfOver();
            model.LoseLease(asked);
            throw;
        }
    }

    /// <summary>Ends a client whose process is dead: what it hears now nobody ever learns.</summary>
    private void ThrowIfOver() => ObjectDisposedException.ThrowIf(IsOver, this);

    private static QueueName Name(string queue) => QueueName.Parse(queue);

    private int InlineBytesMax => options.Journal.InlineBodyBytesMax;
}

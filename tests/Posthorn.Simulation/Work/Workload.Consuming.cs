using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>What takes.</summary>
public sealed partial class Workload
{
    /// <summary>Takes some and acks each, or gives it up, or lets its lease end.</summary>
    public async Task ConsumeAsync(StepContext s)
    {
        foreach (var lease in await LeaseSomeAsync(s))
        {
            if (!s.Random.Chance(1, 8))
                await FinishAsync(s, lease);
        }
    }

    /// <summary>Takes some and is so slow that some leases end meanwhile; what it says then must not count.</summary>
    public async Task ConsumeSlowlyAsync(StepContext s)
    {
        foreach (var lease in await LeaseSomeAsync(s))
        {
            await Task.Delay(TimeSpan.FromSeconds(s.UpTo(30)), time);
            ThrowIfOver();
            await FinishAsync(s, lease);
        }
    }

    /// <summary>Removes what was taken and adds what came of it, in one commit.</summary>
    public async Task ConsumeAndProduceAsync(StepContext s)
    {
        var draft = new Draft();
        foreach (var lease in await LeaseSomeAsync(s))
        {
            if (IsFree(lease.Message))
                DraftRemove(draft, lease.Message, lease);
        }
        for (var i = s.UpTo(3); i > 0; i--)
            await DraftAddAsync(draft, s, s.Random.Below(400));
        draft.Effects.RemoveAll(e => e is MessageEffect { IsAdd: false, Known: var known } && !IsFree(known)); // taken while bodies were written
        if (draft.Effects.Count == draft.Commit.Operations.Count)
            await CommitAsync(draft);
    }

    public async Task LeaseAndForgetAsync(StepContext s) => await LeaseSomeAsync(s);

    /// <summary>One group after the other, as the outgoing queue is consumed.</summary>
    public async Task ConsumeGroupAsync(StepContext s)
    {
        var request = new LeaseRequest { MessagesMax = s.UpTo(4), Group = s.Random.Pick(["g1", "g2", "g3", ""]), Wait = TimeSpan.FromSeconds(s.Random.Below(4)) };
        foreach (var lease in await LeaseAsync(s.Random.Chance(1, 3) ? s.Random.Pick(WorkQueues.Sources) : WorkQueues.Grouped, request))
            await FinishAsync(s, lease);
    }

    /// <summary>The FIFO queue, by several at a time, now and then a group of it alone.</summary>
    public async Task ConsumeInOrderAsync(StepContext s)
    {
        var request = new LeaseRequest { MessagesMax = s.UpTo(4), Group = s.Random.Chance(1, 3) ? s.Random.Pick(["g1", "g2", "g3", ""]) : null, Wait = TimeSpan.FromSeconds(s.Random.Below(3)) };
        foreach (var lease in await LeaseAsync(WorkQueues.Fifo, request))
        {
            if (s.Random.Chance(1, 4))
                await Task.Delay(TimeSpan.FromSeconds(s.UpTo(20)), time);
            ThrowIfOver();
            if (!s.Random.Chance(1, 8))
                await FinishAsync(s, lease);
        }
    }

    /// <summary>Puts a group aside, or lets it go on.</summary>
    public Task DeferAsync(StepContext s)
    {
        var (queue, group) = (s.Random.Pick([WorkQueues.Grouped, WorkQueues.Fifo]), s.Random.Pick(["g1", "g2", "g3", ""]));
        var duration = TimeSpan.FromSeconds(s.Random.Chance(1, 4) ? 0 : s.UpTo(40));
        if (engine.Status(Name(queue)) is null)
            return Task.CompletedTask; // its making was refused: there is nothing to put aside
        engine.Defer(Name(queue), group, duration);
        model.Deferred(queue, group, duration);
        return Task.CompletedTask;
    }

    /// <summary>Extends leases, its own and perhaps ended ones.</summary>
    public async Task ExtendAsync(StepContext s)
    {
        foreach (var lease in await LeaseSomeAsync(s))
        {
            if (s.Random.Chance(1, 2))
                await Task.Delay(TimeSpan.FromSeconds(s.UpTo(40)), time);
            ThrowIfOver();
            var duration = TimeSpan.FromSeconds(s.Random.Below(60));
            var (at, elapsed) = (model.At, machine.Elapsed);
            var end = await engine.ExtendAsync(lease.Leased.Handle, duration);
            ThrowIfOver();
            model.Extended(lease, elapsed, duration, at, end);
        }
    }

    /// <summary>Takes until nothing is left, and removes it all.</summary>
    public Task DrainAsync(string queue) => DrainGroupAsync(queue, null);

    /// <summary>Takes until nothing of a group is left, and removes it all.</summary>
    public async Task DrainGroupAsync(string queue, string? group)
    {
        while (true)
        {
            var leases = await LeaseAsync(queue, new LeaseRequest { MessagesMax = 10, VisibilityTimeout = TimeSpan.FromMinutes(1), Group = group });
            if (leases.Count == 0)
                return;
            var draft = new Draft();
            foreach (var lease in leases.Where(lease => IsFree(lease.Message)))
                DraftRemove(draft, lease.Message, lease);
            await CommitAsync(draft);
        }
    }

    private async Task<IReadOnlyList<KnownLease>> LeaseSomeAsync(StepContext s) => await LeaseAsync(s.Random.Pick(WorkQueues.Sources), new LeaseRequest
    {
        MessagesMax = s.UpTo(5),
        VisibilityTimeout = s.Random.Chance(1, 2) ? null : TimeSpan.FromSeconds(s.UpTo(60)),
        Wait = s.Random.Chance(1, 4) ? TimeSpan.FromSeconds(s.Random.Below(10)) : TimeSpan.Zero,
    });

    private async Task FinishAsync(StepContext s, KnownLease lease)
    {
        var known = lease.Message;
        if (!IsFree(known))
            return;
        var draft = new Draft(linger: s.Linger);
        switch (s.Random.Below(6))
        {
            case 0 or 1 or 2:
                DraftRemove(draft, known, lease);
                break;
            case 3 or 4:
                DraftRelease(draft, s, lease);
                break;
            default:
                DraftMove(draft, s, known, lease);
                break;
        }
        await CommitAsync(draft);
    }

    private static void DraftRemove(Draft draft, KnownMessage known, KnownLease? lease)
    {
        draft.Commit.Remove(Reference(known, lease));
        draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, null) { By = lease, EndsLease = true, Consumes = true });
    }

    private void DraftRelease(Draft draft, StepContext s, KnownLease lease)
    {
        var known = lease.Message;
        var before = known.State!;
        var delay = TimeSpan.FromSeconds(s.Random.Chance(1, 2) ? 0 : s.UpTo(60));
        draft.Commit.Release(lease.Leased, delay, new MessageChanges { LastError = "again" });
        var after = before with { LastError = "again", Due = DueRule.After(delay) };
        var effect = new MessageEffect(draft.Last, known, before, after) { By = lease, EndsLease = true };
        // The last receive that its queue allows: given up, it is a dead letter at once.
        if (model.Queue(before.Queue).Policy is { ReceivesMax: { } max, DeadLetterQueue: { } dead } && lease.Leased.Message.ReceiveCount >= max)
            effect = effect with { After = after with { Queue = dead.Value, DeadLetterSource = before.Queue, Due = DueRule.AtOnce }, Moves = true };
        draft.Effects.Add(effect);
    }

    private void DraftMove(Draft draft, StepContext s, KnownMessage known, KnownLease? lease)
    {
        var before = known.State!;
        var to = PickTarget(s);
        var note = s.Random.Chance(1, 2) ? "moved" : before.Note;
        draft.Commit.Move(Reference(known, lease), Name(to), note == before.Note ? null : new MessageChanges { Attributes = Note(note) });
        draft.Effects.Add(new MessageEffect(draft.Last, known, before, before with { Queue = to, Note = note, Due = DueRule.AtOnce })
        {
            By = lease,
            EndsLease = true,
            Moves = true,
        });
    }

    private static MessageReference Reference(KnownMessage known, KnownLease? lease) => lease is null ? known.Id : lease.Leased;
}

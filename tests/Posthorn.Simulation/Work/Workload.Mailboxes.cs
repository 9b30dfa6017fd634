using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>What readers of a mailbox do: they list, watch, set flags, and take what they have seen as they have seen it.</summary>
public sealed partial class Workload
{
    private static readonly string[] Keywords = ["seen", "answered", "flagged", "todo", "later"];

    /// <summary>Gives and takes flags without reading first.</summary>
    public Task FlagAsync(StepContext s)
    {
        string[] added = [.. Keywords.Where(_ => s.Random.Chance(1, 3))], removed = [.. Keywords.Where(_ => s.Random.Chance(1, 3))];
        return ChangeAsync(s, new MessageChanges { FlagsAdded = added, FlagsRemoved = removed }, state => state with { Flags = Flagged(state.Flags, added, removed) });
    }

    /// <summary>Looks at a message, and after a while changes, moves or removes it if nobody has changed it since.</summary>
    public async Task ChangeSeenAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var askedAt = model.At;
        var seen = await engine.FindAsync(known.Id);
        ThrowIfOver();
        var seenAt = model.At; // reading takes its time, and shows how it was at some moment in between
        if (s.Random.Chance(1, 2))
            await Task.Delay(TimeSpan.FromMilliseconds(s.UpTo(2_000)), time);
        ThrowIfOver();
        if (seen is null || !IsFree(known) || model.MayBeDeadLettered(known))
            return;
        var message = MessageReference.Of(known.Id).IfUnchangedSince(seen.ModSeq);
        var draft = new Draft();
        var effect = new MessageEffect(0, known, known.State, null) { MustBeChanged = known.ChangeAskedAt > seenAt, MayBeChanged = known.TouchedAt > askedAt };
        switch (s.Random.Below(3))
        {
            case 0:
                draft.Commit.Remove(message);
                draft.Effects.Add(effect with { EndsLease = true, Consumes = true });
                break;
            case 1:
                var to = PickTarget(s);
                draft.Commit.Move(message, Name(to));
                draft.Effects.Add(effect with { After = known.State! with { Queue = to, Due = DueRule.AtOnce }, EndsLease = true, Moves = true });
                break;
            default:
                draft.Commit.Change(message, new MessageChanges { FlagsAdded = ["mine"] });
                draft.Effects.Add(effect with { After = known.State! with { Flags = Flagged(known.State.Flags, ["mine"], []) } });
                break;
        }
        await CommitAsync(draft);
    }

    /// <summary>Lists a queue and leases some of what it saw, some only if nobody has changed it since, some only as it was before.</summary>
    public async Task ClaimAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        var listed = await engine.ListAsync(Name(queue), s.Random.Below(20), s.UpTo(12));
        ThrowIfOver();
        if (s.Random.Chance(1, 3))
            await Task.Delay(TimeSpan.FromMilliseconds(s.UpTo(2_000)), time);
        ThrowIfOver();
        LeaseTarget[] targets = [.. listed.Where(_ => s.Random.Chance(2, 3)).Select(m => new LeaseTarget(m.Number, s.Random.Pick<long?>([null, m.ModSeq, m.ModSeq, m.ModSeq - 1])))];
        if (targets.Length == 0)
            return;
        var timeout = s.Random.Chance(1, 2) ? null : (TimeSpan?)TimeSpan.FromSeconds(s.UpTo(60));
        foreach (var lease in await ClaimAsync(queue, targets, timeout))
        {
            if (!s.Random.Chance(1, 6))
                await FinishAsync(s, lease);
        }
    }

    /// <summary>Lists a queue in steps while others work: by number, nothing twice, and all that stood still as it is.</summary>
    public async Task ListAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        var before = model.Live.Where(m => m.IsIdle && m.State!.Queue == queue && m.Number > 0).ToList();
        var at = model.At;
        var listed = new SortedDictionary<long, MessageSummary>();
        for (var from = 0L; await engine.ListAsync(Name(queue), from, s.UpTo(20)) is { Count: > 0 } part;)
        {
            ThrowIfOver();
            foreach (var message in part)
            {
                if (message.Number < from)
                    throw new AuditException("I5", $"Listing {queue} from {from} on showed number {message.Number}.");
                listed.Add(message.Number, message);
                from = message.Number + 1;
            }
            if (s.Random.Chance(1, 3))
                await Task.Yield();
        }
        ThrowIfOver();
        foreach (var known in before.Where(m => m.IsIdle && m.TouchedAt <= at && !model.MayBeDeadLettered(m) && !model.MayHaveExpired(m)))
        {
            if (!listed.TryGetValue(known.Number, out var summary))
                throw new AuditException("I1", $"Listing {queue} did not show {known.Tag}, number {known.Number}.{known.History}");
            model.Listed(known, summary, at);
        }
    }

    /// <summary>Watches a queue for a time; what it was told together with what it had listed is what is there in the end.</summary>
    public async Task WatchAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        using var watch = engine.Watch(Name(queue), s.Random.Pick([4, 200, 200]));
        var known = new WatchedQueue(queue);
        await known.ListAsync(engine);
        ThrowIfOver();
        for (var i = s.UpTo(4); i > 0; i--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(s.UpTo(5_000)), time);
            ThrowIfOver();
            if (known.Read(watch))
                await known.ListAsync(engine);
            ThrowIfOver();
        }
        // Nothing was told while it was listed: that is how it must be known.
        for (var tries = 0; tries < 5; tries++)
        {
            if (known.Read(watch))
                await known.ListAsync(engine);
            ThrowIfOver();
            var told = known.Told;
            var listed = await engine.ListAsync(Name(queue), 0, 10_000);
            ThrowIfOver();
            var isLost = known.Read(watch);
            if (known.Told == told)
            {
                known.Compare(listed);
                return;
            }
            if (isLost)
                await known.ListAsync(engine);
        }
    }

    private async Task<IReadOnlyList<KnownLease>> ClaimAsync(string queue, LeaseTarget[] targets, TimeSpan? visibilityTimeout)
    {
        var asked = model.AskLease(model.Queue(queue), targets, visibilityTimeout);
        try
        {
            var leased = await engine.LeaseAsync(Name(queue), targets, visibilityTimeout);
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

    private static string Flagged(string flags, string[] added, string[] removed)
    {
        var after = flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(removed).ToList();
        return string.Join(' ', after.Concat(added.Except(after)));
    }
}

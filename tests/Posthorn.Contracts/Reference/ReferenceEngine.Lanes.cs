using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    public void Defer(QueueName queue, string group, TimeSpan time) => Look(now =>
    {
        if (!State.Queues.ContainsKey(queue))
            return false;
        var deferred = ConsumersOf(queue).Deferred;
        var since = deferred.TryGetValue(group, out var known) ? known.Since : now;
        deferred.Remove(group);
        if (time > TimeSpan.Zero)
            deferred[group] = (since, LeaseEnd(time));
        Serve();
        return true;
    });

    /// <summary>What may be taken now, one after the other: in a fair queue each depends on those before.</summary>
    private IEnumerable<ReferenceEntry> Takable(ReferenceQueue queue, string? group, DateTimeOffset now, ReferenceConsumers consumers)
    {
        bool IsDeferred(string of) => consumers.Deferred.ContainsKey(of);
        if (queue.Policy.Fairness is null || group is not null)
            return State.Receivable(queue, now, consumers.Turns).Where(e => group is null ? !IsDeferred(e.Group ?? "") : group == (e.Group ?? "")).ToList();
        return OneByOne();

        IEnumerable<ReferenceEntry> OneByOne()
        {
            while (consumers.Shares.Next(State.In(queue.Name).ToList(), IsDeferred, now) is { } next)
                yield return next;
        }
    }

    private DelayedStay? NoteHandOut(ReferenceQueue queue, ReferenceEntry entry, ReferenceConsumers consumers)
    {
        var (group, shares) = (entry.Group ?? "", consumers.Shares);
        var isDeferred = consumers.Deferred.TryGetValue(group, out var deferred);
        var isNoisy = shares.Noisy.TryGetValue(group, out var noisy);
        if (queue.Policy.Fairness is null && !isDeferred)
            return null;
        var since = isDeferred ? deferred.Since : noisy.Since;
        var stay = isDeferred || isNoisy
            ? new DelayedStay(since > entry.EnqueuedAt ? since : entry.EnqueuedAt, isDeferred, noisy.Share, isNoisy ? shares.SlotOf(group) : 0)
            : null;
        consumers.Receives[stay is null ? 0 : 1]++;
        if (queue.Policy.Fairness is not null)
            shares.HandOut(group);
        return stay;
    }

    private QueueStatus StatusOf(ReferenceQueue queue, DateTimeOffset now)
    {
        var status = State.StatusOf(queue, now);
        var consumers = ConsumersOf(queue.Name);
        if (queue.Policy.Fairness is null && consumers.Deferred.Count == 0)
            return status;
        var all = State.In(queue.Name).ToList();
        consumers.Shares.Look(all, now);
        bool IsNoisy(ReferenceEntry e) => consumers.Shares.Noisy.ContainsKey(e.Group ?? "");
        var delayed = all.Where(e => e.State(now) == MessageState.Ready && (IsNoisy(e) || consumers.Deferred.ContainsKey(e.Group ?? ""))).ToList();
        return status with
        {
            Lanes = new LaneFigures(
                delayed.Count, delayed.Count == 0 ? null : delayed.Min(e => e.EnqueuedAt), consumers.Shares.Noisy.Count, consumers.Deferred.Count,
                all.Count(e => IsNoisy(e) && e.LeasedUntil is not null), consumers.Receives[0], consumers.Receives[1]),
        };
    }

    private GroupStatus StatusOf(QueueName queue, IGrouping<string, ReferenceEntry> group, DateTimeOffset now)
    {
        var consumers = ConsumersOf(queue);
        return new GroupStatus(group.Key, group.Count(e => e.State(now) == MessageState.Ready), group.Count(), group.Min(e => e.EnqueuedAt))
        {
            Leased = group.Count(e => e.LeasedUntil is not null),
            DelayedSince = consumers.Deferred.TryGetValue(group.Key, out var deferred) ? deferred.Since
                : consumers.Shares.Noisy.TryGetValue(group.Key, out var noisy) ? noisy.Since : null,
        };
    }

    /// <summary>Ends deferrals whose time has come; with fairness gone, so is who was noisy.</summary>
    private void EndDelays(ReferenceQueue queue, long ticks)
    {
        if (!_consumers.TryGetValue(queue.Name, out var consumers))
            return;
        foreach (var over in consumers.Deferred.Where(d => d.Value.Until <= ticks).Select(d => d.Key).ToList())
            consumers.Deferred.Remove(over);
        if (queue.Policy.Fairness is null)
            consumers.Shares = new ReferenceShares();
    }
}

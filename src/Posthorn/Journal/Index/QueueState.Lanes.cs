using Posthorn.Journal.Fairness;
using Posthorn.Journal.Paging;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>The priority lane and the delayed lane: which groups stand in the queue's order, and which wait for what those leave.</summary>
internal sealed partial class QueueState
{
    private FairShares? _shares;

    /// <summary>Groups that a consumer has put aside: since when, and until when on the clock that nobody sets; null when none ever was.</summary>
    private Dictionary<string, (long Since, long Until)>? _deferred;
    private long _priorityReceives;
    private long _delayedReceives;

    /// <summary>Takes another policy.</summary>
    public void SetPolicy(QueuePolicy policy)
    {
        Policy = policy;
        if (policy.Fairness is not null == _shares is not null)
            return;
        var shares = _shares = policy.Fairness is null ? null : new FairShares(clock);
        foreach (var lane in _lanes.Values)
        {
            var wasDelayed = lane.IsDelayed;
            lane.Tenant = shares?.Enter(lane);
            if (wasDelayed && !lane.IsDelayed)
                OfferHeads(lane);
        }
    }

    /// <summary>Puts a group aside, or lets it wait until another time.</summary>
    /// <param name="group">The group.</param>
    /// <param name="until">The end on the clock that nobody sets.</param>
    /// <returns>Whether that end is to be waited for: none that comes earlier is.</returns>
    public bool Defer(string group, long until)
    {
        _deferred ??= new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        var isKnown = _deferred.TryGetValue(group, out var known);
        _deferred[group] = (isKnown ? known.Since : clock.WallNow, until);
        if (!isKnown && LaneOf(group) is { } lane)
            lane.DeferredSince = clock.WallNow;
        return !isKnown || until < known.Until;
    }

    /// <summary>Ends a deferral whose time has come.</summary>
    /// <param name="group">The group.</param>
    /// <param name="now">The present on the clock that nobody sets; beyond all time ends it in any case.</param>
    /// <param name="until">When it is to be ended, when that is later.</param>
    /// <returns>The lane that is in the order again; null when there is none.</returns>
    public Lane? EndDeferral(string group, long now, out long? until)
    {
        until = null;
        if (_deferred is null || !_deferred.TryGetValue(group, out var known))
            return null;
        if (known.Until > now)
        {
            until = known.Until;
            return null;
        }
        _deferred.Remove(group);
        if (LaneOf(group) is not { } lane)
            return null;
        lane.DeferredSince = null;
        if (lane is { Ready: > 0, Tenant: { IsNoisy: true } tenant })
            _shares!.Queue(tenant);
        OfferHeads(lane);
        return lane;
    }

    /// <summary>Notes that a message was handed out.</summary>
    /// <returns>Its stay in the delayed lane; null when it was in the priority lane.</returns>
    public DelayedStay? NoteHandOut(Lane lane, in Entry entry)
    {
        if (_shares is null && !lane.IsDeferred)
            return null;
        DelayedStay? stay = null;
        if (lane.IsDelayed)
        {
            _delayedReceives++;
            var since = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(DelayedSince(lane)!.Value, entry.EnqueuedAt));
            stay = new DelayedStay(since, lane.IsDeferred, ShareOf(lane), lane.Tenant is { IsNoisy: true } noisy ? noisy.Slot : 0);
        }
        else
            _priorityReceives++;
        if (lane.Tenant is { } tenant)
            _shares!.HandOut(tenant);
        return stay;
    }

    /// <summary>Since when a lane is in the delayed lane, in milliseconds of Unix time; null when it is not.</summary>
    public static long? DelayedSince(Lane lane) => lane.DeferredSince ?? (lane.Tenant is { IsNoisy: true } tenant ? tenant.NoisySince : null);

    /// <summary>What waits in the delayed lane, and what came from where.</summary>
    public LaneFigures Figures()
    {
        if (_shares is null && _deferred is not { Count: > 0 })
            return LaneFigures.None;
        long delayed = 0, leased = 0;
        long? oldest = null;
        foreach (var lane in DelayedLanes())
        {
            delayed += lane.Ready;
            if (lane.Tenant is { IsNoisy: true })
                leased += lane.Leased;
            if (OldestReadyOf(lane) is { } at && !(oldest <= at))
                oldest = at;
        }
        DateTimeOffset? oldestAt = oldest is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        return new LaneFigures(delayed, oldestAt, _shares?.Noisy.Count ?? 0, _deferred?.Count ?? 0, leased, _priorityReceives, _delayedReceives);
    }

    /// <summary>A lane is made: whose it is, and whether its group is put aside.</summary>
    private void Admit(Lane lane)
    {
        lane.Tenant = _shares?.Enter(lane);
        if (_deferred is not null && _deferred.TryGetValue(lane.Group, out var deferred))
            lane.DeferredSince = deferred.Since;
    }

    /// <summary>Whether a lane waits beside the queue's order; asked when it stands at its head, which is when others may be better off.</summary>
    private bool IsDelayed(Lane lane) =>
        lane.IsDeferred || (lane.Tenant is { } tenant && _shares!.TurnsNoisy(tenant, Count(MessageState.Leased), Ready));

    /// <summary>The tenant of the delayed lane that is next; who is noisy no more is put back into the queue's order.</summary>
    private Tenant? NextDelayed()
    {
        while (true)
        {
            var next = _shares!.Next(Count(MessageState.Leased), out var calmed);
            if (calmed is null)
                return next;
            OfferHeads(calmed.Lane!);
        }
    }

    private static int HeadOf(Tenant? tenant, out ColdRun? cold)
    {
        cold = null;
        for (var priority = Priority.Levels - 1; priority >= 0 && tenant is not null; priority--)
        {
            var slot = tenant.Lane![priority]?.Next(out cold) ?? 0;
            if (slot != 0 || cold is not null)
                return slot;
        }
        return 0;
    }

    private void OfferHeads(Lane lane)
    {
        for (var priority = 0; priority < Priority.Levels && _hasSeveralLanes && !Policy.IsFifo; priority++)
            OfferHead(lane, priority);
    }

    private IEnumerable<Lane> DelayedLanes()
    {
        foreach (var tenant in _shares?.Noisy ?? [])
            yield return tenant.Lane!;
        foreach (var group in _deferred?.Keys ?? Enumerable.Empty<string>())
        {
            if (LaneOf(group) is { } lane && lane.Tenant is not { IsNoisy: true })
                yield return lane;
        }
    }

    private double ShareOf(Lane lane) =>
        lane.Tenant is { IsNoisy: true } tenant ? tenant.Share : (double)(lane.Ready + lane.Leased) / Math.Max(Ready + Count(MessageState.Leased), 1);

    private long? OldestReadyOf(Lane lane)
    {
        long? oldest = null;
        for (var priority = 0; priority < Priority.Levels; priority++)
        {
            if (lane[priority] is not { } level)
                continue;
            var slot = level.Next(out var cold);
            long? at = cold is not null ? cold.LowestEnqueuedAt : slot != 0 ? entries[slot].EnqueuedAt : null;
            oldest = oldest is null || at < oldest ? at ?? oldest : oldest;
        }
        return oldest;
    }
}

using Posthorn.Journal.Index;

namespace Posthorn.Journal.Fairness;

/// <summary>Who of a fair queue's tenants takes more than its share, and in which order those are served: start-time fair queueing.</summary>
/// <remarks>
/// The queue has a virtual time, which moves by an equal share with every message handed out, and every tenant has a slot in it, which moves by one
/// with each of its own. Whoever keeps to an equal share stays behind the virtual time, by a credit of <see cref="Credit"/> messages at most; whoever
/// reaches it while others wait is <i>noisy</i>: a lane of messages leaves the queue's order as a whole and is served when nothing else is ready, the
/// lowest slot first. So no message is moved, a flood of any length costs a logarithm of the tenants a receive, nothing that is ready waits while a
/// consumer is idle, and a noisy tenant still gets its equal share when the others want more than everything.
/// <para>Guarded by the engine's lock.</para>
/// </remarks>
internal sealed class FairShares(IndexClock clock)
{
    /// <summary>Messages that a tenant may take beyond its share before it is noisy: a small burst is nobody's flood.</summary>
    public const double Credit = 5;

    /// <summary>As many as this in flight make a tenant noisy at once, when they are also more than its share: SQS's bound.</summary>
    public const int InFlightMin = 30;

    /// <summary>With ten tenants and more, whoever takes less than this share is never noisy (SQS's bound) ...</summary>
    private const double NoisyShareMin = 0.1;

    /// <summary>... unless there are so many tenants that it is more than so many equal shares.</summary>
    private const double NoisySharesMax = 2;

    /// <summary>For how long a tenant without messages still counts as one of those who share.</summary>
    private const long IdleMilliseconds = 60_000;

    private readonly Dictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);
    private readonly LinkedList<Tenant> _idle = new();

    /// <summary>Noisy tenants by slot, then by the time they came here; one whose slot has moved meanwhile is put back when it comes up.</summary>
    private readonly PriorityQueue<Tenant, (double Slot, long Turn)> _delayed = new();
    private readonly HashSet<Tenant> _noisy = [];
    private double _virtualTime;
    private long _turn;

    public IReadOnlyCollection<Tenant> Noisy => _noisy;

    /// <summary>The share of all that is handed out beyond which a tenant becomes noisy.</summary>
    private double NoisyShare
    {
        get
        {
            var equal = 1.0 / Math.Max(_tenants.Count, 1);
            return Math.Max(equal, Math.Min(NoisyShareMin, NoisySharesMax * equal));
        }
    }

    /// <summary>A tenant has messages from now on.</summary>
    public Tenant Enter(Lane lane)
    {
        DropIdle();
        if (!_tenants.TryGetValue(lane.Group, out var tenant))
            _tenants.Add(lane.Group, tenant = new Tenant(lane.Group));
        if (tenant.Idle is { } idle)
        {
            _idle.Remove(idle);
            tenant.Idle = null;
        }
        tenant.Lane = lane;
        return tenant;
    }

    /// <summary>A tenant has no messages any more.</summary>
    public void Leave(Tenant tenant)
    {
        tenant.Lane = null;
        tenant.IdleSince = clock.WallNow;
        tenant.Idle = _idle.AddLast(tenant);
        Calm(tenant);
    }

    /// <summary>Whether a tenant's lane is not in the queue's order, found out now that others wait beside it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="leased">All messages of the queue that consumers hold.</param>
    /// <param name="ready">All ready messages of the queue.</param>
    public bool TurnsNoisy(Tenant tenant, long leased, long ready)
    {
        if (tenant.IsNoisy)
            return true;
        if (tenant.Group.Length == 0)
            return false; // messages of nobody in particular: each stands for itself
        var lane = tenant.Lane!;
        if (ready == lane.Ready || (SlotOf(tenant) < _virtualTime && !HoldsTooMuch(lane, leased)))
            return false;
        tenant.IsNoisy = true;
        tenant.NoisySince = clock.WallNow;
        tenant.Share = (double)(lane.Ready + lane.Leased) / (ready + leased);
        tenant.Slot = Math.Max(tenant.Slot, _virtualTime);
        _noisy.Add(tenant);
        Queue(tenant);
        return true;
    }

    /// <summary>A noisy tenant has something to hand out, or has again.</summary>
    public void Queue(Tenant tenant)
    {
        if (tenant.IsQueued)
            return;
        tenant.IsQueued = true;
        _delayed.Enqueue(tenant, (tenant.Slot, _turn++));
    }

    /// <summary>The noisy tenant that is served next; null when none has anything to hand out.</summary>
    /// <param name="leased">All messages of the queue that consumers hold.</param>
    /// <param name="calmed">A tenant that had so little that it is noisy no more: its lane is to be offered again.</param>
    public Tenant? Next(long leased, out Tenant? calmed)
    {
        calmed = null;
        while (_delayed.TryPeek(out var tenant, out var at))
        {
            if (tenant is { IsNoisy: true, Lane: { Ready: > 0, IsDeferred: false } lane } && tenant.Slot == at.Slot)
            {
                if (tenant.Slot > _virtualTime - (Credit / 2) || HoldsTooMuch(lane, leased))
                    return tenant;
                Calm(calmed = tenant);
            }
            _delayed.Dequeue();
            tenant.IsQueued = false;
            if (calmed is not null)
                return null;
            if (tenant is { IsNoisy: true, Lane: { Ready: > 0, IsDeferred: false } })
                Queue(tenant);
        }
        return null;
    }

    /// <summary>A message is handed out.</summary>
    /// <param name="tenant">Whose it is.</param>
    public void HandOut(Tenant tenant)
    {
        DropIdle();
        if (_tenants.Count == 1 && !tenant.IsNoisy)
            return; // its slot and the virtual time would move together: a queue without groups pays nothing
        tenant.Slot = Math.Min(SlotOf(tenant) + 1, _virtualTime + Credit);
        _virtualTime += NoisyShare;
        if (!tenant.IsNoisy)
            return;
        // Whoever is served leaves the head of the order to the next one; a named request may have served another than stands there.
        if (tenant.IsQueued && _delayed.TryPeek(out var first, out _) && first == tenant)
        {
            _delayed.Dequeue();
            tenant.IsQueued = false;
        }
        if (tenant.Lane!.Ready > 0)
            Queue(tenant);
    }

    /// <summary>Forgets who has had no messages for a while.</summary>
    private void DropIdle()
    {
        while (_idle.First is { Value: var idle } && clock.WallNow - idle.IdleSince > IdleMilliseconds)
        {
            _idle.RemoveFirst();
            _tenants.Remove(idle.Group);
        }
    }

    /// <summary>A tenant's slot, no farther behind than its credit.</summary>
    private double SlotOf(Tenant tenant) => Math.Max(tenant.Slot, _virtualTime - Credit);

    private bool HoldsTooMuch(Lane lane, long leased) => lane.Leased >= InFlightMin && lane.Leased > NoisyShare * leased;

    private void Calm(Tenant tenant)
    {
        tenant.IsNoisy = false;
        _noisy.Remove(tenant);
    }
}

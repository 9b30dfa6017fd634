namespace Posthorn.PostgreSql.Leasing;

/// <summary>
/// Who of a fair queue's tenants takes more than its share of what this node hands out: start-time fair queueing, as in the journal
/// (<see cref="Posthorn.Journal.Fairness.FairShares"/>), on figures that are read from the database.
/// </summary>
/// <remarks>
/// Limits: virtual time and slots are the node's own; what consumers hold is counted over all nodes. So a flood is noisy on each node by itself.
/// <para>Locks itself.</para>
/// </remarks>
internal sealed class FairTurns
{
    private const double Credit = Journal.Fairness.FairShares.Credit;
    private const int InFlightMin = Journal.Fairness.FairShares.InFlightMin;
    private const double NoisyShareMin = 0.1;
    private const double NoisySharesMax = 2;
    private static readonly long IdleTicks = TimeSpan.FromMinutes(1).Ticks;

    private readonly Lock _gate = new(); // Guards all fields.
    private readonly Dictionary<string, double> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NoisyTenant> _noisy = new(StringComparer.Ordinal);
    private double _virtualTime;
    private long _turn;

    private double NoisyShare
    {
        get
        {
            var equal = 1.0 / Math.Max(_seen.Count, 1);
            return Math.Max(equal, Math.Min(NoisyShareMin, NoisySharesMax * equal));
        }
    }

    /// <summary>Notes whose messages are there, and forgets who has had none for a while.</summary>
    public void Look(IReadOnlyDictionary<string, Lane> lanes, long now)
    {
        lock (_gate)
        {
            foreach (var idle in _seen.Where(s => now - s.Value > IdleTicks).Select(s => s.Key).ToList())
            {
                _seen.Remove(idle);
                _slots.Remove(idle);
            }
            foreach (var tenant in lanes.Keys)
                _seen[tenant] = now;
            foreach (var empty in _noisy.Keys.Where(t => !lanes.ContainsKey(t)).ToList())
                _noisy.Remove(empty);
        }
    }

    /// <summary>The tenants that are noisy.</summary>
    public IReadOnlyDictionary<string, NoisyTenant> Noisy()
    {
        lock (_gate)
            return new Dictionary<string, NoisyTenant>(_noisy, StringComparer.Ordinal);
    }

    /// <summary>Lets those be quiet again that have had so little that they are noisy no more.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Calm(IReadOnlyDictionary<string, Lane> ready, long leased)
    {
        lock (_gate)
        {
            var calmed = InTurn(ready).TakeWhile(t => _slots[t] <= _virtualTime - (Credit / 2) && !HoldsTooMuch(ready[t], leased)).ToList();
            foreach (var tenant in calmed)
                _noisy.Remove(tenant);
            return calmed.Count > 0;
        }
    }

    /// <summary>Whether a tenant's messages are in the delayed lane, found out now that others wait beside it.</summary>
    /// <param name="tenant">The tenant; one without a name is never noisy.</param>
    /// <param name="lane">What it has.</param>
    /// <param name="isAlone">Whether nobody else has anything ready.</param>
    /// <param name="messages">All messages of the queue that were not consumed.</param>
    /// <param name="leased">All messages of the queue that consumers hold.</param>
    /// <param name="now">Ticks.</param>
    public bool TurnsNoisy(string tenant, Lane lane, bool isAlone, long messages, long leased, long now)
    {
        if (tenant.Length == 0)
            return false;
        lock (_gate)
        {
            if (_noisy.ContainsKey(tenant))
                return true;
            if (isAlone || (SlotOf(tenant) < _virtualTime && !HoldsTooMuch(lane, leased)))
                return false;
            _slots[tenant] = Math.Max(SlotOf(tenant), _virtualTime);
            _noisy[tenant] = new NoisyTenant(now, (double)lane.Messages / messages, _turn++);
            return true;
        }
    }

    /// <summary>The noisy tenant that is served next; null when none has anything ready.</summary>
    public string? Next(IReadOnlyDictionary<string, Lane> ready)
    {
        lock (_gate)
            return InTurn(ready).FirstOrDefault();
    }

    /// <summary>A message of a tenant is handed out.</summary>
    /// <returns>Since when it was noisy, its share, and where it stood; null when it is not noisy.</returns>
    public (NoisyTenant Tenant, double Slot)? HandOut(string tenant)
    {
        lock (_gate)
        {
            var slot = SlotOf(tenant);
            _slots[tenant] = Math.Min(slot + 1, _virtualTime + Credit);
            _virtualTime += NoisyShare;
            if (!_noisy.TryGetValue(tenant, out var noisy))
                return null;
            _noisy[tenant] = noisy with { Turn = _turn++ };
            return (noisy, slot);
        }
    }

    private IEnumerable<string> InTurn(IReadOnlyDictionary<string, Lane> ready) =>
        _noisy.Where(n => ready.GetValueOrDefault(n.Key).Ready > 0).OrderBy(n => _slots[n.Key]).ThenBy(n => n.Value.Turn).Select(n => n.Key).ToList();

    private double SlotOf(string tenant) => Math.Max(_slots.GetValueOrDefault(tenant, double.MinValue), _virtualTime - Credit);

    private bool HoldsTooMuch(Lane lane, long leased) => lane.Leased >= InFlightMin && lane.Leased > NoisyShare * leased;
}

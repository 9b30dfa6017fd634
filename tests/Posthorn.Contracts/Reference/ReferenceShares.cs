using Posthorn.Messages;

namespace Posthorn.Contracts.Reference;

/// <summary>Who of a queue's tenants takes more than its share, found by counting.</summary>
internal sealed class ReferenceShares
{
    private const double Credit = 5;
    private readonly Dictionary<string, double> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private double _virtualTime;
    private long _turn;

    /// <summary>The tenants whose messages are in the delayed lane.</summary>
    public Dictionary<string, (DateTimeOffset Since, double Share, long Turn)> Noisy { get; } = new(StringComparer.Ordinal);

    private double NoisyShare => Math.Max(1.0 / Math.Max(_seen.Count, 1), Math.Min(0.1, 2.0 / Math.Max(_seen.Count, 1)));

    public double SlotOf(string tenant) => Math.Max(_slots.GetValueOrDefault(tenant, double.MinValue), _virtualTime - Credit);

    /// <summary>What is handed out next; null when nothing is.</summary>
    /// <param name="all">All messages of the queue, by number.</param>
    /// <param name="isDeferred">Whether a group is put aside.</param>
    /// <param name="now">The present.</param>
    public ReferenceEntry? Next(IReadOnlyList<ReferenceEntry> all, Func<string, bool> isDeferred, DateTimeOffset now)
    {
        Look(all, now);
        var ready = all.Where(e => e.State(now) == MessageState.Ready && !isDeferred(Of(e))).OrderByDescending(e => e.Priority.Value).ThenBy(e => e.Number).ToList();
        var delayed = Noisy.Where(n => ready.Exists(e => Of(e) == n.Key)).OrderBy(n => _slots[n.Key]).ThenBy(n => n.Value.Turn).Select(n => n.Key).ToList();
        foreach (var tenant in delayed.TakeWhile(t => _slots[t] <= _virtualTime - (Credit / 2) && !HoldsTooMuch(t, all)))
            Noisy.Remove(tenant);
        foreach (var entry in ready)
        {
            if (!IsNoisy(Of(entry), all, ready, now))
                return entry;
        }
        return ready.Where(e => Noisy.ContainsKey(Of(e))).OrderBy(e => _slots[Of(e)]).ThenBy(e => Noisy[Of(e)].Turn).FirstOrDefault();
    }

    public void HandOut(string tenant)
    {
        _slots[tenant] = Math.Min(SlotOf(tenant) + 1, _virtualTime + Credit);
        _virtualTime += NoisyShare;
        if (Noisy.TryGetValue(tenant, out var noisy))
            Noisy[tenant] = noisy with { Turn = _turn++ };
    }

    /// <summary>Notes whose messages are there.</summary>
    public void Look(IReadOnlyList<ReferenceEntry> all, DateTimeOffset now)
    {
        foreach (var gone in _seen.Where(s => now - s.Value > TimeSpan.FromMinutes(1)).Select(s => s.Key).ToList())
        {
            _seen.Remove(gone);
            _slots.Remove(gone);
        }
        foreach (var tenant in all.Select(Of).Distinct(StringComparer.Ordinal))
            _seen[tenant] = now;
        foreach (var empty in Noisy.Keys.Where(t => !all.Any(e => Of(e) == t)).ToList())
            Noisy.Remove(empty);
    }

    private bool IsNoisy(string tenant, IReadOnlyList<ReferenceEntry> all, List<ReferenceEntry> ready, DateTimeOffset now)
    {
        if (tenant.Length == 0 || Noisy.ContainsKey(tenant))
            return tenant.Length > 0;
        if (ready.TrueForAll(e => Of(e) == tenant) || (SlotOf(tenant) < _virtualTime && !HoldsTooMuch(tenant, all)))
            return false;
        _slots[tenant] = Math.Max(SlotOf(tenant), _virtualTime);
        var there = all.Where(e => e.State(now) is MessageState.Ready or MessageState.Leased).ToList();
        Noisy[tenant] = (now, (double)there.Count(e => Of(e) == tenant) / there.Count, _turn++);
        return true;
    }

    private bool HoldsTooMuch(string tenant, IReadOnlyList<ReferenceEntry> all)
    {
        var held = all.Count(e => e.LeasedUntil is not null && Of(e) == tenant);
        return held >= 30 && held > NoisyShare * all.Count(e => e.LeasedUntil is not null);
    }

    private static string Of(ReferenceEntry entry) => entry.Group ?? "";
}

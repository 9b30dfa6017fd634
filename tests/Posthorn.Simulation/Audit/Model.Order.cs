namespace Posthorn.Simulation.Audit;

/// <summary>Order within the groups of a FIFO queue, one of them in flight, and the most that consumers may hold.</summary>
public sealed partial class Model
{
    /// <summary>Of each group what stands in a row at its head: nothing behind one that somebody holds, or that is delayed or held.</summary>
    private void CheckInOrder(AskedLease asked, IReadOnlyList<KnownLease> leases)
    {
        var handed = new HashSet<KnownMessage>();
        foreach (var lease in leases)
        {
            var (known, group, number) = (lease.Message, lease.Leased.Message.Group ?? "", lease.Leased.Message.Number);
            foreach (var other in _messages.Values.Where(m => m != known && !handed.Contains(m) && IsCertainlyThere(m, asked) && (m.State!.Group ?? "") == group && m.Number < number))
                throw new AuditException("I5", $"{asked.Queue.Name} handed out {known.Tag}, number {number} of group '{group}', before {other.Tag}, number {other.Number}.{other.History}");
            handed.Add(known);
        }
    }

    /// <summary>
    /// Highest priority first, then lowest number; in a fair queue so within each tenant. Between two that were handed out together others may come, while
    /// what is on disk is brought in: who came then may stand behind those who were taken before.
    /// </summary>
    private static void CheckByPriority(AskedLease asked, IReadOnlyList<KnownLease> leases)
    {
        foreach (var tenant in leases.GroupBy(lease => IsFair(asked) ? lease.Leased.Message.Group ?? "" : "", StringComparer.Ordinal))
        {
            foreach (var (first, second) in tenant.Zip(tenant.Skip(1)))
            {
                if (!second.IsUncertain && !IsBefore(first.Leased.Message, second.Leased.Message))
                    throw new AuditException("I5", $"{asked.Queue.Name} handed out {first.Message.Tag} before {second.Message.Tag}.");
            }
        }
    }

    private static bool IsFair(AskedLease asked) => asked.Queue.Policy?.Fairness is not null;

    private void CheckLeasesMax(AskedLease asked)
    {
        if (asked.Queue.Policy is not { LeasesMax: { } max } || asked.Queue.UnderWay > 0 || asked.Queue.TouchedAt > asked.At)
            return;
        var held = _messages.Values.Count(m => m.IsIdle && m.State!.Queue == asked.Queue.Name && IsCertainlyLeased(m));
        // Fewer may be allowed than were when they were handed out.
        if (held > Math.Max(max, _leasesMaxEver.GetValueOrDefault(asked.Queue.Name)))
            throw new AuditException("I4", $"{asked.Queue.Name} has handed out {held} messages; consumers may hold {max}.");
    }

    /// <summary>The most that a queue's consumers were ever allowed to hold.</summary>
    private readonly Dictionary<string, int> _leasesMaxEver = [];

    private int MaybeLeasedIn(string queue) =>
        _ghosts.Exists(ghost => ghost.Queue == queue && ghost.Until >= time.Elapsed) ? int.MaxValue / 2
        : _messages.Values.Count(m => m.UnderWay > 0 || (m.State?.Queue == queue && IsMaybeLeased(m)));

    private bool IsCertainlyLeased(KnownMessage known) => known.Lease is { IsUncertain: false } lease && time.Elapsed + Tick < lease.EndsFrom;

    private static bool IsCertainlyThere(KnownMessage known, AskedLease asked) =>
        known.IsIdle && known.Number > 0 && known.OthersTouchedAt <= asked.At && known.TouchedAt <= asked.At && known.State!.Queue == asked.Queue.Name;

    /// <summary>Whether nothing can stand before a message in its group, and nobody hold one of the group.</summary>
    private bool IsCertainlyHead(KnownMessage known, AskedLease asked)
    {
        var group = known.State!.Group ?? "";
        return known.Number > 0 && !_messages.Values.Any(m => m != known
            && (m.UnderWay > 0 || m.TouchedAt > asked.At || (m.State?.Queue == asked.Queue.Name && (m.State.Group ?? "") == group && (m.Number == 0 || m.Number < known.Number || IsMaybeLeased(m)))));
    }
}

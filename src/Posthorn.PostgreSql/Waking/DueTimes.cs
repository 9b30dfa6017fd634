using Posthorn.PostgreSql.Committing;

namespace Posthorn.PostgreSql.Waking;

/// <summary>When something next becomes due or a lease ends by itself, queue by queue, as far as this node knows. Guarded by the engine's lock.</summary>
internal sealed class DueTimes
{
    private readonly Dictionary<long, Moment> _queues = [];

    /// <summary>Notes a due time of the wall clock.</summary>
    public void NoteDue(long queueId, long wall)
    {
        var known = Of(queueId);
        _queues[queueId] = known with { Wall = Math.Min(known.Wall, wall) };
    }

    /// <summary>Notes the end of a lease on the steady clock.</summary>
    public void NoteLease(long queueId, long steady)
    {
        var known = Of(queueId);
        _queues[queueId] = known with { Steady = Math.Min(known.Steady, steady) };
    }

    /// <summary>Whether something of a queue has come.</summary>
    public bool IsDue(long queueId, Moment now) => Of(queueId) is var next && (next.Wall <= now.Wall || next.Steady <= now.Steady);

    /// <summary>Takes out the queues of which something has come.</summary>
    public List<long> Take(Moment now)
    {
        var due = _queues.Where(q => q.Value.Wall <= now.Wall || q.Value.Steady <= now.Steady).Select(q => q.Key).ToList();
        foreach (var queue in due)
            _queues.Remove(queue);
        return due;
    }

    /// <summary>How long it is until the first; null when nothing is known.</summary>
    public TimeSpan? Next(Moment now)
    {
        var ticks = long.MaxValue;
        foreach (var (wall, steady) in _queues.Values)
            ticks = Math.Min(ticks, Math.Min(wall == long.MaxValue ? wall : wall - now.Wall, steady == long.MaxValue ? steady : steady - now.Steady));
        return ticks == long.MaxValue ? null : TimeSpan.FromTicks(Math.Max(ticks, 0));
    }

    private Moment Of(long queueId) => _queues.TryGetValue(queueId, out var known) ? known : new Moment(long.MaxValue, long.MaxValue);
}

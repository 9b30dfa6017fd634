namespace Posthorn.PostgreSql.Leasing;

/// <summary>What this node knows of a queue's lanes: groups that were put aside, shares, and what was handed out. Guarded by the engine's lock.</summary>
internal sealed class QueueLanes
{
    /// <summary>Groups that a consumer has put aside: since when (wall) and until when (steady).</summary>
    public Dictionary<string, (long Since, long Until)> Deferred { get; } = new(StringComparer.Ordinal);

    public FairTurns Turns { get; set; } = new();

    public long PriorityReceives { get; set; }

    public long DelayedReceives { get; set; }

    /// <summary>Ends deferrals whose time has come.</summary>
    /// <returns>Whether there was one.</returns>
    public bool EndDeferrals(long steady)
    {
        var over = Deferred.Where(d => d.Value.Until <= steady).Select(d => d.Key).ToList();
        foreach (var group in over)
            Deferred.Remove(group);
        return over.Count > 0;
    }
}

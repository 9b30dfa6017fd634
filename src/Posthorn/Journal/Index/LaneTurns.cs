namespace Posthorn.Journal.Index;

/// <summary>The lanes of a FIFO queue that have something to receive, in the order of their turns: served once, a lane goes to the end.</summary>
internal sealed class LaneTurns
{
    private readonly Queue<Lane> _lanes = new();

    /// <summary>Lets a lane wait for its turn; one that waits already keeps its place.</summary>
    public void Offer(Lane lane, int lanesCount)
    {
        if (lane.WaitsForTurn)
            return;
        lane.WaitsForTurn = true;
        _lanes.Enqueue(lane);
        // Consumers that ask for groups by name take no turns: what has gone without one must not pile up.
        if (_lanes.Count <= 2 * lanesCount + 64)
            return;
        for (var left = _lanes.Count; left > 0; left--)
        {
            var oldest = _lanes.Dequeue();
            if (oldest.WaitsForTurn = oldest.CanBeReceived)
                _lanes.Enqueue(oldest);
        }
    }

    /// <summary>The lane whose turn it is, which gives its turn up; null when no lane has anything to receive.</summary>
    public Lane? Take()
    {
        while (_lanes.TryDequeue(out var lane))
        {
            lane.WaitsForTurn = false;
            if (lane.CanBeReceived)
                return lane;
        }
        return null;
    }
}

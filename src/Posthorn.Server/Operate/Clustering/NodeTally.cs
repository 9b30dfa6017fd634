using Posthorn.Clustering;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>What this node does, counted by the parts that do it.</summary>
internal sealed class NodeTally(TimeProvider time)
{
    private const int SamplesMax = 60;

    private readonly Queue<(long At, long Accepted, long Delivered)> _samples = new(); // NodePulse's alone
    private readonly List<Func<NodeFigures>> _parts = [];
    private long _accepted;
    private long _delivered;

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void Delivered(int count) => Interlocked.Add(ref _delivered, count);

    /// <summary>Lets a part be asked for its figures; they are added up.</summary>
    public void Ask(Func<NodeFigures> part)
    {
        lock (_parts)
            _parts.Add(part);
    }

    /// <summary>The figures now. To be called once a second, by one caller.</summary>
    public NodeFigures Take()
    {
        Func<NodeFigures>[] parts;
        lock (_parts)
            parts = [.. _parts];
        var figures = parts.Select(p => p()).ToList();
        var now = (At: time.GetTimestamp(), Accepted: Volatile.Read(ref _accepted), Delivered: Volatile.Read(ref _delivered));
        if (_samples.Count == 0)
            _samples.Enqueue((now.At, 0, 0));
        var first = _samples.Peek();
        var minutes = Math.Max(time.GetElapsedTime(first.At, now.At).TotalMinutes, 1.0 / 60);
        _samples.Enqueue(now);
        if (_samples.Count > SamplesMax)
            _samples.Dequeue();
        return new NodeFigures
        {
            Destinations = figures.Sum(f => f.Destinations),
            Connections = figures.Sum(f => f.Connections),
            Sessions = figures.Sum(f => f.Sessions),
            Deliveries = figures.Sum(f => f.Deliveries),
            AcceptedPerMinute = Math.Round((now.Accepted - first.Accepted) / minutes, 1),
            DeliveredPerMinute = Math.Round((now.Delivered - first.Delivered) / minutes, 1),
        };
    }
}

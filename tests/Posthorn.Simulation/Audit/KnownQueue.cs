using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>What the model knows of a queue.</summary>
public sealed class KnownQueue(string name)
{
    public string Name { get; } = name;

    /// <summary>Its policy; null when there is no such queue.</summary>
    public QueuePolicy? Policy { get; set; }

    /// <summary>Its identity when it was last seen; 0 when it was not.</summary>
    public long Identity { get; set; }

    public long NextNumber { get; set; }

    /// <summary>The highest number that was seen in it.</summary>
    public long HighestNumber { get; set; }

    /// <summary>The number of its last change is not below this.</summary>
    public long HighestModSeq { get; set; }

    /// <summary>Commits on the queue itself that were asked for and not answered.</summary>
    public int UnderWay { get; set; }

    public bool IsBeingRemoved { get; set; }

    public long TouchedAt { get; set; }

    /// <summary>Whether its numbers begin anew when it is made again, so that they say nothing over its lives.</summary>
    public bool IsRecreated { get; set; }
}

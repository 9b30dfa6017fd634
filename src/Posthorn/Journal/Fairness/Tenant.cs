using Posthorn.Journal.Index;

namespace Posthorn.Journal.Fairness;

/// <summary>Whose messages one group of a fair queue are, and how far ahead of an equal share.</summary>
internal sealed class Tenant(string group)
{
    public string Group { get; } = group;

    /// <summary>Its messages; null while it has none.</summary>
    public Lane? Lane { get; set; }

    /// <summary>Its place in the queue's virtual time: behind it, the tenant had less than its share; ahead of it, more.</summary>
    public double Slot { get; set; } = double.MinValue;

    /// <summary>Whether its messages are in the delayed lane.</summary>
    public bool IsNoisy { get; set; }

    /// <summary>Since when, in milliseconds of Unix time.</summary>
    public long NoisySince { get; set; }

    /// <summary>Its share of what was ready or leased then.</summary>
    public double Share { get; set; }

    /// <summary>Whether it stands in the order of the delayed lane; <see cref="FairShares"/>'s.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Where it stands among those without messages; <see cref="FairShares"/>'s.</summary>
    public LinkedListNode<Tenant>? Idle { get; set; }

    /// <summary>Since when it has no messages, in milliseconds of Unix time.</summary>
    public long IdleSince { get; set; }
}

namespace Posthorn.Simulation.Audit;

/// <summary>What a commit does to a message: from which state to which; null is absent.</summary>
public sealed record MessageEffect(int Operation, KnownMessage Known, ExpectedMessage? Before, ExpectedMessage? After) : Effect(Operation)
{
    /// <summary>The lease that gives the right; null when the message is named by its id.</summary>
    public KnownLease? By { get; init; }

    /// <summary>Whether a lease on it ends.</summary>
    public bool EndsLease { get; init; }

    /// <summary>Whether it gets a new place, with a new number and a receive count of zero.</summary>
    public bool Moves { get; init; }

    /// <summary>Whether it ends the message in a way that its queue may keep it.</summary>
    public bool Consumes { get; init; }

    /// <summary>Whether it brings a kept message back.</summary>
    public bool Replays { get; init; }

    /// <summary>Whether it ends a kept message for good.</summary>
    public bool Discards { get; init; }

    /// <summary>Whether it is to be refused for that somebody has changed the message since it was seen.</summary>
    public bool MustBeChanged { get; init; }

    /// <summary>Whether it may be.</summary>
    public bool MayBeChanged { get; init; }

    public bool IsAdd => Before is null && !Replays && !Discards;
}

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

    public bool IsAdd => Before is null;
}

namespace Posthorn.Simulation.Audit;

/// <summary>What one commit does to one message or document: from which state to which; null is absent. All effects of a commit happen, or none.</summary>
public sealed record Effect(string Tag, ExpectedMessage? Before, ExpectedMessage? After);

namespace Posthorn.Simulation.Audit;

/// <summary>What a commit does to a document; null is absent.</summary>
public sealed record DocumentEffect(int Operation, string Key, byte[]? Before, byte[]? After) : Effect(Operation);

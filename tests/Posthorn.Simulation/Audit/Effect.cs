namespace Posthorn.Simulation.Audit;

/// <summary>What one operation of a commit does. All effects of a commit happen, or none.</summary>
/// <param name="Operation">Its index in the commit.</param>
public abstract record Effect(int Operation);

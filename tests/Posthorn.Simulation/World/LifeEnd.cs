namespace Posthorn.Simulation.World;

/// <summary>How a life of the store ends.</summary>
/// <param name="Ending">In which way.</param>
/// <param name="AfterSteps">In the middle of everything, when so many of its steps are done; negative is when all are.</param>
public sealed record LifeEnd(Ending Ending, int AfterSteps = -1);

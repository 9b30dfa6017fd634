using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Work;

/// <summary>A row of the table of what clients do.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="Weight">How often it is done, compared with the others.</param>
/// <param name="DoAsync">Does it.</param>
public sealed record Operation(StepKind Kind, int Weight, Func<Workload, StepContext, Task> DoAsync);

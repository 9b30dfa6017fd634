using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.World;

/// <summary>Everything that a run depends on: a run is data, so that a failing one can be replayed, cut short and written down.</summary>
/// <remarks>The randomness of a step comes from the seed and the step's own id: a step left out does not change what the others do.</remarks>
public sealed record Scenario
{
    public required ulong Seed { get; init; }

    public WorldOptions Options { get; init; } = new();

    /// <summary>How each life of the store ends; as many lives as entries, then a last one in which all must drain.</summary>
    public IReadOnlyList<LifeEnd> Lives { get; init; } = [new(Ending.PowerLoss)];

    public IReadOnlyList<Step> Steps { get; init; } = [];

    public IReadOnlyList<PlannedFault> Faults { get; init; } = [];
}

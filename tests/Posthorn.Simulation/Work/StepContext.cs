using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Work;

/// <summary>A step as it is done: its randomness and the names it gives.</summary>
public sealed class StepContext(Step step, ulong seed)
{
    private int _tags;

    public Step Step { get; } = step;

    public SimulationRandom Random { get; } = new SimulationRandom(seed).Fork($"step-{step.Id}");

    public int Size => Step.Size;

    /// <summary>How long a commit of this step waits for others: every third step's does.</summary>
    public TimeSpan Linger => TimeSpan.FromMilliseconds(Step.Id % 3 == 0 ? 20 : 0);

    /// <summary>A name for a message, another one each time.</summary>
    public string NextTag() => $"m{Step.Id}.{_tags++}";

    /// <summary>A part of a whole, by the size of the step: at least one.</summary>
    public int UpTo(int most) => Random.Between(1, Math.Max(1, most * Size / 100));
}

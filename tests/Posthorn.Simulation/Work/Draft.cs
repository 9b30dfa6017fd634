using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>A commit that a client puts together, with what it is expected to do.</summary>
public sealed class Draft(string? key = null, TimeSpan roomWait = default, TimeSpan linger = default)
{
    public Commit Commit { get; } = new() { IdempotencyKey = key, RoomWait = roomWait, Linger = linger };

    public List<Effect> Effects { get; } = [];

    /// <summary>Writers of its bodies; they live until the commit is decided.</summary>
    public List<IBodyWriter> Writers { get; } = [];

    /// <summary>The index of the operation that was added last.</summary>
    public int Last => Commit.Operations.Count - 1;
}

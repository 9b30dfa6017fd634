using Posthorn.Leases;

namespace Posthorn.Simulation.Audit;

/// <summary>A request for messages that was given to the engine.</summary>
public sealed class AskedLease(KnownQueue queue, LeaseRequest request, long at, TimeSpan elapsed, DateTimeOffset wall, int wallSteps, TimeSpan duration)
{
    public KnownQueue Queue { get; } = queue;

    public LeaseRequest Request { get; } = request;

    public long At { get; } = at;

    public TimeSpan Elapsed { get; } = elapsed;

    public DateTimeOffset Wall { get; } = wall;

    public int WallSteps { get; } = wallSteps;

    public TimeSpan Duration { get; } = duration;

    /// <summary>The messages that were asked for by their numbers; null when whatever is next was.</summary>
    public IReadOnlyList<LeaseTarget>? Targets { get; set; }

    /// <summary>Whether others asked the same queue at the same time, so that what is missing here may be theirs.</summary>
    public bool IsOverlapped { get; set; }
}

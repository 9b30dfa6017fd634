using Posthorn.Leases;

namespace Posthorn.Simulation.Audit;

/// <summary>A lease that was handed out; its end is known exactly unless the clock was set meanwhile. Times count from the machine's start.</summary>
public sealed class KnownLease(KnownMessage message, LeasedMessage leased, TimeSpan endsFrom, TimeSpan endsUntil)
{
    public KnownMessage Message { get; } = message;

    public LeasedMessage Leased { get; } = leased;

    public TimeSpan EndsFrom { get; set; } = endsFrom;

    public TimeSpan EndsUntil { get; set; } = endsUntil;

    /// <summary>Whether something was under way that may have ended it, so that nothing can be said.</summary>
    public bool IsUncertain { get; set; }
}

using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.World;

/// <summary>
/// An engine of which nothing is asked comes to rest, whatever it holds: what it has to do by itself ends. One that does the same again and again breaks no
/// other promise, and wears out a disk.
/// </summary>
public static class Rest
{
    /// <summary>By then everything is due, moved, removed and rewritten that will be, on the slowest disk at the lowest rate.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Continuations that may run in ten minutes: the look for old messages every half minute, the scrub's pace, and a few that become due. Something that
    /// comes again every second takes thousands.
    /// </summary>
    private const long StepsMax = 2_000;

    /// <summary>Lets forty minutes pass.</summary>
    /// <param name="context">The world.</param>
    /// <param name="look">Is called every minute before the last ten: what is wrong by then is told as that.</param>
    /// <exception cref="AuditException">In the last ten of them the engine does not rest.</exception>
    public static async Task TakeAsync(SimulationContext context, Action look)
    {
        for (var settled = TimeSpan.Zero; settled < Settling; settled += Minute)
        {
            await Task.Delay(Minute, context.Time);
            look();
        }
        var before = context.Steps;
        await Task.Delay(Watched, context.Time);
        if (context.Steps - before > StepsMax)
            throw new AuditException("I13", $"Nothing is asked of the engine, and after {Settling} it takes {context.Steps - before} steps in {Watched}: it does the same again and again; what ran last is {context.LastRan}.");
    }
}

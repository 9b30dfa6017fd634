using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.Simulation.Audit;

/// <summary>What all lives of a store wrote, and how much of it was to write again what lives of old segments (I16).</summary>
/// <remarks>
/// A segment is rewritten only when a quarter of its records is won, so of what comes in no more than three times as much is ever written again:
/// of all that came in, written again or not, three quarters at most come in once more.
/// </remarks>
public sealed class WrittenBytes(JournalOptions options)
{
    private const int AgainMax = 3;
    private long _new;
    private long _again;
    private int _lives;

    /// <summary>A life is over.</summary>
    public void Add(IEngine engine)
    {
        _lives++;
        (_new, _again) = With(engine);
    }

    /// <summary>Checks it in the middle of a life. One that ended while a segment was rewritten may have left half of it to be done again.</summary>
    /// <exception cref="AuditException">The same is written over and over.</exception>
    public void Check(IEngine engine)
    {
        var (fresh, again) = With(engine);
        if (again > (AgainMax * fresh) + ((_lives + 1) * options.SegmentBytes))
            throw new AuditException("I16", $"In {_lives + 1} lives {fresh} bytes were written, and {again} to write again what lives of old segments.");
    }

    private (long New, long Again) With(IEngine engine)
    {
        var (all, again) = ((JournalEngine)engine).Written;
        return (_new + Math.Max(0, all - again), _again + again);
    }
}

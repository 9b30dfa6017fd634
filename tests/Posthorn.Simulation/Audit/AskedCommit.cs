namespace Posthorn.Simulation.Audit;

/// <summary>A commit that was given to the engine.</summary>
public sealed class AskedCommit(IReadOnlyList<Effect> effects, string? key, long at, TimeSpan elapsed, DateTimeOffset wall)
{
    public IReadOnlyList<Effect> Effects { get; } = effects;

    public string? Key { get; } = key;

    public long At { get; } = at;

    public TimeSpan Elapsed { get; } = elapsed;

    /// <summary>Bounds of the wall time at which it is done.</summary>
    public DateTimeOffset WallFrom { get; private set; } = wall;

    public DateTimeOffset WallUntil { get; private set; } = wall;

    /// <summary>The highest number of each queue when it was asked.</summary>
    public required IReadOnlyDictionary<string, long> Numbers { get; init; }

    /// <summary>The highest number of a change that anybody had seen when it was asked.</summary>
    public required long ModSeqAbove { get; init; }

    /// <summary>How often somebody had set the clock when it was asked.</summary>
    public required int WallSteps { get; init; }

    /// <summary>The deduplication id of its one message.</summary>
    public string? DeduplicationId { get; set; }

    public IEnumerable<MessageEffect> Messages => Effects.OfType<MessageEffect>();

    public void Widen(DateTimeOffset wall)
    {
        WallFrom = wall < WallFrom ? wall : WallFrom;
        WallUntil = wall > WallUntil ? wall : WallUntil;
    }
}

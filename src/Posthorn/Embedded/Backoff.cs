using Posthorn.Messages;

namespace Posthorn.Embedded;

/// <summary>How long a message waits after its first, second, third … failure.</summary>
public sealed record Backoff
{
    private readonly IReadOnlyList<TimeSpan> _steps;

    private Backoff(IReadOnlyList<TimeSpan> steps)
    {
        if (steps.Count == 0 || steps.Any(step => step < TimeSpan.Zero))
            throw new ArgumentException("A back-off has at least one step, and none is negative.", nameof(steps));
        _steps = steps;
    }

    /// <summary>Which share of a delay is taken off at random, so that messages that failed together do not come back together: 0, the default, to 1.</summary>
    public double Spread { get; init; }

    /// <summary>These delays; the last one for all further failures.</summary>
    /// <exception cref="ArgumentException">There is none, or one is negative.</exception>
    public static Backoff Steps(params IReadOnlyList<TimeSpan> steps) => new([.. steps]);

    /// <summary>A first delay, each further one <paramref name="factor"/> times the one before, up to <paramref name="max"/>.</summary>
    /// <param name="first">More than zero.</param>
    /// <param name="max">Not less than <paramref name="first"/>.</param>
    /// <param name="factor">More than 1.</param>
    public static Backoff Exponential(TimeSpan first, TimeSpan max, double factor = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, first);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(factor, 1);
        var steps = new List<TimeSpan>();
        for (var step = first; step < max; step = step > max / factor ? max : step * factor)
            steps.Add(step);
        steps.Add(max);
        return new Backoff(steps);
    }

    /// <summary>How long to wait after a failure.</summary>
    /// <param name="attempt">Which failure: 1 is the first.</param>
    /// <param name="message">The message: spreads the delays of different messages, always alike for one attempt of one.</param>
    public TimeSpan DelayAfter(int attempt, MessageId message)
    {
        var step = _steps[Math.Clamp(attempt, 1, _steps.Count) - 1];
        if (Spread <= 0)
            return step;
        // The finaliser of splitmix64: neighbouring ids fall far apart, and no source of randomness is needed.
        var bits = message.Value + ((ulong)attempt * 0x9E3779B97F4A7C15);
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        var share = ((bits ^ (bits >> 31)) >> 11) / (double)(1UL << 53);
        return step * (1 - (Math.Min(Spread, 1) * share));
    }
}

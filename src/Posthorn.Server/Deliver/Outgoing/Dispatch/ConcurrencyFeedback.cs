namespace Posthorn.Server.Deliver.Outgoing.Dispatch;

/// <summary>
/// How many connections a destination gets, by how it answers (Postfix's feedback): one more after as many successes in a row as there are connections,
/// one less at once with each failure; after a whole round of failures without a success the destination is dead for a while.
/// </summary>
/// <remarks>
/// What counts is the destination as a whole: a connection refused, lost, timed out, a greeting or 421 that says "not now". A reply about one mail, whatever it says,
/// is a success: somebody is there. Raising late and lowering early (hysteresis at either end) keeps the limit from swinging.
/// </remarks>
internal sealed class ConcurrencyFeedback(int initial, int max)
{
    private int _successes;
    private double _failedRounds;

    /// <summary>Connections allowed now: 1 to the configured most.</summary>
    public int Limit { get; private set; } = Math.Min(initial, max);

    /// <summary>Nothing but failures for a whole round: nothing more is to be tried until the back-off ends.</summary>
    public bool IsDead { get; private set; }

    /// <summary>How often it was found dead since its last success.</summary>
    public int Deaths { get; private set; }

    public void Succeeded()
    {
        (IsDead, Deaths, _failedRounds) = (false, 0, 0);
        if (++_successes < Limit)
            return;
        _successes = 0;
        Limit = Math.Min(Limit + 1, max);
    }

    public void Failed()
    {
        _successes = 0;
        _failedRounds += 1.0 / Limit;
        Limit = Math.Max(1, Limit - 1);
        if (_failedRounds < 1 - 1e-9 || IsDead)
            return;
        IsDead = true;
        Deaths++;
    }

    /// <summary>The back-off is over: one connection tries again, and its first failure is enough.</summary>
    public void Revive() => (IsDead, Limit, _successes, _failedRounds) = (false, 1, 0, 0);
}

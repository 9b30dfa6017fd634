namespace Posthorn.Server.Deliver.Rates;

/// <summary>
/// A token bucket kept as one time (the generic cell rate algorithm): it knows when the next delivery may go, so that what has to wait waits once until then.
/// At most one second's worth goes at once.
/// </summary>
internal sealed class RateLimiter(DeliveryRate rate)
{
    private readonly TimeSpan _interval = rate.Interval;
    private readonly TimeSpan _tolerance = rate.Interval < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) - rate.Interval : TimeSpan.Zero;
    private DateTimeOffset _next = DateTimeOffset.UnixEpoch;

    /// <summary>When the next delivery may go; in the past it may go now.</summary>
    public DateTimeOffset NextAt => _next - _tolerance;

    /// <summary>Takes the right to make up to <paramref name="wanted"/> deliveries now.</summary>
    public int Take(int wanted, DateTimeOffset now)
    {
        var taken = 0;
        for (; taken < wanted && NextAt <= now; taken++)
            _next = (_next > now ? _next : now) + _interval;
        return taken;
    }

    /// <summary>Gives rights back that were not used.</summary>
    public void GiveBack(int unused) => _next -= _interval * unused;
}

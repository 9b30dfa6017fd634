namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>
/// How many deliveries run at once, by how often a mail was tried before, over all destinations: retries have slots of their own, so they never starve new mail
/// (and what keeps failing, which is slow by nature, has the fewest).
/// </summary>
public sealed record ConcurrencyOptions
{
    /// <summary>1 or more.</summary>
    public int FirstAttempt { get; init; } = 1_000;

    /// <summary>1 or more.</summary>
    public int SecondAttempt { get; init; } = 200;

    /// <summary>1 or more.</summary>
    public int Later { get; init; } = 100;
}

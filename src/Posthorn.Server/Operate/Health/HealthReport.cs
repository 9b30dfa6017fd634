namespace Posthorn.Server.Operate.Health;

/// <summary>How the server is, for the operator.</summary>
/// <param name="Status">One word: <c>ok</c>; <c>full</c> while the disk is (mail is refused for now, deliveries go on); <c>unavailable</c> while the database cannot be reached; <c>starting</c>, <c>draining</c>, <c>failed</c>.</param>
/// <param name="Reason">Why it is not <c>ok</c>; null when it is.</param>
/// <param name="FreeBytes">Free space where the engine writes.</param>
/// <param name="StartedAt">Since when it runs.</param>
/// <param name="Listeners">Where its doors listen.</param>
/// <param name="SpoolMessages">Mails on their way: in the pipeline or waiting to leave.</param>
/// <param name="SpoolOldestSeconds">How long the oldest of them has been in its queue.</param>
public sealed record HealthReport(
    string Status,
    string? Reason,
    long FreeBytes,
    DateTimeOffset StartedAt,
    IReadOnlyList<string> Listeners,
    long SpoolMessages,
    double SpoolOldestSeconds)
{
    /// <summary>Whether it should be given work. A full disk is no reason to take a node out: it says 452 itself, and its deliveries and acks must go on.</summary>
    public bool IsServing => Status is "ok" or "full";
}

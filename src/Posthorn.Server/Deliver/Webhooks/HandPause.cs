namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>An administrator's pause of a webhook; a document of the engine while it lasts.</summary>
/// <param name="By">Who paused it.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why; null when nobody said.</param>
internal sealed record HandPause(string By, DateTimeOffset At, string? Reason);

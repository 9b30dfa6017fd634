namespace Posthorn.Client.Contracts.Sending;

/// <summary>A lease after a change.</summary>
/// <param name="Handle">Its handle.</param>
/// <param name="ExpiresAt">When it ends; null when it was given up.</param>
public sealed record LeaseInfo(string Handle, DateTimeOffset? ExpiresAt);

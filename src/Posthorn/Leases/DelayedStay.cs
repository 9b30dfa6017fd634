namespace Posthorn.Leases;

/// <summary>A message's stay in the delayed lane, which ended with its lease.</summary>
/// <param name="Since">When it began.</param>
/// <param name="IsDeferred">Whether a consumer had put its group aside; else its tenant took more than its share.</param>
/// <param name="Share">The tenant's share of all that was ready or leased in the queue when the tenant was found to be noisy, 0 to 1.</param>
/// <param name="Slot">Where it stood in the virtual time of the queue, in which each tenant moves on by one with each message.</param>
public sealed record DelayedStay(DateTimeOffset Since, bool IsDeferred, double Share, double Slot);

namespace Posthorn.Leases;

/// <summary>A message that a consumer asks for by its number.</summary>
/// <param name="Number">Its number in the queue.</param>
/// <param name="UnchangedSince">It is leased only when its <see cref="Messages.Message.ModSeq"/> is not above this; null asks for nothing of the kind.</param>
public readonly record struct LeaseTarget(long Number, long? UnchangedSince = null);

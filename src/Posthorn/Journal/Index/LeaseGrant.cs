using Posthorn.Leases;

namespace Posthorn.Journal.Index;

/// <summary>A lease that was given; its message is still to be read.</summary>
/// <param name="View">The message.</param>
/// <param name="Token">The lease's token.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Stay">The message's stay in the delayed lane; null when it was in none.</param>
internal readonly record struct LeaseGrant(MessageView View, ulong Token, DateTimeOffset ExpiresAt, DelayedStay? Stay);

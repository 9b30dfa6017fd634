namespace Posthorn.Journal.Recovery;

/// <summary>One row of the <see cref="RecoveryTable"/>.</summary>
/// <param name="Name">What was found, in words.</param>
/// <param name="Applies">Whether this is what was found.</param>
/// <param name="Decision">What follows.</param>
/// <param name="Reason">For the operator, where it is refused.</param>
internal sealed record RecoveryRow(string Name, Func<SegmentEvidence, bool> Applies, RecoveryDecision Decision, string Reason);

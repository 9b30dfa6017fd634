namespace Posthorn.Journal.Recovery;

/// <summary>What is done with a segment at the start.</summary>
internal enum RecoveryDecision
{
    /// <summary>It is complete: go on with the next.</summary>
    Accept,
    /// <summary>It ends where reading ended; what lies beyond, if anything, was never acknowledged and is wiped.</summary>
    CutTail,
    /// <summary>Only the seal is missing, which the next segment proves: write it, and go on with the next.</summary>
    WriteSeal,
    /// <summary>Acknowledged records are missing: do not start.</summary>
    Refuse,
}

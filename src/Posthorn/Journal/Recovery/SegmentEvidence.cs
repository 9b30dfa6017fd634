namespace Posthorn.Journal.Recovery;

/// <summary>What is found when a segment is read through.</summary>
/// <param name="IsLast">Whether no later segment exists.</param>
/// <param name="Header">How its header is.</param>
/// <param name="IsWhole">Whether the file is as long as its header says.</param>
/// <param name="Seal">Whether reading ended with the seal.</param>
/// <param name="IsSealedBehindNext">Whether it is of a version that seals a segment only when the next one exists.</param>
/// <param name="Beyond">What lies beyond the place where reading ended; nothing behind a seal.</param>
internal readonly record struct SegmentEvidence(bool IsLast, HeaderState Header, bool IsWhole, SealState Seal, bool IsSealedBehindNext, Beyond Beyond);

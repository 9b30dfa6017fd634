namespace Posthorn.Journal.Recovery;

/// <summary>
/// How a torn tail is told from damage. A power failure may lose any part of what was written since the last sync, which is always at
/// the end of the last segment; headers, lengths and older segments were synced before anything followed. So everything that such a
/// failure cannot have done is damage, and damage is never passed over silently.
/// </summary>
internal static class RecoveryTable
{
    public static IReadOnlyList<RecoveryRow> Rows { get; } =
    [
        new("A header that is not what was written", e => e.Header != HeaderState.Right, RecoveryDecision.Refuse,
            "its header is not what was written; it was on stable storage before the segment was used."),
        new("A file that is too short", e => e is { Header: HeaderState.Right, IsWhole: false }, RecoveryDecision.Refuse,
            "the file is shorter than it was made; somebody cut it or did not copy it whole."),
        new("Read to its seal", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: SealState.Written } and not { IsLast: true, IsSealedBehindNext: true }, RecoveryDecision.Accept, ""),
        new("A last one with a seal", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: SealState.Written, IsLast: true, IsSealedBehindNext: true }, RecoveryDecision.Refuse,
            "the file is missing: the segment before it is sealed, which is done only when the next one is on stable storage."),
        new("An older segment that is owed its seal", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: SealState.Owed, IsLast: false, Beyond: Beyond.Nothing }, RecoveryDecision.WriteSeal, ""),
        new("An older segment without a seal",
            e => e is { Header: HeaderState.Right, IsWhole: true, IsLast: false } and ({ Seal: SealState.Missing } or { Seal: SealState.Owed, Beyond: not Beyond.Nothing }), RecoveryDecision.Refuse,
            "a record is not what was written, though later segments exist; all of this one was on stable storage before they were made."),
        new("The end of the journal", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: not SealState.Written, IsLast: true, Beyond: Beyond.Nothing }, RecoveryDecision.CutTail, ""),
        new("The later half of an unsynced write", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: not SealState.Written, IsLast: true, Beyond: Beyond.Unsynced }, RecoveryDecision.CutTail, ""),
        new("Acknowledged records behind a bad one", e => e is { Header: HeaderState.Right, IsWhole: true, Seal: not SealState.Written, IsLast: true, Beyond: Beyond.Acknowledged }, RecoveryDecision.Refuse,
            "a record is not what was written, and later ones prove that it had been on stable storage."),
    ];

    public static RecoveryRow For(SegmentEvidence evidence) => Rows.Single(row => row.Applies(evidence));
}

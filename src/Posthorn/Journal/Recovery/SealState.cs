namespace Posthorn.Journal.Recovery;

/// <summary>How the seal is at a segment's end.</summary>
internal enum SealState
{
    /// <summary>Reading ended before one.</summary>
    Missing,
    /// <summary>Reading ended where only the seal is missing that the next segment names; see <see cref="OwedSeal"/>.</summary>
    Owed,
    /// <summary>Reading ended with it.</summary>
    Written,
}

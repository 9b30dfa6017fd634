namespace Posthorn.Journal.Recovery;

/// <summary>Something in a data folder that is not what was written.</summary>
/// <param name="File">The file, within the folder.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">How many bytes are concerned; 0 when that cannot be told.</param>
/// <param name="Description">What it is, for the operator.</param>
public sealed record JournalFinding(string File, long Offset, long Length, string Description);

namespace Posthorn.Journal;

/// <summary>
/// What was acknowledged is not on the disk as it was written, in a way no crash explains. The journal is not opened, so that nothing is lost silently.
/// </summary>
public sealed class JournalDamagedException(string file, long offset, string reason) : IOException(
    $"The journal is damaged in {file} at offset {offset}: {reason} Nothing was changed. "
    + "Restore the data folder from a copy, or run 'posthorn journal repair', which sets the damaged bytes aside and keeps everything else.")
{
    /// <summary>The file, within the data folder.</summary>
    public string File { get; } = file;

    /// <summary>Where the damage begins.</summary>
    public long Offset { get; } = offset;
}

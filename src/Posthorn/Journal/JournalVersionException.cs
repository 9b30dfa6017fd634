using Posthorn.Journal.Format;

namespace Posthorn.Journal;

/// <summary>The journal was written by a later version of the program than this one.</summary>
public sealed class JournalVersionException(int version) : IOException(
    $"The journal has format version {version}; this program reads up to version {SegmentHeader.Version}. Use the version that wrote it, or a later one.")
{
    /// <summary>The version found.</summary>
    public int Version { get; } = version;
}

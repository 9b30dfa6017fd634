using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

internal static class JournalTestOptions
{
    /// <summary>Small files, so that boundaries come often.</summary>
    public static JournalOptions Small { get; } = new() { SegmentBytes = 64 << 10, ReserveBytes = 32 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 256 << 10 };

    /// <summary>No memory for the index, and segments that are full after a few commits; and callers write what they commit, as a server's do.</summary>
    public static JournalOptions Cold { get; } = Small with { SegmentBytes = 16 << 10, ReserveBytes = 16 << 10, IndexBytesMax = 0, CallersWrite = true };
}

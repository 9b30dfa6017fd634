using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

internal static class JournalTestOptions
{
    /// <summary>Small files, so that boundaries come often.</summary>
    public static JournalOptions Small { get; } = new() { SegmentBytes = 64 << 10, ReserveBytes = 32 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 256 << 10 };
}

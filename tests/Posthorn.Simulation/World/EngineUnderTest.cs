using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;

namespace Posthorn.Simulation.World;

/// <summary>The journal with tiny sizes, so that a segment ends and a body spills every few commits.</summary>
public static class EngineUnderTest
{
    private static readonly JournalOptions Tiny = new()
    {
        SegmentBytes = 16 << 10,
        InlineBodyBytesMax = 1024,
        RecentBytesMax = 256 << 10,
        ReserveBytes = 32 << 10,
        SparesMax = 1,
    };

    public static async Task<IEngine> OpenAsync(IJournalFileSystem disk, TimeProvider time, Func<ulong> random) =>
        await JournalEngine.OpenAsync(disk, Tiny, time, random);
}

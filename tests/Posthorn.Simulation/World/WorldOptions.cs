using Posthorn.Journal;
using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.World;

/// <summary>Sizes, characters and switches of one world. The journal is tiny, so that a segment ends and a body spills every few commits.</summary>
public sealed record WorldOptions
{
    public DiskCharacter Disk { get; init; } = new();

    public JournalOptions Journal { get; init; } = new()
    {
        SegmentBytes = 16 << 10,
        InlineBodyBytesMax = 1024,
        RecentBytesMax = 256 << 10,
        ReserveBytes = 32 << 10,
        SparesMax = 1,
        SettleTime = TimeSpan.Zero,
        ScrubBytesPerSecond = 0,
    };

    /// <summary>Whether the store is also looked at aside after each life: twice recovered, checked, with rotten bits.</summary>
    public bool LooksAside { get; init; } = true;

    /// <summary>Whether in the last life the store is let alone for a time with all that it holds; when it is empty it always is.</summary>
    public bool Rests { get; init; }

    /// <summary>How many bits rot, and how many files are taken away, in copies of their own each time it is looked at aside.</summary>
    public int Rots { get; init; } = 1;
}

using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Paging;

namespace Posthorn.Journal.Segments;

/// <summary>One segment file and what is known of its inside.</summary>
/// <remarks>Guarded by the engine's lock, but for <see cref="File"/>, which the writer writes and anybody reads who has pinned the segment.</remarks>
internal sealed class Segment(SegmentHeader header, IJournalFile file)
{
    public const string Folder = "segments";

    /// <summary>What is put behind the name of a dead segment's file.</summary>
    private const string DeadSuffix = ".dead";

    private int _pins;
    private long _seenLive = long.MaxValue;
    private long _seenAt;

    public SegmentHeader Header { get; } = header;

    public uint Number => Header.Number;

    public IJournalFile File { get; } = file;

    /// <summary>Bytes written, the header included.</summary>
    public long Used { get; set; } = SegmentHeader.RecordsAt;

    /// <summary>Up to where the file's blocks were written before, be it with zeros, and not only reserved; the writer's own.</summary>
    public long WrittenTo { get; set; }

    /// <summary>Messages and bodies in it that are alive.</summary>
    public long Live { get; set; }

    /// <summary>About how many bytes they take.</summary>
    public long LiveBytes { get; set; }

    public bool IsSealed { get; set; }

    /// <summary>Whether its hint is on stable storage.</summary>
    public bool HasHint { get; set; }

    /// <summary>Whether its hint could not be written, so that it is not tried again before the next start.</summary>
    public bool IsWithoutHint { get; set; }

    /// <summary>Whether all of it that can be is paged out.</summary>
    public bool IsPagedOut { get; set; }

    /// <summary>Whether it is being rewritten: then all of it stays in memory.</summary>
    public bool IsBeingRewritten { get; set; }

    public bool MayBePagedOut => HasHint && !IsPagedOut && !IsDamaged && !IsBeingRewritten;

    /// <summary>Its messages that are on disk only; null when there never were any.</summary>
    public ColdRows? Cold { get; set; }

    /// <summary>Set when it cannot be read through; then it is left alone.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Too much of it was still needed when it was looked at: not looked at again before it has this few alive, or <see cref="BlockedBy"/> is gone.</summary>
    public long LiveToLookAgain { get; set; } = long.MaxValue;

    /// <summary>Whether everything needed of it has been written again elsewhere.</summary>
    public bool IsEmptied { get; set; }

    /// <summary>The older segment for which the ends recorded here are kept; 0 when none.</summary>
    public uint BlockedBy { get; set; }

    /// <summary>The highest id of a message that was added in it; ids below <see cref="SegmentHeader.FirstMessage"/> when none was.</summary>
    public ulong LastMessage { get; set; } = header.FirstMessage - 1;

    /// <summary>The oldest segment that may hold a record of a message whose end is recorded here; none when it is this one's number.</summary>
    public uint RemovalsFrom { get; set; } = header.Number;

    /// <summary>
    /// Messages whose latest record lies here and whose queue was removed: the record is their end, which older segments that hold a record of
    /// them need as they need a removal.
    /// </summary>
    public HashSet<ulong> Ends { get; } = [];

    /// <summary>Whether it holds such ends that nobody has a list of, since memory did not hold the messages: it stays while anything is older.</summary>
    public bool HasUnknownEnds { get; set; }

    /// <summary>Idempotency keys and deduplication ids that are remembered and lie here.</summary>
    public int Keys { get; set; }

    /// <summary>Messages whose receive count lies here, and not in a later record of their own.</summary>
    public int Counts { get; set; }

    /// <summary>Whether somebody reads it now: its file must stay as it is.</summary>
    public bool IsPinned => Volatile.Read(ref _pins) > 0;

    public static string NameOf(uint number) => $"{Folder}/{number:d10}";

    /// <summary>The name that a segment's file has when the segment was given back: it says that the segment is not missing.</summary>
    public static string DeadNameOf(uint number) => NameOf(number) + DeadSuffix;

    /// <summary>The number of a dead segment's file, within the folder; false for what is none.</summary>
    public static bool TryParseDead(string name, out uint number)
    {
        number = 0;
        return name.EndsWith(DeadSuffix, StringComparison.Ordinal) && uint.TryParse(name.AsSpan(0, name.Length - DeadSuffix.Length), out number);
    }

    /// <summary>
    /// Whether about as much lives in it as a while ago. What is being consumed has soon nothing alive: it needs neither a hint nor to be rewritten.
    /// </summary>
    /// <param name="now">The monotonic clock, in milliseconds.</param>
    /// <param name="after">How long the while is, in milliseconds.</param>
    public bool IsSettled(long now, long after)
    {
        if (Live < _seenLive - (_seenLive / 8))
            (_seenLive, _seenAt) = (Live, now);
        return now - _seenAt >= after;
    }

    public void Pin() => Interlocked.Increment(ref _pins);

    public void Unpin() => Interlocked.Decrement(ref _pins);
}

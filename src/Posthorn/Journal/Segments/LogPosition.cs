namespace Posthorn.Journal.Segments;

/// <summary>
/// A place in the journal: segment and offset, or a body's file, or a body in the store outside. As the place where a body was first written it is also the body's key,
/// which never changes and is never used again, since no segment number is.
/// </summary>
internal readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    private const long FileBit = long.MinValue;

    public LogPosition(uint segment, uint offset) : this(((long)segment << 32) | offset)
    {
    }

    /// <summary>Nowhere: no bytes.</summary>
    public static LogPosition None => default;

    public bool IsNone => Value == 0;

    /// <summary>Whether this is no place in a segment: a file of its own, or a body in the store outside.</summary>
    public bool IsFile => Value < 0;

    /// <summary>Whether it is a body in the store outside of the journal: these have even numbers, and files odd ones.</summary>
    public bool IsOutside => Value < 0 && (Value & 1) == 0;

    public uint Segment => (uint)(Value >> 32);

    public uint Offset => (uint)Value;

    /// <summary>The file's id, or the number of the body in the store outside.</summary>
    public long File => Value & ~FileBit;

    public static LogPosition OfFile(long id) => new(id | FileBit);

    /// <summary>A body in the store outside, by random bits.</summary>
    public static LogPosition OfOutside(ulong random) => OfFile((long)(random >> 1) & ~1L | 2);

    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    public override string ToString() => IsOutside ? $"{File:x16} of the store" : IsFile ? $"bodies/{File:x16}" : $"segment {Segment} offset {Offset}";
}

namespace Posthorn.Journal.Segments;

/// <summary>
/// A place in the journal: segment and offset, or a body's file. As the place where a body was first written it is also the body's key,
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

    /// <summary>Whether this is a file of its own.</summary>
    public bool IsFile => Value < 0;

    public uint Segment => (uint)(Value >> 32);

    public uint Offset => (uint)Value;

    /// <summary>The file's id.</summary>
    public long File => Value & ~FileBit;

    public static LogPosition OfFile(long id) => new(id | FileBit);

    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    public override string ToString() => IsFile ? $"bodies/{File:x16}" : $"segment {Segment} offset {Offset}";
}

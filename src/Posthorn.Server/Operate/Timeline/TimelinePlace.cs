namespace Posthorn.Server.Operate.Timeline;

/// <summary>Where a line stands: in which file or piece, and where in it; ordered as written.</summary>
internal readonly record struct TimelinePlace(long Sequence, uint Offset) : IComparable<TimelinePlace>
{
    public int CompareTo(TimelinePlace other) => (Sequence, Offset).CompareTo((other.Sequence, other.Offset));
}

using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Weighs what of a segment would have to be written again, before anything is.</summary>
internal sealed class RelocationPlan(Segment segment)
{
    private readonly RecordParts _parts = new();

    public long NeededBytes { get; private set; }

    /// <summary>Bytes of all its records but the state in front, which every segment has again: what can be won is a part of them.</summary>
    public long RecordBytes { get; private set; }

    /// <summary>
    /// Whether at least a quarter is won. What is rewritten may be rewritten again, but each time a quarter of it is gone: so over any time no more than three
    /// bytes are written again for one that is written.
    /// </summary>
    public bool IsWorthIt => NeededBytes <= RecordBytes * 3 / 4;

    public void Weigh(SegmentReader reader, MessageIndex index, Func<ulong, bool> isEndNeeded)
    {
        if (reader.Record.Type == RecordType.Operations)
            RecordBytes += reader.Record.RecordLength;
        foreach (var part in _parts.Of(reader, segment.Number))
        {
            if (part.IsNeeded(index, isEndNeeded))
                NeededBytes += part.CopyLength;
        }
    }
}

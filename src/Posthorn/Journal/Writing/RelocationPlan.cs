using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Weighs what of a segment would have to be written again, before anything is.</summary>
internal sealed class RelocationPlan(Segment segment)
{
    public long NeededBytes { get; private set; }

    /// <summary>Bytes of all its records but the state in front, which every segment has again: what can be won is a part of them.</summary>
    public long RecordBytes { get; private set; }

    public void Weigh(SegmentReader reader, MessageIndex index, Func<ulong, bool> isEndNeeded)
    {
        if (reader.Record.Type == RecordType.Operations)
            RecordBytes += reader.Record.RecordLength;
        foreach (var part in RecordParts.Of(reader, segment.Number))
        {
            if (part.IsNeeded(index, isEndNeeded))
                NeededBytes += part.CopyLength;
        }
    }
}

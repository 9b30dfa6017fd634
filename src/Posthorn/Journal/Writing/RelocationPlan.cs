using Posthorn.Journal.Index;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Weighs what of a segment would have to be written again, before anything is.</summary>
internal sealed class RelocationPlan(Segment segment)
{
    public long NeededBytes { get; private set; }

    public void Weigh(SegmentReader reader, MessageIndex index, Func<ulong, bool> isEndNeeded)
    {
        foreach (var part in RecordParts.Of(reader, segment.Number))
        {
            if (part.IsNeeded(index, isEndNeeded))
                NeededBytes += part.Length;
        }
    }
}

using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>Many messages read at once: records that lie near each other, as those of one commit do, come with one read of the file.</summary>
public sealed partial class JournalEngine
{
    /// <summary>Records whose beginnings lie this far apart are read together: what lies between costs less than another call.</summary>
    private const int NearBytes = 4 * 1024;

    /// <summary>Most that is read together.</summary>
    private const int TogetherBytesMax = 64 * 1024;

    /// <summary>Reads messages in the order given; all sources are released, whatever happens.</summary>
    /// <param name="views">The messages.</param>
    /// <param name="take">Gets each with its place among them; null when its record is damaged.</param>
    private async ValueTask ReadAsync(IReadOnlyList<MessageView> views, Action<int, Message?> take)
    {
        var at = 0;
        byte[]? buffer = null;
        try
        {
            while (at < views.Count)
            {
                var together = NearFrom(views, at, out var length);
                var (first, count) = (at, 0);
                if (together > 1)
                {
                    buffer ??= ArrayPool<byte>.Shared.Rent(TogetherBytesMax + FirstRead);
                    count = await views[at].Source.ReadAsync(0, buffer.AsMemory(0, length));
                }
                while (at < first + together)
                {
                    var view = views[at++]; // it is released from here on
                    take(at - 1, TryRead(view, buffer.AsSpan(0, count), views[first]) ?? await ReadAsync(view));
                }
            }
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
            for (; at < views.Count; at++)
                views[at].Source.Release();
        }
    }

    /// <summary>How many views from one on lie near each other in a file, and how much is to be read for them; 1 for what is in memory.</summary>
    private static int NearFrom(IReadOnlyList<MessageView> views, int first, out int length)
    {
        length = FirstRead;
        var last = first;
        while (last + 1 < views.Count
            && views[last].Source.TryDistance(views[last + 1].Source, out var step) && step <= NearBytes
            && views[first].Source.TryDistance(views[last + 1].Source, out var distance) && distance <= TogetherBytesMax)
        {
            last++;
            length = (int)distance + FirstRead;
        }
        return last - first + 1;
    }

    /// <summary>Reads a message out of what was read together, and releases it; null, and still pinned, when it is not whole in there, or damaged.</summary>
    private static Message? TryRead(in MessageView view, ReadOnlySpan<byte> read, in MessageView first)
    {
        if (read.IsEmpty || !first.Source.TryDistance(view.Source, out var distance) || distance >= read.Length)
            return null;
        var operation = read[(int)distance..];
        if (!IsRecordOf(view, operation))
            return null;
        try
        {
            return ToMessage(view, MessageCodec.Read(operation, view.Entry.Record));
        }
        finally
        {
            view.Source.Release();
        }
    }

    /// <summary>Whether these bytes begin with the whole record of a message, as it was written.</summary>
    private static bool IsRecordOf(in MessageView view, ReadOnlySpan<byte> operation) =>
        Operation.IsIntact(operation) && Operation.Kind(operation) is OperationKind.Add or OperationKind.Put && Operation.Id(operation) == view.Entry.Id;
}

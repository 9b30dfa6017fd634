using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>A segment that a repair puts in the place of one that is lost: it holds a gap, which says how the chain goes on, and nothing else.</summary>
internal static class StandIn
{
    /// <summary>Makes one.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="number">The lost segment's number.</param>
    /// <param name="before">The segment before it, read to its end; null when there is none.</param>
    /// <param name="beforeLast">The highest id of a message that was added in the segment before.</param>
    /// <param name="after">The header of the next segment that is there; null when the newest one is lost.</param>
    public static async ValueTask WriteAsync(IJournalFileSystem files, uint number, SegmentReader? before, ulong beforeLast, SegmentHeader? after)
    {
        var firstRecord = before?.NextNumber ?? 1;
        // No old bytes lie in it that a salt would have to tell from its own.
        var header = new SegmentHeader(number, number, 0, firstRecord, before?.LastChecksum ?? 0, after?.FirstMessage ?? (beforeLast + 1))
        {
            // A newest one has room for its seal; in any other the gap reaches to the end and stands for it.
            Size = SegmentHeader.RecordsAt + (after is null ? 2 : 1) * RecordHeader.Length,
        };
        var (nextNumber, nextPrevious) = after is { } next && next.Number == number + 1 ? (next.FirstRecord, next.PreviousChecksum) : (firstRecord + 1, 0);
        var bytes = new byte[header.Size];
        header.WriteTo(bytes);
        GapCodec.Write(RecordHeader.Length, header.Salt, firstRecord, header.PreviousChecksum, nextNumber, nextPrevious).CopyTo(bytes, SegmentHeader.RecordsAt);
        var temporary = Segment.NameOf(number) + SpareFiles.UnfinishedSuffix;
        await files.DeleteAsync(temporary);
        await using (var file = await files.OpenAsync(temporary, OpenIntent.Create))
        {
            await file.WriteAsync(0, bytes);
            await file.FlushAsync();
        }
        await files.RenameAsync(temporary, Segment.NameOf(number));
        await files.FlushFolderAsync(Segment.Folder);
    }
}

using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>
/// A segment's seal is written when the next segment is durable, which names the seal's checksum as that of the record before its first. All of a seal
/// can be told from the two, so a crash between them is no damage: the seal is written later.
/// </summary>
internal static class OwedSeal
{
    /// <summary>The record that seals a segment.</summary>
    /// <param name="segment">The segment; all records before the seal are durable.</param>
    /// <param name="number">The seal's number.</param>
    /// <param name="previousChecksum">The checksum of the record before it.</param>
    /// <param name="writtenAt">When the next segment's first record was written, in ticks of UTC.</param>
    public static (byte[] Record, uint Checksum) Make(in SegmentHeader segment, ulong number, uint previousChecksum, long writtenAt)
    {
        var record = new byte[RecordHeader.Length];
        var header = new RecordHeader(previousChecksum, number, number - 1, 0, 0, Checksum.Of([]), RecordType.Sealed, writtenAt);
        return (record, header.WriteTo(record, segment.Salt));
    }

    /// <summary>Finds the seal of a segment that was read to its last record.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="reader">Stands behind the segment's last readable record.</param>
    /// <param name="newest">The number of the newest segment.</param>
    /// <returns>Null when the newest segment is not the next one, has been written into, or does not name this very seal.</returns>
    public static async ValueTask<byte[]?> FindAsync(IJournalFileSystem files, SegmentReader reader, uint newest)
    {
        if (newest != reader.Header.Number + 1 || reader.Offset + RecordHeader.Length > reader.Header.Size)
            return null;
        await using var file = await files.OpenAsync(Segment.NameOf(newest), OpenIntent.Read);
        if ((await SegmentReader.ReadHeaderAsync(file)).Header is not { } next || next.Number != newest || next.FirstRecord != reader.NextNumber + 1)
            return null;
        var following = new SegmentReader(file, next);
        if (!await following.ReadAsync() || following.Record.Type != RecordType.State)
            return null;
        var (seal, checksum) = Make(reader.Header, reader.NextNumber, reader.LastChecksum, following.Record.WrittenAt);
        return checksum == next.PreviousChecksum && !await following.ReadAsync() ? seal : null;
    }
}

using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>
/// Makes a damaged journal readable again: damaged bytes are copied to <c>damaged/</c> and their place is marked as a gap; everything
/// else stays as and where it is. What was recorded in the damaged range is lost: messages that were added there are gone, ones that were
/// removed there may come back.
/// </summary>
public static class JournalRepair
{
    private const string DamagedFolder = "damaged";
    private const int CopyAtOnce = 1 << 20;

    /// <summary>Repairs a folder that no engine has open.</summary>
    /// <returns>What was repaired; empty when nothing had to be.</returns>
    public static async Task<IReadOnlyList<JournalFinding>> RunAsync(IJournalFileSystem files, CancellationToken cancellationToken = default)
    {
        var repaired = new List<JournalFinding>();
        var numbers = JournalCheck.Numbers(files);
        for (var i = 0; i < numbers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await RepairAsync(files, numbers[i], isLast: i == numbers.Count - 1, repaired);
        }
        return repaired;
    }

    private static async Task RepairAsync(IJournalFileSystem files, uint number, bool isLast, List<JournalFinding> repaired)
    {
        var name = Segment.NameOf(number);
        var file = await files.OpenAsync(name, OpenIntent.Write);
        try
        {
            var (header, isFirstDamaged) = await SegmentReader.ReadHeaderAsync(file);
            if (header is null || header.Value.Number != number)
            {
                repaired.Add(new JournalFinding(name, 0, file.Length, "The segment's header is lost; the file was set aside whole."));
                await files.RenameAsync(name, $"{DamagedFolder}/{number:d10}-whole");
                await files.FlushFolderAsync(Segment.Folder);
                await files.FlushFolderAsync(DamagedFolder);
                return;
            }
            if (isFirstDamaged)
            {
                repaired.Add(new JournalFinding(name, 0, SegmentHeader.Length, "The segment's header was restored from its copy."));
                var start = new byte[SegmentHeader.RecordsAt];
                header.Value.WriteTo(start);
                await file.WriteAsync(0, start);
            }
            if (file.Length < header.Value.Size)
            {
                repaired.Add(new JournalFinding(name, file.Length, header.Value.Size - file.Length, "The file was made as long as it had been, with zeros."));
                await file.SetLengthAsync(header.Value.Size);
            }
            await RepairRecordsAsync(files, file, name, header.Value, isLast, repaired);
            await file.FlushAsync();
        }
        finally
        {
            await file.DisposeAsync();
        }
    }

    private static async Task RepairRecordsAsync(
        IJournalFileSystem files, IJournalFile file, string name, SegmentHeader header, bool isLast, List<JournalFinding> repaired)
    {
        var reader = new SegmentReader(file, header);
        while (true)
        {
            while (await reader.ReadAsync())
            {
            }
            if (reader.IsSealed)
                return;
            var beyond = await reader.LookBeyondAsync();
            if (isLast && beyond.Beyond != Beyond.Acknowledged)
                return;
            var end = beyond.FirstAt < 0 ? header.Size : beyond.FirstAt;
            await SetAsideAsync(files, file, header.Number, reader.Offset, end);
            repaired.Add(new JournalFinding(name, reader.Offset, end - reader.Offset, $"Record {reader.NextNumber} and what follows up to offset {end} was set aside."));
            if (beyond.FirstAt < 0)
            {
                await SealAsync(file, reader, header);
                return;
            }
            await WriteGapAsync(file, reader, header, beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
            reader.ContinueAt(beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
        }
    }

    /// <summary>Copies a damaged range to a file of its own before anything is written over it.</summary>
    private static async Task SetAsideAsync(IJournalFileSystem files, IJournalFile file, uint segment, long from, long to)
    {
        // The hint speaks of the segment as it was, and would hide what is lost of it.
        await files.DeleteAsync(HintFiles.NameOf(segment));
        await files.FlushFolderAsync(HintFiles.Folder);
        var name = $"{DamagedFolder}/{segment:d10}-{from:d10}";
        await files.DeleteAsync(name);
        await using var aside = await files.OpenAsync(name, OpenIntent.Create);
        var buffer = new byte[CopyAtOnce];
        for (var at = from; at < to; at += CopyAtOnce)
        {
            var count = await file.ReadAsync(at, buffer.AsMemory(0, (int)Math.Min(CopyAtOnce, to - at)));
            await aside.WriteAsync(at - from, buffer.AsMemory(0, count));
        }
        await aside.FlushAsync();
        await files.FlushFolderAsync(DamagedFolder);
    }

    /// <summary>Fills the range up to the next readable record with a record that says how the chain goes on.</summary>
    private static async Task WriteGapAsync(IJournalFile file, SegmentReader reader, SegmentHeader header, long end, ulong nextNumber, uint nextPrevious)
    {
        var gap = new byte[end - reader.Offset];
        var operations = GapCodec.Write(gap.Length - RecordHeader.Length, nextNumber, nextPrevious);
        operations.CopyTo(gap.AsSpan(RecordHeader.Length));
        new RecordHeader(reader.LastChecksum, reader.NextNumber, reader.NextNumber - 1, operations.Length, 0, Checksum.Of(operations), RecordType.Gap, 0)
            .WriteTo(gap, header.Salt);
        await file.WriteAsync(reader.Offset, gap);
    }

    /// <summary>Ends an older segment where reading ended.</summary>
    private static async Task SealAsync(IJournalFile file, SegmentReader reader, SegmentHeader header)
    {
        var record = new byte[RecordHeader.Length];
        new RecordHeader(reader.LastChecksum, reader.NextNumber, reader.NextNumber - 1, 0, 0, Checksum.Of([]), RecordType.Sealed, 0).WriteTo(record, header.Salt);
        await file.WriteAsync(reader.Offset, record);
    }
}

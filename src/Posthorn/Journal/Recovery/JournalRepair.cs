using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>
/// Makes a damaged journal readable again: damaged bytes are copied to <c>damaged/</c> and their place is marked as a gap; everything
/// else stays as and where it is. What was recorded in the damaged range is lost: messages that were added there are gone, ones that were
/// removed there may come back. In the place of a file that is missing whole comes an empty one.
/// </summary>
/// <remarks>
/// Diagnostics: what is set aside is on stable storage before anything is written over it, so a repair that is cut short can be run again.
/// Limits: a body's file that is damaged stays, and reading it says so.
/// </remarks>
public static class JournalRepair
{
    internal const string DamagedFolder = "damaged";
    private const int CopyAtOnce = 1 << 20;

    /// <summary>Repairs a folder that no engine has open.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="isDryRun">Only tells what a repair would do.</param>
    /// <param name="cancellationToken">Ends it between two segments; what was repaired by then stays so.</param>
    /// <returns>What was repaired, or would be; empty when nothing has to be.</returns>
    /// <exception cref="IOException">The folder cannot be read or written; it can be run again.</exception>
    public static async Task<IReadOnlyList<JournalFinding>> RunAsync(
        IJournalFileSystem files, bool isDryRun = false, CancellationToken cancellationToken = default)
    {
        var repaired = new List<JournalFinding>();
        var numbers = JournalCheck.Numbers(files);
        var readable = new List<uint>();
        for (var i = 0; i < numbers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = i + 1 < numbers.Count && numbers[i + 1] == numbers[i] + 1 ? await HeaderOfAsync(files, numbers[i + 1]) : null;
            if (await RepairAsync(files, numbers[i], numbers[^1], next, isDryRun, repaired))
                readable.Add(numbers[i]);
        }
        await new LostFiles(files, isDryRun, repaired).RepairAsync(readable);
        return repaired;
    }

    internal static async Task<SegmentHeader?> HeaderOfAsync(IJournalFileSystem files, uint number)
    {
        await using var file = await files.OpenAsync(Segment.NameOf(number), OpenIntent.Read);
        return (await SegmentReader.ReadHeaderAsync(file)).Header;
    }

    /// <returns>False when the whole file is set aside.</returns>
    private static async Task<bool> RepairAsync(
        IJournalFileSystem files, uint number, uint newest, SegmentHeader? next, bool isDryRun, List<JournalFinding> repaired)
    {
        var name = Segment.NameOf(number);
        await using var file = await files.OpenAsync(name, isDryRun ? OpenIntent.Read : OpenIntent.Write);
        var (header, isFirstDamaged) = await SegmentReader.ReadHeaderAsync(file);
        if (header is null || header.Value.Number != number)
        {
            var aside = FreeName(files, $"{number:d10}-whole");
            repaired.Add(new JournalFinding(name, 0, file.Length, $"Both copies of the segment's header are lost: the whole file is set aside as {aside}."));
            if (isDryRun)
                return false;
            await files.RenameAsync(name, aside);
            await files.FlushFolderAsync(Segment.Folder);
            await files.FlushFolderAsync(DamagedFolder);
            return false;
        }
        if (isFirstDamaged)
        {
            repaired.Add(new JournalFinding(name, 0, SegmentHeader.Length, "The segment's header is restored from its copy."));
            var start = new byte[SegmentHeader.RecordsAt];
            header.Value.WriteTo(start);
            if (!isDryRun)
                await file.WriteAsync(0, start);
        }
        if (file.Length < header.Value.Size)
        {
            repaired.Add(new JournalFinding(name, file.Length, header.Value.Size - file.Length, "The file is made as long as it was, with zeros."));
            if (!isDryRun)
                await file.SetLengthAsync(header.Value.Size);
        }
        await RepairRecordsAsync(files, file, name, header.Value, newest, next, isDryRun, repaired);
        if (!isDryRun)
            await file.FlushAsync();
        return true;
    }

    private static async Task RepairRecordsAsync(
        IJournalFileSystem files, IJournalFile file, string name, SegmentHeader header, uint newest, SegmentHeader? next, bool isDryRun, List<JournalFinding> repaired)
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
            if (header.Number == newest ? beyond.Beyond != Beyond.Acknowledged : beyond.Beyond == Beyond.Nothing && await OwedSeal.FindAsync(files, reader, newest) is not null)
                return; // the next start does the rest
            // With nothing readable behind, the gap reaches to the end and the chain goes on as the next segment says.
            var (end, nextNumber, nextPrevious) = beyond.FirstAt >= 0 ? (beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious)
                : (header.Size, next?.FirstRecord ?? (reader.NextNumber + 1), next?.PreviousChecksum ?? 0);
            var aside = FreeName(files, $"{header.Number:d10}-{reader.Offset:d10}");
            repaired.Add(new JournalFinding(name, reader.Offset, end - reader.Offset, $"{Lost(reader.NextNumber, nextNumber)} set aside as {aside}."));
            if (!isDryRun)
            {
                await SetAsideAsync(files, file, header.Number, aside, reader.Offset, end);
                var gap = GapCodec.Write((int)(end - reader.Offset), header.Salt, reader.NextNumber, reader.LastChecksum, nextNumber, nextPrevious);
                await file.WriteAsync(reader.Offset, gap);
            }
            if (beyond.FirstAt < 0)
                return;
            reader.ContinueAt(beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
        }
    }

    private static string Lost(ulong first, ulong next) => next <= first + 1 ? $"Record {first} is" : $"Records {first} to {next - 1} are";

    /// <summary>A name in <c>damaged/</c> that nothing has yet: what a repair that was cut short has put there is the original.</summary>
    internal static string FreeName(IJournalFileSystem files, string wanted)
    {
        var taken = files.List(DamagedFolder);
        var name = wanted;
        for (var i = 2; taken.Contains(name); i++)
            name = $"{wanted}-{i}";
        return $"{DamagedFolder}/{name}";
    }

    /// <summary>Copies a damaged range to a file of its own before anything is written over it.</summary>
    private static async Task SetAsideAsync(IJournalFileSystem files, IJournalFile file, uint segment, string name, long from, long to)
    {
        // The hint speaks of the segment as it was, and would hide what is lost of it.
        await files.DeleteAsync(HintFiles.NameOf(segment));
        await files.FlushFolderAsync(HintFiles.Folder);
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
}

using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Recovery;

/// <summary>Reads all of a journal that no engine has open, and tells what is not as it was written. Changes nothing.</summary>
public static class JournalCheck
{
    /// <summary>Checks a folder.</summary>
    /// <returns>What was found, oldest segment first, then bodies; empty when all is well. A torn tail is no finding.</returns>
    public static async Task<IReadOnlyList<JournalFinding>> RunAsync(IJournalFileSystem files, CancellationToken cancellationToken = default)
    {
        var findings = new List<JournalFinding>();
        var numbers = Numbers(files);
        var bodies = new Dictionary<LogPosition, long>();
        var last = (Number: 0U, Record: 0UL, Checksum: 0U);
        for (var i = 0; i < numbers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Segment.NameOf(numbers[i]);
            await using var file = await files.OpenAsync(name, OpenIntent.Read);
            var (header, isFirstDamaged) = await SegmentReader.ReadHeaderAsync(file);
            if (header is null)
            {
                findings.Add(new JournalFinding(name, 0, file.Length, "Both copies of the segment's header are damaged; without its salt no record can be verified."));
                continue;
            }
            if (isFirstDamaged)
                findings.Add(new JournalFinding(name, 0, SegmentHeader.Length, "The segment's header is damaged; its copy is right."));
            if (last.Number + 1 == numbers[i] && last.Record != 0 && (header.Value.FirstRecord != last.Record + 1 || header.Value.PreviousChecksum != last.Checksum))
                findings.Add(new JournalFinding(name, 0, 0, "The segment does not continue the one before."));
            if (file.Length < header.Value.Size)
                findings.Add(new JournalFinding(name, file.Length, header.Value.Size - file.Length, "The file is shorter than it was made."));
            var reader = new SegmentReader(file, header.Value);
            await CheckRecordsAsync(name, reader, isLast: i == numbers.Count - 1, findings, bodies);
            last = (numbers[i], reader.NextNumber - 1, reader.LastChecksum);
        }
        await CheckBodiesAsync(files, bodies, findings);
        return findings;
    }

    internal static List<uint> Numbers(IJournalFileSystem files)
    {
        var numbers = new List<uint>();
        foreach (var name in files.List(Segment.Folder))
        {
            if (uint.TryParse(name, out var number))
                numbers.Add(number);
        }
        numbers.Sort();
        return numbers;
    }

    private static async Task CheckRecordsAsync(
        string name, SegmentReader reader, bool isLast, List<JournalFinding> findings, Dictionary<LogPosition, long> bodies)
    {
        while (true)
        {
            while (await reader.ReadAsync())
                NoteFiles(reader, bodies);
            if (reader.IsSealed)
                return;
            var beyond = await reader.LookBeyondAsync();
            if (isLast && beyond.Beyond != Beyond.Acknowledged)
                return;
            var end = beyond.FirstAt < 0 ? reader.Header.Size : beyond.FirstAt;
            findings.Add(new JournalFinding(name, reader.Offset, end - reader.Offset,
                $"Record {reader.NextNumber} is not what was written{(beyond.FirstAt < 0 ? "; nothing readable follows in this segment" : $"; record {beyond.FirstNumber} follows")}."));
            if (beyond.FirstAt < 0)
                return;
            reader.ContinueAt(beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
        }
    }

    private static void NoteFiles(SegmentReader reader, Dictionary<LogPosition, long> bodies)
    {
        for (var operations = reader.Operations.Span; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
        {
            if (Operation.Kind(operations) is not (OperationKind.Add or OperationKind.Put) || (BodyPlace)operations[MessageLayout.BodyPlaceAt] != BodyPlace.Key)
                continue;
            var key = MessageCodec.BodyKey(operations, default);
            if (key.IsFile)
                bodies[key] = MessageLayout.Int64(operations, MessageLayout.BodyLengthAt);
        }
    }

    private static async Task CheckBodiesAsync(IJournalFileSystem files, Dictionary<LogPosition, long> bodies, List<JournalFinding> findings)
    {
        var folder = new BodyFiles(files, () => 0);
        var buffer = new byte[BodyFileFormat.BlockLength];
        foreach (var (key, length) in bodies.OrderBy(body => body.Key))
        {
            var name = BodyFileFormat.NameOf(key.File);
            long at = 0;
            try
            {
                await using var body = await folder.OpenAsync(key, length);
                while (at < length)
                    at += await body.ReadAsync(at, buffer);
            }
            catch (BodyLostException e) when (e.IsDamaged)
            {
                findings.Add(new JournalFinding(name, at, length - at, e.Message));
            }
            catch (BodyLostException)
            {
                // Gone with its last message, which an older record still names. Whether one is missing the engine says when it is read.
            }
        }
    }
}

using Posthorn.Bodies;
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
    public static Task<IReadOnlyList<JournalFinding>> RunAsync(IJournalFileSystem files, CancellationToken cancellationToken = default) =>
        RunAsync(files, outside: null, cancellationToken);

    /// <summary>Checks a folder and the store outside of it that has bodies.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="outside">The store, which stays open; null leaves what is there unchecked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<JournalFinding>> RunAsync(IJournalFileSystem files, IBodyStore? outside, CancellationToken cancellationToken)
    {
        var findings = new List<JournalFinding>();
        var numbers = Numbers(files);
        var bodies = new BodyReferences();
        if (MissingSegments.IsNothingLeft(files, numbers))
            findings.Add(new JournalFinding(Segment.Folder, 0, 0, MissingSegments.Sentence(MissingSegments.NothingLeft)));
        foreach (var missing in await MissingSegments.FindAsync(files, numbers))
            findings.Add(new JournalFinding(Segment.NameOf(missing), 0, 0, MissingSegments.Sentence(MissingSegments.Reason)));
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
            await CheckRecordsAsync(files, name, reader, numbers[^1], findings, bodies);
            if (i == numbers.Count - 1 && reader.IsSealed && header.Value.IsSealedBehindNext)
                findings.Add(new JournalFinding(Segment.NameOf(numbers[i] + 1), 0, 0, MissingSegments.Sentence(MissingSegments.Reason)));
            last = (numbers[i], reader.IsSealed ? reader.NextNumber - 1 : 0, reader.LastChecksum);
        }
        await CheckBodiesAsync(files, bodies, findings);
        if (outside is not null && await OutsideBodies.OwnerAsync(files) is { } owner)
            await CheckOutsideAsync(new OutsideBodies(outside, owner, () => 0), bodies, findings, cancellationToken);
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
        IJournalFileSystem files, string name, SegmentReader reader, uint newest, List<JournalFinding> findings, BodyReferences bodies)
    {
        while (true)
        {
            while (await reader.ReadAsync())
                bodies.Note(reader);
            if (reader.IsSealed)
                return;
            var beyond = await reader.LookBeyondAsync();
            if (reader.Header.Number == newest ? beyond.Beyond != Beyond.Acknowledged : beyond.Beyond == Beyond.Nothing && await OwedSeal.FindAsync(files, reader, newest) is not null)
                return;
            var end = beyond.FirstAt < 0 ? reader.Header.Size : beyond.FirstAt;
            findings.Add(new JournalFinding(name, reader.Offset, end - reader.Offset,
                $"Record {reader.NextNumber} is not what was written{(beyond.FirstAt < 0 ? "; nothing readable follows in this segment" : $"; record {beyond.FirstNumber} follows")}."));
            if (beyond.FirstAt < 0)
                return;
            reader.ContinueAt(beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
        }
    }

    private static async Task CheckBodiesAsync(IJournalFileSystem files, BodyReferences references, List<JournalFinding> findings)
    {
        var folder = new BodyFiles(files, () => 0);
        var buffer = new byte[BodyFileFormat.BlockLength];
        var living = references.Living();
        foreach (var (key, length) in references.Named.Where(body => !body.Key.IsOutside).OrderBy(body => body.Key))
        {
            var name = BodyFileFormat.NameOf(key.File);
            long at = 0;
            try
            {
                await using var body = await folder.OpenAsync(key, length);
                while (at < length)
                    at += await body.ReadAsync(at, buffer, CancellationToken.None);
            }
            catch (BodyLostException e) when (e.IsDamaged)
            {
                findings.Add(new JournalFinding(name, at, length - at, e.Message));
            }
            catch (BodyLostException)
            {
                // Else it is gone with its last message, which an older record still names.
                if (living.TryGetValue(key, out var message))
                    findings.Add(new JournalFinding(name, 0, length, $"The file is missing; message {new Messages.MessageId(message)} has this body."));
            }
        }
    }

    private static async Task CheckOutsideAsync(OutsideBodies outside, BodyReferences references, List<JournalFinding> findings, CancellationToken cancellationToken)
    {
        foreach (var (key, message) in references.Living().Where(body => body.Key.IsOutside).OrderBy(body => body.Key))
        {
            try
            {
                await outside.CheckAsync(key, references.Named[key], cancellationToken);
            }
            catch (BodyLostException e)
            {
                findings.Add(new JournalFinding($"{outside.Place}{outside.NameOf(key)}", 0, references.Named[key], $"{e.Message} Message {new Messages.MessageId(message)} has this body."));
            }
        }
    }
}

using System.Buffers;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Recovery;

/// <summary>
/// The part of a repair that is about whole files: an empty segment takes the place of a missing one, an empty file that of a missing body, and what no
/// record names any more because the record is lost is set aside rather than removed by the next start.
/// </summary>
/// <param name="files">The folder.</param>
/// <param name="isDryRun">Whether nothing is changed.</param>
/// <param name="repaired">Is told what is done, or would be.</param>
internal sealed class LostFiles(IJournalFileSystem files, bool isDryRun, List<JournalFinding> repaired)
{
    /// <summary>Repairs what is missing, once every segment that is there can be read through.</summary>
    /// <param name="numbers">The segments that are there, ascending.</param>
    public async Task RepairAsync(IReadOnlyList<uint> numbers)
    {
        if (MissingSegments.IsNothingLeft(files, numbers))
        {
            await ReplaceAsync(MissingSegments.FirstUnused(files), null, 0, null, MissingSegments.NothingLeft);
            await RepairBodiesAsync(new BodyReferences());
            return;
        }
        var missing = await MissingSegments.FindAsync(files, numbers, skipsDamage: true);
        var bodies = new BodyReferences();
        SegmentReader? before = null;
        ulong last = 0;
        foreach (var number in numbers.Concat(missing).Order().ToList())
        {
            if (missing.Contains(number))
            {
                var after = numbers.FirstOrDefault(later => later > number);
                await ReplaceAsync(number, before, last, after == 0 ? null : await JournalRepair.HeaderOfAsync(files, after), MissingSegments.Reason);
                if (isDryRun)
                    continue;
            }
            await using var file = await files.OpenAsync(Segment.NameOf(number), OpenIntent.Read);
            if ((await SegmentReader.ReadHeaderAsync(file)).Header is not { } header)
                continue;
            before = new SegmentReader(file, header, checksBodies: false);
            last = Math.Max(Math.Max(last, header.FirstMessage - 1), await ReadThroughAsync(before, bodies));
        }
        if (before is { IsSealed: true, Header.IsSealedBehindNext: true } && before.Header.Number == Math.Max(numbers[^1], missing.Count == 0 ? 0 : missing[^1]))
            await ReplaceAsync(before.Header.Number + 1, before, last, null, MissingSegments.Reason);
        await RepairBodiesAsync(bodies);
    }

    /// <summary>Puts an empty segment in the place of a missing one, and says what is lost.</summary>
    private async Task ReplaceAsync(uint number, SegmentReader? before, ulong last, SegmentHeader? after, string reason)
    {
        var lost = before is not null && after is { } next && next.Number == number + 1 ? $" Records {before.NextNumber} to {next.FirstRecord - 1} are lost."
            : after is null ? $" All that was recorded since record {before?.NextNumber ?? 1} is lost." : " Its records are lost.";
        var hint = await MessagesInHintAsync(number);
        if (hint is { } messages)
            lost += $" Its hint lists {messages} messages as they stood there, and is set aside in {JournalRepair.DamagedFolder}/.";
        repaired.Add(new JournalFinding(Segment.NameOf(number), 0, 0, $"{MissingSegments.Sentence(reason)}{lost} An empty segment takes its place."));
        if (isDryRun)
            return;
        if (hint is not null)
            await SetAsideAsync(HintFiles.NameOf(number), $"{number:d10}-hint");
        await StandIn.WriteAsync(files, number, before, last, after);
    }

    private async Task RepairBodiesAsync(BodyReferences references)
    {
        var there = files.List(BodyFileFormat.Folder).ToHashSet(StringComparer.Ordinal);
        foreach (var (body, message) in references.Living().Where(pair => !pair.Key.IsOutside).OrderBy(pair => pair.Key))
        {
            var name = BodyFileFormat.NameOf(body.File);
            if (there.Contains(Path.GetFileName(name)))
                continue;
            repaired.Add(new JournalFinding(name, 0, 0, $"The file is missing; the body of message {new Messages.MessageId(message)} is lost. The message stays, and reading its body says so. An empty file takes its place."));
            if (isDryRun)
                continue;
            await using var file = await files.OpenAsync(name, OpenIntent.Create);
            await file.FlushAsync();
        }
        if (!isDryRun)
            await files.FlushFolderAsync(BodyFileFormat.Folder);
        if (repaired.Count == 0)
            return; // no record is lost: what nobody names is of no commit, and goes at the next start
        foreach (var name in there.Order(StringComparer.Ordinal))
        {
            if (!BodyFileFormat.TryParse(name, out var id) || references.Named.ContainsKey(LogPosition.OfFile(id)))
                continue;
            repaired.Add(new JournalFinding($"{BodyFileFormat.Folder}/{name}", 0, 0, $"No record names this body any more, perhaps because the record is lost: it is set aside in {JournalRepair.DamagedFolder}/."));
            if (!isDryRun)
                await SetAsideAsync($"{BodyFileFormat.Folder}/{name}", $"body-{name}");
        }
    }

    private async Task SetAsideAsync(string name, string wanted)
    {
        await files.RenameAsync(name, JournalRepair.FreeName(files, wanted));
        await files.FlushFolderAsync(JournalRepair.DamagedFolder);
        await files.FlushFolderAsync(name[..name.IndexOf('/', StringComparison.Ordinal)]);
    }

    /// <summary>How many messages a missing segment's hint lists; null when there is no such hint.</summary>
    private async Task<int?> MessagesInHintAsync(uint number)
    {
        if (!files.List(HintFiles.Folder).Contains(Path.GetFileName(HintFiles.NameOf(number))))
            return null;
        await using var file = await files.OpenAsync(HintFiles.NameOf(number), OpenIntent.Read);
        if (file.Length is < HintHeader.Length or > int.MaxValue)
            return null;
        var bytes = ArrayPool<byte>.Shared.Rent((int)file.Length);
        if (await file.ReadAsync(0, bytes.AsMemory(0, (int)file.Length)) == file.Length && Hint.TryRead(bytes, (int)file.Length) is { } hint)
        {
            using (hint)
                return hint.Rows.Length;
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return null;
    }

    /// <summary>Reads all that can be read of a segment.</summary>
    /// <returns>The highest id of a message that was added in it; 0 when none was.</returns>
    private static async Task<ulong> ReadThroughAsync(SegmentReader reader, BodyReferences bodies)
    {
        ulong last = 0;
        while (true)
        {
            while (await reader.ReadAsync())
            {
                bodies.Note(reader);
                last = Math.Max(last, LastAdded(reader.Operations.Span));
            }
            // In a dry run what is damaged still is.
            if (reader.IsSealed || await reader.LookBeyondAsync() is not { FirstAt: >= 0 } beyond)
                return last;
            reader.ContinueAt(beyond.FirstAt, beyond.FirstNumber, beyond.FirstPrevious);
        }
    }

    private static ulong LastAdded(ReadOnlySpan<byte> operations)
    {
        ulong last = 0;
        for (; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
        {
            if (Operation.Kind(operations) == OperationKind.Add)
                last = Math.Max(last, Operation.Id(operations));
        }
        return last;
    }
}

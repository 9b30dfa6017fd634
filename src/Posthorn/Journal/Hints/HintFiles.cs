using System.Buffers;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Hints;

/// <summary>The folder of hint files. A hint is only ever a copy: one that is missing, damaged or of another segment means that the segment itself is read.</summary>
internal sealed class HintFiles(IJournalFileSystem files)
{
    public const string Folder = "hints";
    private const string UnfinishedSuffix = ".tmp";

    public static string NameOf(uint segment) => $"{Folder}/{segment:d10}";

    /// <summary>Puts a hint on stable storage, under its name only when it is whole.</summary>
    public async ValueTask WriteAsync(Hint hint)
    {
        var name = NameOf(hint.Header.Segment);
        var temporary = name + UnfinishedSuffix;
        await files.DeleteAsync(temporary);
        var file = await files.OpenAsync(temporary, OpenIntent.Create);
        try
        {
            await file.WriteAsync(0, hint.File);
            await file.FlushAsync();
        }
        catch
        {
            await file.DisposeAsync();
            await files.DeleteAsync(temporary);
            throw;
        }
        await file.DisposeAsync();
        await files.RenameAsync(temporary, name);
        await files.FlushFolderAsync(Folder);
    }

    /// <summary>Reads what a segment's hint begins with; null when there is none of this very segment, sealed as it is now.</summary>
    public async ValueTask<HintHeader?> ReadHeaderAsync(SegmentHeader segment, IJournalFile segmentFile)
    {
        IJournalFile file;
        try
        {
            file = await files.OpenAsync(NameOf(segment.Number), OpenIntent.Read);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        await using (file)
        {
            var start = new byte[HintHeader.Length];
            if (await file.ReadAsync(0, start) != start.Length || HintHeader.TryRead(start) is not { } header || !header.IsOf(segment) || header.FileLength != file.Length)
                return null;
            return await IsSealedSoAsync(header, segmentFile) ? header : null;
        }
    }

    /// <summary>Reads a segment's hint; null when there is none, or none that is what was written.</summary>
    public async ValueTask<Hint?> ReadAsync(SegmentHeader segment)
    {
        IJournalFile file;
        try
        {
            file = await files.OpenAsync(NameOf(segment.Number), OpenIntent.Read);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        await using (file)
        {
            if (file.Length is < HintHeader.Length or > int.MaxValue)
                return null;
            var length = (int)file.Length;
            var bytes = ArrayPool<byte>.Shared.Rent(length);
            var count = await file.ReadAsync(0, bytes.AsMemory(0, length));
            if (count == length && Hint.TryRead(bytes, length) is { } hint)
            {
                if (hint.Header.IsOf(segment))
                    return hint;
                hint.Dispose();
                return null;
            }
            ArrayPool<byte>.Shared.Return(bytes);
            return null;
        }
    }

    public ValueTask DeleteAsync(uint segment) => files.DeleteAsync(NameOf(segment));

    /// <summary>Removes what an earlier run left half-written, and hints of segments that are gone.</summary>
    public async ValueTask RemoveOrphansAsync(Func<uint, bool> exists)
    {
        foreach (var name in files.List(Folder))
        {
            if (!uint.TryParse(name, out var number) || !exists(number))
                await files.DeleteAsync($"{Folder}/{name}");
        }
    }

    // The seal chains all records before it: a segment that was written differently, or repaired since, has another one.
    private static async ValueTask<bool> IsSealedSoAsync(HintHeader hint, IJournalFile segment)
    {
        var seal = new byte[RecordHeader.Length];
        return hint.Used >= SegmentHeader.RecordsAt + seal.Length && await segment.ReadAsync(hint.Used - seal.Length, seal) == seal.Length
            && RecordHeader.TryRead(seal, hint.Salt, out var record, out var checksum)
            && record.Type == RecordType.Sealed && record.Number == hint.LastRecord && checksum == hint.LastChecksum;
    }
}

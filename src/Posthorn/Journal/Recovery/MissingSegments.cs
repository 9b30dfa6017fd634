using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>
/// Tells segment files that are missing from ones that were given back. Each segment begins with a list of those that lived when it was made; one of
/// the newest list may be gone only when the file of its dead name says that it was given back, and every one since the newest list must be there.
/// </summary>
/// <remarks>
/// Limits: whether the newest segment is missing is told by the seal of the one before (<see cref="RecoveryTable"/>); when there is none before it, only
/// by what lies in the other folders. After damage to the newest list an older one decides, which may call missing what was given back since.
/// </remarks>
internal static class MissingSegments
{
    public const string Reason = "the file is missing, and nothing says that the segment was given back. Put it back if it is anywhere.";
    public const string NothingLeft = "all segments are missing, though other files of the journal are there. Put them back if they are anywhere.";

    /// <summary>A reason as a sentence of its own, as a check and a repair tell it; the message of a start puts more in front.</summary>
    public static string Sentence(string reason) => char.ToUpperInvariant(reason[0]) + reason[1..];

    /// <summary>Folders in which nothing is made before the first segment is on stable storage.</summary>
    private static readonly string[] Later = ["bodies", "hints", "spares"];

    /// <summary>Finds the missing ones.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="numbers">The segments that are there, ascending.</param>
    /// <param name="skipsDamage">Whether a newest list that is damaged gives way to an older one; else damage is for others to tell, and nothing is missing.</param>
    public static async ValueTask<IReadOnlyList<uint>> FindAsync(IJournalFileSystem files, IReadOnlyList<uint> numbers, bool skipsDamage = false)
    {
        for (var i = numbers.Count - 1; i >= 0; i--)
        {
            await using var file = await files.OpenAsync(Segment.NameOf(numbers[i]), OpenIntent.Read);
            var reader = (await SegmentReader.ReadHeaderAsync(file)).Header is { } header ? new SegmentReader(file, header) : null;
            if (reader is null || !await reader.ReadAsync())
            {
                if (!skipsDamage)
                    return [];
                continue;
            }
            if (reader.Record.Type == RecordType.State)
                return SegmentsCodec.Find(reader.Operations.Span) is { } living ? Missing(files, numbers, living.Concat(Range(numbers[i], numbers[^1]))) : [];
        }
        return numbers.Count > 0 ? Missing(files, numbers, Range(numbers[0], numbers[^1])) : [];
    }

    /// <summary>Whether there is no segment though there was one.</summary>
    public static bool IsNothingLeft(IJournalFileSystem files, IReadOnlyList<uint> numbers) =>
        numbers.Count == 0 && (Dead(files).Count > 0 || Later.Any(folder => files.List(folder).Count > 0));

    /// <summary>A number that no segment can have had, for a journal of which none is left.</summary>
    public static uint FirstUnused(IJournalFileSystem files)
    {
        var used = Dead(files);
        foreach (var name in files.List("hints"))
        {
            if (uint.TryParse(name, out var number))
                used.Add(number);
        }
        return used.DefaultIfEmpty(0U).Max() + 1;
    }

    private static List<uint> Missing(IJournalFileSystem files, IReadOnlyList<uint> numbers, IEnumerable<uint> expected)
    {
        var accounted = Dead(files);
        accounted.UnionWith(numbers);
        return [.. expected.Where(number => !accounted.Contains(number)).Distinct().Order()];
    }

    private static HashSet<uint> Dead(IJournalFileSystem files)
    {
        var dead = new HashSet<uint>();
        foreach (var name in files.List(Segment.Folder))
        {
            if (Segment.TryParseDead(name, out var number))
                dead.Add(number);
        }
        return dead;
    }

    private static IEnumerable<uint> Range(uint first, uint last)
    {
        for (var number = first; number <= last; number++)
            yield return number;
    }
}

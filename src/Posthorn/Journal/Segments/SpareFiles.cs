using Posthorn.Files;
using Posthorn.Journal.Recovery;

namespace Posthorn.Journal.Segments;

/// <summary>
/// Preallocated files that wait to become segments: recycled ones, and the reserve, which is touched only when the disk is full.
/// The writer takes, housekeeping puts back.
/// </summary>
/// <remarks>
/// A dead segment's file keeps its number: renamed within its folder, which is one step on any disk, it proves that the segment was given back and
/// is not missing. The name goes when it is renamed to be the next segment, whose list of living segments does not have it any more; a file that is
/// not kept is emptied, and deleted when such a list is on the disk.
/// A file system without a journal may leave a file that was made a segment under both of its names when the power fails. The one here is then left
/// alone: what is written to it would be written into the segment, and deleting it could take the segment along.
/// </remarks>
internal sealed class SpareFiles(IJournalFileSystem files, JournalOptions options)
{
    public const string Folder = "spares";
    public const string UnfinishedSuffix = ".tmp";
    private const string ReservePrefix = "reserve-";
    private const string PreparedPrefix = "prepared-";
    private const int ReserveFiles = 2;

    // Guards the lists.
    private readonly Lock _gate = new();
    private readonly List<SpareFile> _spares = [];
    private readonly List<SpareFile> _reserve = [];
    private readonly List<(string Name, uint Newest)> _emptied = [];
    private readonly HashSet<string> _segments = new(StringComparer.Ordinal);

    private long ReserveFileBytes => options.ReserveBytes / ReserveFiles;

    /// <summary>Makes a file of a size, with the space reserved; nothing is left of it when there is none.</summary>
    public static async ValueTask<IJournalFile> CreateAsync(IJournalFileSystem files, string name, long size)
    {
        var file = await files.OpenAsync(name, OpenIntent.Create);
        try
        {
            await file.SetLengthAsync(size);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            await files.DeleteAsync(name);
            throw;
        }
    }

    /// <summary>Finds what an earlier run left.</summary>
    /// <param name="segments">The segments that live.</param>
    public async ValueTask LoadAsync(SegmentTable segments)
    {
        var newest = segments.Count == 0 ? 0 : segments.Current.Number;
        foreach (var name in files.List(Segment.Folder))
        {
            if (!Segment.TryParseDead(name, out var number))
                continue;
            long size;
            await using (var file = await files.OpenAsync(Segment.DeadNameOf(number), OpenIntent.Read))
                size = file.Length;
            await PutDeadAsync(Segment.DeadNameOf(number), size, newest);
        }
        foreach (var name in files.List(Folder))
        {
            var path = $"{Folder}/{name}";
            if (name.EndsWith(UnfinishedSuffix, StringComparison.Ordinal))
            {
                await files.DeleteAsync(path);
                continue;
            }
            long size;
            await using (var file = await files.OpenAsync(path, OpenIntent.Read))
            {
                size = file.Length;
                if (await SegmentReader.ReadHeaderAsync(file) is ({ } header, _) && segments.Find(header.Number)?.Header.Salt == header.Salt)
                {
                    _segments.Add(name);
                    continue;
                }
            }
            var isReserve = name.StartsWith(ReservePrefix, StringComparison.Ordinal);
            Put(new SpareFile(path, size, IsWritten: !isReserve && !name.StartsWith(PreparedPrefix, StringComparison.Ordinal)), isReserve);
        }
    }

    public bool TryTake(long needed, out SpareFile spare) => TryTake(_spares, needed, out spare);

    public bool TryTakeReserve(long needed, out SpareFile spare) => TryTake(_reserve, needed, out spare);

    /// <summary>Takes a dead segment's file back: it is kept when there is use for it, else its space is given back.</summary>
    /// <param name="number">The segment's number.</param>
    /// <param name="size">The file's length.</param>
    /// <param name="newest">The number of the newest segment when the dead one was taken off the list of those that live.</param>
    public async ValueTask RecycleAsync(uint number, long size, uint newest)
    {
        await files.RenameAsync(Segment.NameOf(number), Segment.DeadNameOf(number));
        // The old name goes for good before anybody writes into the file: a power failure must never leave a segment's name on what is written next.
        await files.FlushFolderAsync(Segment.Folder);
        await PutDeadAsync(Segment.DeadNameOf(number), size, newest);
    }

    /// <summary>Deletes emptied files that prove nothing any more, once a list of living segments without theirs is on the disk.</summary>
    /// <param name="newest">The number of the newest segment.</param>
    public async ValueTask DeleteEmptiedAsync(uint newest)
    {
        // The next segment's list may have been made before the dead one was taken off it; the one after that has it no more.
        List<string> names;
        lock (_gate)
        {
            names = [.. _emptied.Where(file => newest > file.Newest + 1).Select(file => file.Name)];
            _emptied.RemoveAll(file => newest > file.Newest + 1);
        }
        foreach (var name in names)
            await files.DeleteAsync(name);
    }

    /// <summary>Makes what is missing of the reserve.</summary>
    /// <exception cref="Posthorn.Engine.StorageFullException">There is no space for it.</exception>
    public async ValueTask RefillAsync()
    {
        for (var i = 0; i < ReserveFiles && ReserveFileBytes > 0; i++)
        {
            var number = i;
            while (_segments.Contains($"{ReservePrefix}{number}"))
                number += ReserveFiles;
            var name = $"{Folder}/{ReservePrefix}{number}";
            // Here, or taken: the writer may be about to make a segment of it, so nothing else may get its name before that has another.
            if (files.List(Folder).Contains($"{ReservePrefix}{number}"))
                continue;
            var temporary = name + UnfinishedSuffix;
            await files.DeleteAsync(temporary);
            var file = await CreateAsync(files, temporary, ReserveFileBytes);
            await file.FlushAsync();
            await file.DisposeAsync();
            await files.RenameAsync(temporary, name);
            await files.FlushFolderAsync(Folder);
            Put(new SpareFile(name, ReserveFileBytes, IsWritten: false), isReserve: true);
        }
    }

    /// <summary>Makes one spare file when there is none.</summary>
    /// <exception cref="Posthorn.Engine.StorageFullException">There is no space for it.</exception>
    public async ValueTask PrepareAsync()
    {
        lock (_gate)
        {
            if (_spares.Count > 0)
                return;
        }
        // One that was taken has its name until it is a segment.
        var taken = files.List(Folder);
        var number = 0;
        while (taken.Contains($"{PreparedPrefix}{number}"))
            number++;
        var name = $"{Folder}/{PreparedPrefix}{number}";
        var temporary = name + UnfinishedSuffix;
        await files.DeleteAsync(temporary);
        var file = await CreateAsync(files, temporary, options.SegmentBytes);
        await file.DisposeAsync();
        await files.RenameAsync(temporary, name);
        Put(new SpareFile(name, options.SegmentBytes, IsWritten: false), isReserve: false);
    }

    private async ValueTask PutDeadAsync(string name, long size, uint newest)
    {
        int spares;
        lock (_gate)
            spares = _spares.Count;
        // Odd sizes, giants and the reserve's, are not worth keeping.
        if (spares < options.SparesMax && size == options.SegmentBytes)
        {
            Put(new SpareFile(name, size, IsWritten: true), isReserve: false);
            return;
        }
        if (size > 0)
        {
            await using var file = await files.OpenAsync(name, OpenIntent.Write);
            await file.SetLengthAsync(0);
        }
        lock (_gate)
            _emptied.Add((name, newest));
    }

    private void Put(SpareFile file, bool isReserve)
    {
        lock (_gate)
            (isReserve ? _reserve : _spares).Add(file);
    }

    private bool TryTake(List<SpareFile> from, long needed, out SpareFile spare)
    {
        lock (_gate)
        {
            spare = from.FirstOrDefault(file => file.Size >= needed);
            return spare.Name is not null && from.Remove(spare);
        }
    }
}

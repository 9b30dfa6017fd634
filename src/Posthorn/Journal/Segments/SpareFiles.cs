using Posthorn.Files;

namespace Posthorn.Journal.Segments;

/// <summary>
/// Preallocated files that wait to become segments: recycled ones, and the reserve, which is touched only when the disk is full.
/// The writer takes, housekeeping puts back.
/// </summary>
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
    public async ValueTask LoadAsync()
    {
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
                size = file.Length;
            var isReserve = name.StartsWith(ReservePrefix, StringComparison.Ordinal);
            Put(new SpareFile(path, size, IsWritten: !isReserve && !name.StartsWith(PreparedPrefix, StringComparison.Ordinal)), isReserve);
        }
    }

    public bool TryTake(long needed, out SpareFile spare) => TryTake(_spares, needed, out spare);

    public bool TryTakeReserve(long needed, out SpareFile spare) => TryTake(_reserve, needed, out spare);

    /// <summary>Takes a segment's file back: it is kept when there is use for it, else deleted.</summary>
    public async ValueTask RecycleAsync(string name, uint number, long size)
    {
        int spares;
        lock (_gate)
            spares = _spares.Count;
        // Odd sizes, giants and the reserve's, are not worth keeping.
        if (spares >= options.SparesMax || size != options.SegmentBytes)
        {
            await files.DeleteAsync(name);
            return;
        }
        var spare = $"{Folder}/{number:d10}";
        await files.RenameAsync(name, spare);
        // The old name goes first, and for good, before anybody writes into the file: a power failure may lose the file, which is worth nothing,
        // but never leave a segment's name on what is written next.
        await files.FlushFolderAsync(Segment.Folder);
        await files.FlushFolderAsync(Folder);
        Put(new SpareFile(spare, size, IsWritten: true), isReserve: false);
    }

    /// <summary>Makes what is missing of the reserve.</summary>
    /// <exception cref="Posthorn.Engine.StorageFullException">There is no space for it.</exception>
    public async ValueTask RefillAsync()
    {
        for (var i = 0; i < ReserveFiles && ReserveFileBytes > 0; i++)
        {
            var name = $"{Folder}/{ReservePrefix}{i}";
            // Here, or taken: the writer may be about to make a segment of it, so nothing else may get its name before that has another.
            if (files.List(Folder).Contains($"{ReservePrefix}{i}"))
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

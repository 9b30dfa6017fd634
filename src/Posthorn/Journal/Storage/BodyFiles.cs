using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>The folder of bodies that are files of their own.</summary>
internal sealed class BodyFiles(IJournalFileSystem files, Func<ulong> random)
{
    /// <summary>Makes a file aside for a body that is being written.</summary>
    public async ValueTask<(long Id, IJournalFile File)> CreateAsync()
    {
        // A random name: it cannot be one that was in use before a restart and is still named by an old record.
        var id = (long)(random() >> 1) | 1;
        var file = await files.OpenAsync(BodyFileFormat.NameOf(id) + BodyFileFormat.UnfinishedSuffix, OpenIntent.Create);
        return (id, file);
    }

    public async ValueTask FinishAsync(long id)
    {
        var name = BodyFileFormat.NameOf(id);
        await files.RenameAsync(name + BodyFileFormat.UnfinishedSuffix, name);
        await files.FlushFolderAsync(BodyFileFormat.Folder);
    }

    public async ValueTask DeleteAsync(long id)
    {
        await files.DeleteAsync(BodyFileFormat.NameOf(id) + BodyFileFormat.UnfinishedSuffix);
        await files.DeleteAsync(BodyFileFormat.NameOf(id));
    }

    /// <summary>Opens a body's file and reads its checksums.</summary>
    /// <exception cref="BodyLostException">It is gone, or its end is not what was written.</exception>
    public async ValueTask<BlockReader> OpenAsync(LogPosition key, long length)
    {
        IJournalFile file;
        try
        {
            file = await files.OpenAsync(BodyFileFormat.NameOf(key.File), OpenIntent.Read);
        }
        catch (FileNotFoundException e)
        {
            throw new BodyLostException($"The body {key} is gone: its last message was removed.", isDamaged: false, e);
        }
        try
        {
            var end = new byte[(BodyFileFormat.Blocks(length) * sizeof(uint)) + BodyFileFormat.TrailerLength];
            var isWhole = file.Length == length + end.Length && await file.ReadAsync(length, end) == end.Length;
            if (!isWhole || !BodyFileFormat.TryReadEnd(end, length, out var checksums))
                throw new BodyLostException($"The file of the body {key} is damaged: its length or its checksums are not what was written.", isDamaged: true);
            return new BlockReader(key.ToString(), length, checksums, (at, target, _) => file.ReadAsync(at, target), file);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads a body's file through.</summary>
    /// <param name="id">The file.</param>
    /// <param name="pace">Is told how many bytes were read, and may take its time.</param>
    /// <exception cref="BodyLostException">It is gone, or not what was written.</exception>
    public async ValueTask CheckAsync(long id, Func<int, ValueTask> pace)
    {
        var key = LogPosition.OfFile(id);
        await using var body = await OpenAsync(key, await LengthOfAsync(key));
        var buffer = new byte[BodyFileFormat.BlockLength];
        for (long at = 0; at < body.Length;)
        {
            var count = await body.ReadAsync(at, buffer, CancellationToken.None);
            at += count;
            await pace(count);
        }
    }

    private async ValueTask<long> LengthOfAsync(LogPosition key)
    {
        try
        {
            await using var file = await files.OpenAsync(BodyFileFormat.NameOf(key.File), OpenIntent.Read);
            var trailer = new byte[BodyFileFormat.TrailerLength];
            if (file.Length < trailer.Length || await file.ReadAsync(file.Length - trailer.Length, trailer) != trailer.Length
                || BodyFileFormat.LengthOf(trailer) is var length && (length < 0 || length > file.Length))
                throw new BodyLostException($"The file of the body {key} is damaged: its end is not what was written.", isDamaged: true);
            return length;
        }
        catch (FileNotFoundException e)
        {
            throw new BodyLostException($"The body {key} is gone: its last message was removed.", isDamaged: false, e);
        }
    }

    /// <summary>Removes what no message names: bodies whose commit was never made, or whose file outlived its last message in a crash.</summary>
    public async ValueTask RemoveOrphansAsync(Func<LogPosition, bool> isNamed)
    {
        foreach (var name in files.List(BodyFileFormat.Folder))
        {
            if (!BodyFileFormat.TryParse(name, out var id) || !isNamed(LogPosition.OfFile(id)))
                await files.DeleteAsync($"{BodyFileFormat.Folder}/{name}");
        }
    }
}

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
    public async ValueTask<BodyFile> OpenAsync(LogPosition key, long length)
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
            return new BodyFile(key, file, length, checksums);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes what no message names: bodies whose commit was never made, or whose file outlived its last message in a crash.</summary>
    public async ValueTask RemoveOrphansAsync(Func<LogPosition, bool> isNamed)
    {
        foreach (var name in files.List(BodyFileFormat.Folder))
        {
            var isBody = long.TryParse(name, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var id) && name.Length == 16;
            if (!isBody || !isNamed(LogPosition.OfFile(id)))
                await files.DeleteAsync($"{BodyFileFormat.Folder}/{name}");
        }
    }
}

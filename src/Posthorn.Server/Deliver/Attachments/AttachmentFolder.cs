using System.Text;
using Posthorn.Files;
using Posthorn.Protocols.Mime;

namespace Posthorn.Server.Deliver.Attachments;

/// <summary>
/// A folder that files are saved to so that whoever looks into it sees whole files only, each once: a file is written under a hidden name, synced, given
/// its own name, and the folder synced. The name is made of the message's id and the part's number, so what is saved again after a crash takes
/// the place of what was saved before, and nothing else ever does.
/// </summary>
/// <remarks>
/// Several processes may use one folder. A crash may leave a hidden file (<c>.NAME.….part</c>); those a day old are removed when a folder is opened.
/// Diagnostics: what cannot be written throws and leaves nothing under its own name. Limits: the size of what is read at once.
/// </remarks>
/// <param name="files">The folder.</param>
public sealed class AttachmentFolder(IJournalFileSystem files)
{
    private const int SliceBytes = 64 * 1024;
    private const string LeftoverPattern = ".*.part";

    /// <summary>What the hidden name has more than the file's own: two dots, 32 digits, <c>.part</c>.</summary>
    private const int HiddenNameBytes = 1 + 1 + 32 + 5;

    /// <summary>How long a hidden file may be somebody's who is still writing it.</summary>
    private static readonly TimeSpan s_leftoverAge = TimeSpan.FromDays(1);

    /// <summary>Takes a folder of a real disk, made when it does not exist, and removes what crashes left in it.</summary>
    /// <exception cref="UnauthorizedAccessException">It cannot be made or looked at.</exception>
    public static PhysicalFileSystem Open(string folder, TimeProvider time)
    {
        var files = PhysicalFileSystem.OpenShared(folder);
        var before = time.GetUtcNow().UtcDateTime - s_leftoverAge;
        foreach (var leftover in new DirectoryInfo(folder).EnumerateFiles(LeftoverPattern))
        {
            if (leftover.LastWriteTimeUtc < before)
                leftover.Delete();
        }
        return files;
    }

    /// <summary>The name of a file: <c>ID-NUMBER-NAME</c>, at most as long as file systems take.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="number">Which of its files: 1 and up.</param>
    /// <param name="wanted">What it would be called; made safe.</param>
    public static string NameOf(string id, int number, string wanted)
    {
        var front = $"{id}-{number}-";
        wanted = FileName.Safe(wanted) ?? "attachment";
        // The end holds the extension, so what is too long loses its beginning.
        while (Encoding.UTF8.GetByteCount(front) + Encoding.UTF8.GetByteCount(wanted) > FileName.BytesMax - HiddenNameBytes)
            wanted = wanted[(char.IsHighSurrogate(wanted[0]) ? 2 : 1)..];
        return FileName.Safe(front + wanted)!;
    }

    /// <summary>Saves a file. On stable storage with its bytes when the task completes; its name is after <see cref="FlushAsync"/>.</summary>
    /// <param name="name">Its name, by <see cref="NameOf"/>.</param>
    /// <param name="content">Its bytes, read to their end.</param>
    /// <param name="cancellationToken">Ends it; nothing stands under the name then.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public async ValueTask SaveAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        // Nobody else's: two who save the same file at once, one of whom has lost its lease, must not write into each other's.
        var aside = $".{name}.{Guid.NewGuid():N}.part";
        try
        {
            await using (var file = await files.OpenAsync(aside, OpenIntent.Create))
            {
                var slice = new byte[SliceBytes];
                for (long offset = 0; await content.ReadAtLeastAsync(slice, slice.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var read; offset += read)
                    await file.WriteAsync(offset, slice.AsMemory(0, read));
                await file.FlushAsync();
            }
            await files.RenameAsync(aside, name);
        }
        catch
        {
            await files.DeleteAsync(aside);
            throw;
        }
    }

    /// <summary>Puts the names of what was saved on stable storage: to be done before what they come from is let go.</summary>
    public ValueTask FlushAsync() => files.FlushFolderAsync("");
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Storage;

namespace Posthorn.Bodies;

/// <summary>Bodies as files of a folder, which several nodes may share (NFS and the like). Each is written aside, synced, given its name, and the name synced.</summary>
/// <remarks>
/// The files are <c>owner/ab/id</c>, 256 sub-folders an owner, each body with its checksums behind it (docs/formats/journal.md, body files).
/// <para><i>Diagnostics.</i> An owner's mark that is missing is told as a share that is not mounted, before anything is written: else bodies would go to the disk
/// below the mount point, and those that are there would be told as lost.</para>
/// <para><i>Limits.</i> A folder behind a network that hangs makes calls hang for as long as its mount options say.</para>
/// </remarks>
/// <param name="files">The folder; the store closes it when it can be closed.</param>
/// <param name="place">What people call it.</param>
public sealed class FolderBodyStore(IJournalFileSystem files, string place) : IBodyStore
{
    private const string UnfinishedSuffix = ".tmp";

    // The uploads of this process that go on, by name.
    private readonly ConcurrentDictionary<BodyName, bool> _uploads = new();

    /// <inheritdoc/>
    public string Place => place;

    private IJournalFileSystem Folder => files;

    /// <summary>The store in a folder of a real disk, made when it does not exist.</summary>
    /// <exception cref="BodyStoreUnusableException">It cannot be made.</exception>
    public static FolderBodyStore Open(string folder)
    {
        try
        {
            return new FolderBodyStore(PhysicalFileSystem.OpenShared(folder), folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BodyStoreUnusableException($"The folder {folder} for bodies cannot be made: {e.Message} Name one that this user may write to.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!name.IsMark)
            await ThrowIfAwayAsync(name.Owner);
        _uploads[name] = true;
        try
        {
            // A mark that a crash cut off is written again; no other name is.
            if (name.IsMark)
                await files.DeleteAsync(name.Path + UnfinishedSuffix);
            return new Upload(this, name, await files.OpenAsync(name.Path + UnfinishedSuffix, OpenIntent.Create));
        }
        catch (Exception e)
        {
            _uploads.TryRemove(name, out _);
            throw Told(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IJournalFile file;
        try
        {
            file = await files.OpenAsync(name.Path, OpenIntent.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (!name.IsMark)
                await ThrowIfAwayAsync(name.Owner);
            throw new BodyLostException($"The file {name} is not in {place}.", isDamaged: false, e);
        }
        catch (Exception e)
        {
            throw Told(e);
        }
        try
        {
            var end = new byte[(BodyFileFormat.Blocks(length) * sizeof(uint)) + BodyFileFormat.TrailerLength];
            var isWhole = file.Length == length + end.Length && await file.ReadAsync(length, end) == end.Length;
            if (!isWhole || !BodyFileFormat.TryReadEnd(end, length, out var checksums))
                throw new BodyLostException($"The file {name} in {place} is damaged: its length or its checksums are not what was written.", isDamaged: true);
            return new BlockReader(name.Path, length, checksums, (at, buffer, _) => ReadAsync(file, at, buffer), file);
        }
        catch (Exception e)
        {
            await file.DisposeAsync();
            throw Told(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var name in names)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await files.DeleteAsync(name.Path);
                folders.Add(FolderOf(name));
            }
            foreach (var folder in folders)
                await files.FlushFolderAsync(folder);
        }
        catch (Exception e)
        {
            throw Told(e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FoundBody> ListAsync(Guid owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (name, writtenAt) in Files(owner, "", cancellationToken))
        {
            if (!name.IsMark)
                yield return new FoundBody(name, writtenAt);
        }
    }

    /// <inheritdoc/>
    public async ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (name, writtenAt) in Files(owner, UnfinishedSuffix, cancellationToken))
            {
                if (writtenAt < before && !_uploads.ContainsKey(name))
                    await files.DeleteAsync(name.Path + UnfinishedSuffix);
            }
        }
        catch (Exception e)
        {
            throw Told(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        (files as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string FolderOf(BodyName name) => Path.GetDirectoryName(name.Path)!.Replace('\\', '/');

    private Exception Told(Exception fault) => fault switch
    {
        EngineUnavailableException or StorageFullException or BodyLostException or OperationCanceledException => fault,
        _ when NoSpace.Is(fault) => new StorageFullException($"There is no space for bodies in {place}."),
        UnauthorizedAccessException => new EngineUnavailableException($"The folder {place} refuses this user: {fault.Message} Give him the right to read and write there.", inner: fault),
        IOException => new EngineUnavailableException($"The folder {place} cannot be used: {fault.Message} Is the share there, and mounted?", inner: fault),
        _ => fault,
    };

    private async ValueTask<int> ReadAsync(IJournalFile file, long offset, Memory<byte> buffer)
    {
        try
        {
            return await file.ReadAsync(offset, buffer);
        }
        catch (Exception e)
        {
            throw Told(e);
        }
    }

    private async ValueTask ThrowIfAwayAsync(Guid owner)
    {
        try
        {
            await (await files.OpenAsync(BodyName.MarkOf(owner).Path, OpenIntent.Read)).DisposeAsync();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EngineUnavailableException($"The mark {BodyName.MarkOf(owner)} is missing in {place}: is the share mounted?", inner: e);
        }
        catch (Exception e)
        {
            throw Told(e);
        }
    }

    private IEnumerable<(BodyName Name, DateTimeOffset WrittenAt)> Files(Guid owner, string suffix, CancellationToken cancellationToken)
    {
        foreach (var folder in BodyName.FoldersOf(owner))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var file in files.List(folder))
            {
                if (file.EndsWith(suffix, StringComparison.Ordinal) && BodyName.Parse($"{folder}/{file[..^suffix.Length]}") is { } name)
                    yield return (name, files.WrittenAt($"{folder}/{file}"));
            }
        }
    }

    /// <summary>A file that is being written aside.</summary>
    private sealed class Upload(FolderBodyStore store, BodyName name, IJournalFile file) : BlockUpload(256 << 10)
    {
        private long _written;

        protected override async ValueTask SendAsync(byte[] piece, int count, CancellationToken cancellationToken)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                await file.WriteAsync(_written, piece.AsMemory(0, count));
                _written += count;
            }
            catch (Exception e)
            {
                throw store.Told(e);
            }
            finally
            {
                GiveBack(piece);
            }
        }

        protected override async ValueTask FinishAsync(byte[] piece, int count, CancellationToken cancellationToken)
        {
            await SendAsync(piece, count, cancellationToken);
            try
            {
                await file.FlushAsync();
                await file.DisposeAsync();
                await store.Folder.RenameAsync(name.Path + UnfinishedSuffix, name.Path);
                await store.Folder.FlushFolderAsync(FolderOf(name));
                if (name.IsMark)
                    await store.Folder.FlushFolderAsync("");
            }
            catch (Exception e)
            {
                throw store.Told(e);
            }
            store._uploads.TryRemove(name, out _);
        }

        protected override async ValueTask AbandonAsync()
        {
            try
            {
                await file.DisposeAsync();
                await store.Folder.DeleteAsync(name.Path + UnfinishedSuffix);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is ended when it is old.
            }
            store._uploads.TryRemove(name, out _);
        }
    }
}

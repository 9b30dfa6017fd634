using System.Text;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>The bodies that are in a store outside of the journal's folder. Their numbers are even; those of files are odd.</summary>
/// <param name="store">The store.</param>
/// <param name="owner">The journal's name there.</param>
/// <param name="random">64 bits, each call others.</param>
internal sealed class OutsideBodies(IBodyStore store, Guid owner, Func<ulong> random)
{
    /// <summary>The file with the journal's name in stores.</summary>
    public const string OwnerFile = "bodies-owner";

    private const int RemovedAtOnce = 500;

    // Guards the numbers of the bodies that no commit has named yet, and that somebody may still name.
    private readonly Lock _gate = new();
    private readonly HashSet<LogPosition> _pending = [];

    public string Place => store.Place;

    public BodyName NameOf(LogPosition key) => BodyName.Numbered(owner, key.File);

    /// <summary>Reads a journal's name in stores.</summary>
    /// <returns>Null when it has none.</returns>
    public static async ValueTask<Guid?> OwnerAsync(IJournalFileSystem files)
    {
        if (!files.List("").Contains(OwnerFile))
            return null;
        await using var file = await files.OpenAsync(OwnerFile, OpenIntent.Read);
        var text = new byte[32];
        return await file.ReadAsync(0, text) == text.Length && Guid.TryParseExact(Encoding.ASCII.GetString(text), "n", out var owner) ? owner : null;
    }

    /// <summary>Gives a journal a name in stores.</summary>
    public static async ValueTask WriteOwnerAsync(IJournalFileSystem files, Guid owner)
    {
        const string Aside = OwnerFile + BodyFileFormat.UnfinishedSuffix;
        await files.DeleteAsync(Aside);
        await using (var file = await files.OpenAsync(Aside, OpenIntent.Create))
        {
            await file.WriteAsync(0, Encoding.ASCII.GetBytes($"{owner:n}\n"));
            await file.FlushAsync();
        }
        await files.RenameAsync(Aside, OwnerFile);
        await files.FlushFolderAsync("");
    }

    /// <summary>Begins to write a body under a new number.</summary>
    public async ValueTask<(LogPosition Key, IBodyUpload Upload)> BeginAsync(CancellationToken cancellationToken)
    {
        var key = LogPosition.OfOutside(random());
        lock (_gate)
            _pending.Add(key);
        try
        {
            return (key, await store.BeginAsync(NameOf(key), cancellationToken));
        }
        catch
        {
            Forget(key);
            throw;
        }
    }

    /// <summary>A commit has named the body, or nobody will.</summary>
    public void Forget(LogPosition key)
    {
        lock (_gate)
            _pending.Remove(key);
    }

    public ValueTask<IBodyReader> OpenAsync(LogPosition key, long length, long offset, CancellationToken cancellationToken) =>
        store.OpenAsync(NameOf(key), length, offset, cancellationToken);

    public ValueTask RemoveAsync(IReadOnlyCollection<LogPosition> keys, CancellationToken cancellationToken) => store.RemoveAsync([.. keys.Select(NameOf)], cancellationToken);

    /// <summary>Reads a body through.</summary>
    /// <exception cref="BodyLostException">It is not there, or not what was written.</exception>
    public async ValueTask CheckAsync(LogPosition key, long length, CancellationToken cancellationToken)
    {
        await using var reader = await OpenAsync(key, length, 0, cancellationToken);
        var buffer = new byte[BodyFileFormat.BlockLength];
        for (long at = 0; at < length;)
            at += await reader.ReadAsync(at, buffer, cancellationToken);
    }

    /// <summary>Removes what no message has and nobody can name any more: what a crash left between an upload and its commit, or between a removal and the store's.</summary>
    /// <param name="before">Only what was written before.</param>
    /// <param name="isNamed">Whether a message has a body.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask RemoveStrayAsync(DateTimeOffset before, Func<LogPosition, bool> isNamed, CancellationToken cancellationToken)
    {
        await store.EndUploadsAsync(owner, before, cancellationToken);
        var stray = new List<BodyName>();
        await foreach (var found in store.ListAsync(owner, cancellationToken))
        {
            if (found.WrittenAt >= before || IsWanted(found.Name, isNamed))
                continue;
            stray.Add(found.Name);
            if (stray.Count < RemovedAtOnce)
                continue;
            await store.RemoveAsync(stray, cancellationToken);
            stray.Clear();
        }
        if (stray.Count > 0)
            await store.RemoveAsync(stray, cancellationToken);
    }

    // In this order: a body is named before it is no longer pending.
    private bool IsWanted(BodyName name, Func<LogPosition, bool> isNamed)
    {
        var key = LogPosition.OfFile(name.Number);
        lock (_gate)
        {
            if (_pending.Contains(key))
                return true;
        }
        return isNamed(key);
    }
}

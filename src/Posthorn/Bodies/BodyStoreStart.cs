using Posthorn.Engine;

namespace Posthorn.Bodies;

/// <summary>Tries a store before an engine relies on it.</summary>
internal static class BodyStoreStart
{
    /// <summary>Looks whether the store is the owner's, which its mark says, and writes, reads and removes a small body.</summary>
    /// <param name="store">The store.</param>
    /// <param name="owner">Whose bodies it is to keep.</param>
    /// <param name="trial">The id of the small body; nobody else's.</param>
    /// <param name="hasBodies">Whether the owner has bodies in a store: then the mark must be there already.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BodyStoreUnusableException">It cannot be used; the message says why and what to do.</exception>
    public static async Task RunAsync(IBodyStore store, Guid owner, Guid trial, bool hasBodies, CancellationToken cancellationToken)
    {
        try
        {
            if (!await HasMarkAsync(store, owner, cancellationToken))
            {
                if (hasBodies)
                {
                    throw new BodyStoreUnusableException(
                        $"The body store {store.Place} is not the one in which these queues have bodies: the mark {BodyName.MarkOf(owner)} is not there. "
                        + "Name the store they were written to, or copy all of it to the new place first.");
                }
                await MarkAsync(store, owner, cancellationToken);
            }
            await TryAsync(store, new BodyName(owner, trial), cancellationToken);
        }
        catch (Exception e) when (e is EngineUnavailableException or StorageFullException or BodyLostException)
        {
            throw new BodyStoreUnusableException($"The body store {store.Place} cannot be used: {e.Message}", e);
        }
    }

    private static byte[] MarkBytes { get; } = "Bodies of Posthorn's messages are beside this file. It says that they are in the right place.\n"u8.ToArray();

    private static async Task MarkAsync(IBodyStore store, Guid owner, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(store, BodyName.MarkOf(owner), MarkBytes, cancellationToken);
        }
        catch (EngineUnavailableException)
        {
            // Another node that starts at the same time may have been quicker, and in the way.
            if (!await HasMarkAsync(store, owner, cancellationToken))
                throw;
        }
    }

    private static async Task<bool> HasMarkAsync(IBodyStore store, Guid owner, CancellationToken cancellationToken)
    {
        try
        {
            await (await store.OpenAsync(BodyName.MarkOf(owner), MarkBytes.Length, 0, cancellationToken)).DisposeAsync();
            return true;
        }
        catch (BodyLostException e) when (!e.IsDamaged)
        {
            return false;
        }
    }

    private static async Task TryAsync(IBodyStore store, BodyName name, CancellationToken cancellationToken)
    {
        await WriteAsync(store, name, MarkBytes, cancellationToken);
        await using (var reader = await store.OpenAsync(name, MarkBytes.Length, 0, cancellationToken))
        {
            var read = new byte[MarkBytes.Length];
            for (var at = 0; at < read.Length;)
                at += await reader.ReadAsync(at, read.AsMemory(at), cancellationToken);
        }
        await store.RemoveAsync([name], cancellationToken);
    }

    private static async Task WriteAsync(IBodyStore store, BodyName name, byte[] bytes, CancellationToken cancellationToken)
    {
        await using var upload = await store.BeginAsync(name, cancellationToken);
        await upload.WriteAsync(bytes, cancellationToken);
        await upload.CompleteAsync(cancellationToken);
    }
}

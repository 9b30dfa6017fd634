namespace Posthorn.Engine.Transfer;

/// <summary>A store that nobody serves, opened to be read whole: what it holds stays as it is. Made by an engine.</summary>
public abstract class TransferSource : IAsyncDisposable
{
    private protected TransferSource()
    {
    }

    /// <summary>What people call it; no secrets in it.</summary>
    public abstract string Name { get; }

    /// <summary>Messages in it, consumed ones that are kept included.</summary>
    public long Messages => Manifest.Messages;

    /// <summary>Bytes of their content; a body shared by several counts in each.</summary>
    public long Bytes => Manifest.Bytes;

    /// <summary>Its queues.</summary>
    public int Queues => Manifest.Queues.Count;

    internal abstract TransferManifest Manifest { get; }

    /// <summary>The messages behind an id, ascending by id.</summary>
    /// <exception cref="BodyLostException">One cannot be read.</exception>
    internal abstract IAsyncEnumerable<TransferMessage> ReadAsync(ulong after, CancellationToken cancellationToken);

    /// <summary>The messages up to an id whose bodies others may refer to, with the key of the body.</summary>
    internal abstract ValueTask<IReadOnlyList<(ulong Message, long Body)>> SharedBodiesAsync(ulong until, CancellationToken cancellationToken);

    /// <summary>Opens a body that was too long to come with its message.</summary>
    internal abstract ValueTask<Stream> OpenBodyAsync(TransferMessage message, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

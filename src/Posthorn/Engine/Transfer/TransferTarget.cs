namespace Posthorn.Engine.Transfer;

/// <summary>An empty store into which another is moved, or one into which that was begun. Made by an engine.</summary>
/// <remarks>
/// A batch is there whole or not at all, and on stable storage when its write completes. Messages come by id, so the highest id says how far it has come.
/// From <see cref="BeginAsync"/> to <see cref="CompleteAsync"/> a <see cref="TransferMark"/> stands in it, and nobody serves it.
/// </remarks>
public abstract class TransferTarget : IAsyncDisposable
{
    private protected TransferTarget()
    {
    }

    /// <summary>What people call it; no secrets in it.</summary>
    public abstract string Name { get; }

    /// <summary>Looks whether a source could be moved here, and changes nothing.</summary>
    /// <returns>How far that has come already; null when nothing was begun.</returns>
    /// <exception cref="TransferException">It is not empty, or something else was begun.</exception>
    internal abstract ValueTask<TransferPosition?> LookAsync(TransferMark mark, CancellationToken cancellationToken);

    /// <summary>Makes the queues, with the mark; or finds how far it has come.</summary>
    /// <exception cref="TransferException">It is not empty, or something else was begun.</exception>
    internal abstract ValueTask<TransferPosition> BeginAsync(TransferMark mark, TransferManifest manifest, CancellationToken cancellationToken);

    /// <summary>Adds messages as they are, and says in <see cref="TransferBody.TargetKey"/> where bodies are that others may refer to.</summary>
    internal abstract ValueTask WriteAsync(TransferBatch batch, TransferSource source, CancellationToken cancellationToken);

    /// <summary>The keys of the bodies of messages that are there, in their order.</summary>
    internal abstract ValueTask<IReadOnlyList<long>> BodiesOfAsync(IReadOnlyList<ulong> messages, CancellationToken cancellationToken);

    /// <summary>Writes what is not messages: documents, keys, counters. May happen again.</summary>
    internal abstract ValueTask SettleAsync(TransferManifest manifest, CancellationToken cancellationToken);

    /// <summary>Opens it to be compared. Nothing is written until that is closed.</summary>
    internal abstract ValueTask<TransferSource> ReadBackAsync(CancellationToken cancellationToken);

    /// <summary>Removes the mark: from now on it may be served.</summary>
    internal abstract ValueTask CompleteAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

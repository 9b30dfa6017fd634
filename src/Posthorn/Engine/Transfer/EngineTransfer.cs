namespace Posthorn.Engine.Transfer;

/// <summary>Moves all that one store holds into another, whatever engines they are of: the same afterwards, down to ids, numbers and times.</summary>
/// <remarks>
/// The source is only read. It may be ended at any point and be called again: it goes on behind the last batch that is on stable storage. The target is
/// served only when both were compared. Leases do not move: what somebody held is ready, with its receive count.
/// </remarks>
public static class EngineTransfer
{
    private const int SharedAtOnce = 1_000;

    /// <summary>Looks whether the source could be moved, and changes nothing.</summary>
    /// <returns>Messages that an earlier attempt has moved already; null when none was begun.</returns>
    /// <exception cref="TransferException">The target is not empty, or something else was begun there.</exception>
    public static async Task<long?> LookAsync(TransferSource source, TransferTarget target, CancellationToken cancellationToken = default) =>
        (await target.LookAsync(MarkOf(source), cancellationToken))?.Messages;

    /// <summary>Moves, compares, and lets the target be served when both hold the same.</summary>
    /// <param name="source">What is moved.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Is told after each batch; null when nobody asks.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <returns>What was compared. When it is not the same the target stays closed to servers.</returns>
    /// <exception cref="TransferException">It cannot be begun, or cannot go on.</exception>
    public static async Task<TransferComparison> RunAsync(
        TransferSource source, TransferTarget target, TimeProvider time, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var position = await target.BeginAsync(MarkOf(source), source.Manifest, cancellationToken);
        await CopyAsync(source, target, position, progress, cancellationToken);
        await target.SettleAsync(source.Manifest, cancellationToken);
        TransferComparison comparison;
        await using (var copy = await target.ReadBackAsync(cancellationToken))
            comparison = await CompareAsync(source, copy, time, progress, cancellationToken);
        if (comparison.IsSame)
            await target.CompleteAsync(cancellationToken);
        return comparison;
    }

    /// <summary>Compares two stores that nobody serves.</summary>
    public static Task<TransferComparison> CompareAsync(
        TransferSource source, TransferSource other, TimeProvider time, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new Comparing(source, other, progress, time).RunAsync(cancellationToken);

    private static TransferMark MarkOf(TransferSource source) => new(source.Manifest.Fingerprint(), source.Name);

    private static async Task CopyAsync(
        TransferSource source, TransferTarget target, TransferPosition position, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var shared = await FindSharedAsync(source, target, position.After, cancellationToken);
        var (messages, bytes) = (position.Messages, position.Bytes);
        Report();
        await using var reader = source.ReadAsync(position.After, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var reading = ReadAsync(reader);
        try
        {
            while (await reading is { Items.Count: > 0 } batch)
            {
                reading = ReadAsync(reader); // while this one is written
                foreach (var (key, body) in batch.Bodies)
                    body.TargetKey = shared.TryGetValue(key, out var known) ? known : null;
                await target.WriteAsync(batch, source, cancellationToken);
                foreach (var (key, body) in batch.Bodies.Where(body => body.Value.IsShared))
                    shared[key] = body.TargetKey ?? throw new InvalidOperationException("The target does not say where a shared body is.");
                (messages, bytes) = (messages + batch.Items.Count, bytes + batch.ContentBytes);
                Report();
            }
        }
        finally
        {
            await Task.WhenAny(reading); // the reader is closed behind it
        }

        void Report() => progress?.Report(new TransferProgress(TransferStage.Copying, messages, source.Messages, bytes, source.Bytes, position.Messages));
    }

    /// <summary>Where the bodies are in the target that messages still to come may refer to: those that were moved by an earlier attempt.</summary>
    private static async Task<Dictionary<long, long>> FindSharedAsync(TransferSource source, TransferTarget target, ulong until, CancellationToken cancellationToken)
    {
        var found = new Dictionary<long, long>();
        if (until == 0)
            return found;
        var first = new Dictionary<long, ulong>();
        foreach (var (message, body) in await source.SharedBodiesAsync(until, cancellationToken))
            first.TryAdd(body, message);
        foreach (var some in first.Chunk(SharedAtOnce))
        {
            var bodies = await target.BodiesOfAsync([.. some.Select(one => one.Value)], cancellationToken);
            for (var i = 0; i < some.Length; i++)
                found.Add(some[i].Key, bodies[i]);
        }
        return found;
    }

    private static async Task<TransferBatch> ReadAsync(IAsyncEnumerator<TransferMessage> reader)
    {
        var batch = new TransferBatch();
        while (!batch.IsFull && await reader.MoveNextAsync())
            batch.Add(reader.Current);
        return batch;
    }
}

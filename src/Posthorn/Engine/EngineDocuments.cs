using Posthorn.Commits;

namespace Posthorn.Engine;

/// <summary>Documents that are made when they are first needed.</summary>
public static class EngineDocuments
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>A document; made when there is none, once for all nodes of a store, whoever of them comes first.</summary>
    /// <param name="engine">The store.</param>
    /// <param name="key">The document's key.</param>
    /// <param name="make">Makes it. What it returns is thrown away when another node was quicker.</param>
    /// <param name="time">The clock by which the other node's document is waited for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EngineUnavailableException">The store cannot be reached, or another node's document does not arrive within a minute.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> DocumentAsync(
        this IEngine engine, string key, Func<byte[]> make, TimeProvider time, CancellationToken cancellationToken = default)
    {
        if (engine.Document(key) is { } kept)
            return kept;
        var made = make();
        var result = await engine.CommitAsync(new Commit { IdempotencyKey = $"made/{key}" }.SetDocument(key, made), cancellationToken);
        if (!result.IsRepeat)
            return made;
        var started = time.GetTimestamp();
        while (true)
        {
            if (engine.Document(key) is { } others)
                return others;
            if (time.GetElapsedTime(started) > Patience)
                throw new EngineUnavailableException($"The document '{key}' was made by another node and does not arrive.");
            await Task.Delay(Look, time, cancellationToken);
        }
    }
}

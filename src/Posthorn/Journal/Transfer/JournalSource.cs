using System.Runtime.CompilerServices;
using Posthorn.Engine.Transfer;
using Posthorn.Files;

namespace Posthorn.Journal.Transfer;

/// <summary>A journal that nobody serves, to be read whole; its folder stays as it is.</summary>
/// <remarks>Messages are read by id, <see cref="PlacesMax"/> places of them at a time: with more messages than that, all are listed once for each so many.</remarks>
public sealed class JournalSource : TransferSource
{
    private const int ReadAtOnce = 256;

    /// <summary>Places held at once: some 50 MB.</summary>
    private const int PlacesMax = 1 << 20;

    private readonly JournalEngine _engine;
    private readonly int _placesMax;

    private JournalSource(JournalEngine engine, string name, int placesMax)
    {
        (_engine, Name, _placesMax) = (engine, name, placesMax);
        Manifest = engine.Manifest();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    internal override TransferManifest Manifest { get; }

    /// <summary>Opens the journal of a folder.</summary>
    /// <param name="files">The folder; the caller's.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="JournalDamagedException">What was acknowledged is not on the disk.</exception>
    /// <exception cref="TransferUnfinishedException">Another store is being moved into it.</exception>
    public static async Task<JournalSource> OpenAsync(IJournalFileSystem files, string name, JournalOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var source = await OpenAsync(files, name, options, time, PlacesMax, cancellationToken);
        if (source._engine.TransferMark is not { } mark)
            return source;
        await source.DisposeAsync();
        throw new TransferUnfinishedException(mark.Source);
    }

    /// <summary>As the other, but also one that is not whole yet.</summary>
    internal static async Task<JournalSource> OpenAsync(
        IJournalFileSystem files, string name, JournalOptions options, TimeProvider time, int placesMax, CancellationToken cancellationToken = default) =>
        new(await JournalEngine.OpenToExportAsync(new OverlayFileSystem(files), options, time, cancellationToken), name, placesMax);

    internal override async IAsyncEnumerable<TransferMessage> ReadAsync(ulong after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _engine.PlacesAsync(after, _placesMax, cancellationToken) is { Count: > 0 } places)
        {
            foreach (var some in places.Chunk(ReadAtOnce))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var message in await _engine.ReadAsync(some, cancellationToken))
                    yield return message;
            }
            if (places.Count < _placesMax)
                yield break;
            after = places[^1].Id;
        }
    }

    internal override ValueTask<IReadOnlyList<(ulong Message, long Body)>> SharedBodiesAsync(ulong until, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<(ulong, long)>>(_engine.SharedBodies(until));

    internal override ValueTask<Stream> OpenBodyAsync(TransferMessage message, CancellationToken cancellationToken) =>
        _engine.OpenBodyAsync(message.Record, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _engine.AbandonAsync();
        GC.SuppressFinalize(this);
    }
}

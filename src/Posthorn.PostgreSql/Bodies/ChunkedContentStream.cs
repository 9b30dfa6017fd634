using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Content whose body is in chunks, of which one is held.</summary>
internal sealed class ChunkedContentStream(Content content, IBodyStore store, long bodyId) : ContentStream(content)
{
    private byte[] _chunk = [];
    private int _chunkNumber = -1;

    /// <summary>Reads the first chunk, so that a body that is gone is told at once.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (Content.Body.Length > Content.Skip)
            await LoadAsync(Content.Skip, cancellationToken);
    }

    protected override ValueTask<int> ReadBodyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        _chunkNumber == offset / store.ChunkBytes ? ValueTask.FromResult(CopyAt(offset, buffer)) : LoadAndReadAsync(offset, buffer, cancellationToken);

    private async ValueTask<int> LoadAndReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await LoadAsync(offset, cancellationToken);
        return CopyAt(offset, buffer);
    }

    private int CopyAt(long offset, Memory<byte> buffer) => Copy(_chunk.AsSpan((int)(offset % store.ChunkBytes)), buffer.Span);

    private async Task LoadAsync(long offset, CancellationToken cancellationToken)
    {
        var number = (int)(offset / store.ChunkBytes);
        var chunk = await store.ReadAsync(bodyId, number, cancellationToken) ?? throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        if (chunk.Length != Math.Min(store.ChunkBytes, Content.Body.Length - ((long)number * store.ChunkBytes)))
            throw new BodyLostException($"Chunk {number} of the body has {chunk.Length} bytes, which is not its length.", isDamaged: true);
        (_chunk, _chunkNumber) = (chunk, number);
    }
}

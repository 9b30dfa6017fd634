using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Reads a body from its chunks, of which one is held.</summary>
internal sealed class TableReader(IBodySql sql, long body, long length) : IBodyReader
{
    private byte[] _chunk = [];
    private int _number = -1;

    /// <summary>Reads the chunk at a place, so that a body that is gone is told at once.</summary>
    public async Task PrepareAsync(long offset, CancellationToken cancellationToken)
    {
        if (offset < length)
            await LoadAsync((int)(offset / TableBodyStore.ChunkBytes), cancellationToken);
    }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var number = (int)(offset / TableBodyStore.ChunkBytes);
        if (number != _number)
            await LoadAsync(number, cancellationToken);
        var rest = _chunk.AsMemory((int)(offset % TableBodyStore.ChunkBytes));
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return count;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task LoadAsync(int number, CancellationToken cancellationToken)
    {
        var found = await sql.RowsAsync(
            "SELECT bytes, checksum FROM posthorn.body_chunks WHERE body_id = $1 AND chunk = $2", [body, number], row => (row.GetFieldValue<byte[]>(0), row.GetInt64(1)), cancellationToken);
        if (found is not [var (bytes, checksum)])
            throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        PostgresBody.Verify(bytes, checksum);
        if (bytes.Length != Math.Min(TableBodyStore.ChunkBytes, length - ((long)number * TableBodyStore.ChunkBytes)))
            throw new BodyLostException($"Chunk {number} of the body has {bytes.Length} bytes, which is not its length.", isDamaged: true);
        (_chunk, _number) = (bytes, number);
    }
}

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Large bodies in the table <c>body_chunks</c>.</summary>
/// <param name="count">Runs a statement of which no row is wanted.</param>
/// <param name="read">Runs a statement and reads its first row: bytes and checksum; null when there is none.</param>
internal sealed class TableBodyStore(
    Func<string, object[], CancellationToken, Task> count, Func<string, object[], CancellationToken, Task<(byte[] Bytes, long Checksum)?>> read) : IBodyStore
{
    /// <remarks>256 KiB: 128 pages of TOAST, so that a chunk's own cost does not count, and a reader holds little.</remarks>
    public int ChunkBytes => 256 << 10;

    public Task WriteAsync(long body, int chunk, byte[] bytes, CancellationToken cancellationToken) => count(
        "INSERT INTO posthorn.body_chunks (body_id, chunk, checksum, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT (body_id, chunk) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes",
        [body, chunk, PostgresBody.ChecksumOf(bytes), bytes], cancellationToken);

    public async Task<byte[]?> ReadAsync(long body, int chunk, CancellationToken cancellationToken)
    {
        var found = await read("SELECT bytes, checksum FROM posthorn.body_chunks WHERE body_id = $1 AND chunk = $2", [body, chunk], cancellationToken);
        if (found is not { } one)
            return null;
        PostgresBody.Verify(one.Bytes, one.Checksum);
        return one.Bytes;
    }

    public Task RemoveAsync(IReadOnlyList<long> bodies, CancellationToken cancellationToken) =>
        count("DELETE FROM posthorn.body_chunks WHERE body_id = ANY ($1)", [bodies.ToArray()], cancellationToken);
}

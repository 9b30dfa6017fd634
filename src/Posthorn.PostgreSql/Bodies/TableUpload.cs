using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>A body on its way into chunks, each a transaction of its own.</summary>
internal sealed class TableUpload(IBodySql sql, long body) : IBodyUpload
{
    private const string Insert = """
        INSERT INTO posthorn.body_chunks (body_id, chunk, checksum, bytes) VALUES ($1, $2, $3, $4)
        ON CONFLICT (body_id, chunk) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes
        """;

    private readonly byte[] _chunk = new byte[TableBodyStore.ChunkBytes];
    private int _filled;
    private int _number;
    private bool _isEnded;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, _chunk.Length - _filled);
            bytes[..count].CopyTo(_chunk.AsMemory(_filled));
            _filled += count;
            bytes = bytes[count..];
            if (_filled == _chunk.Length)
                await SendAsync(cancellationToken);
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isEnded, this);
        if (_filled > 0)
            await SendAsync(cancellationToken);
        _isEnded = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        try
        {
            if (_number > 0)
                await sql.RunAsync("DELETE FROM posthorn.body_chunks WHERE body_id = $1", [body], CancellationToken.None);
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            // They go with the body's row, which nothing refers to.
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        var bytes = _chunk.AsSpan(0, _filled).ToArray();
        await sql.RunAsync(Insert, [body, _number, PostgresBody.ChecksumOf(bytes), bytes], cancellationToken);
        _filled = 0;
        _number++;
    }
}

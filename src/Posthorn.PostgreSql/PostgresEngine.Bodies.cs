using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;

namespace Posthorn.PostgreSql;

/// <summary>Bodies: small ones in their rows, large ones in chunks that are there before the commit that names them.</summary>
public sealed partial class PostgresEngine
{
    /// <summary>Bodies up to this length are in their rows, and are written by the commit that names them.</summary>
    private const int InlineBytesMax = 128 << 10;

    /// <summary>So many bodies that this node removed are remembered, so that their bytes at hand are not given out.</summary>
    private const int GoneMax = 100_000;

    // Guarded by the gate.
    private readonly HashSet<long> _goneBodies = [];
    private readonly Queue<long> _goneOrder = new();

    private IBodyStore BodyStore => field ??= new TableBodyStore(RunAsync, ReadChunkAsync);

    /// <inheritdoc/>
    public IBodyWriter CreateBody()
    {
        lock (_gate)
            ThrowIfClosed();
        return new BodyUpload(BodyStore, BeginBodyAsync, TouchBodyAsync, EndBodyAsync, id => RemoveUnnamedAsync([id]), InlineBytesMax);
    }

    private async Task<PostgresBody> UploadAsync(Body body, CancellationToken cancellationToken)
    {
        var bytes = body.Bytes ?? throw new ArgumentException("The body comes from another engine.");
        var id = await BeginBodyAsync(cancellationToken);
        for (var (chunk, from) = (0, 0); from < bytes.Length; chunk++, from += BodyStore.ChunkBytes)
            await BodyStore.WriteAsync(id, chunk, bytes.Slice(from, Math.Min(BodyStore.ChunkBytes, bytes.Length - from)).ToArray(), cancellationToken);
        return (PostgresBody)await EndBodyAsync(id, bytes.Length, cancellationToken);
    }

    private Task<long> BeginBodyAsync(CancellationToken cancellationToken) => CountAsync(
        ["INSERT INTO posthorn.bodies (body_id, length, idle_since, reference_count, is_large) VALUES (nextval('posthorn.body_ids'), 0, $1, -1, true) RETURNING body_id"],
        [Now.Wall], cancellationToken);

    private Task TouchBodyAsync(long id, CancellationToken cancellationToken) =>
        RunAsync("UPDATE posthorn.bodies SET idle_since = $2 WHERE body_id = $1", [id, Now.Wall], cancellationToken);

    private async Task<Body> EndBodyAsync(long id, long length, CancellationToken cancellationToken)
    {
        await RunAsync("UPDATE posthorn.bodies SET length = $2, idle_since = $3 WHERE body_id = $1", [id, length, Now.Wall], cancellationToken);
        return new PostgresBody(this, id, length, null);
    }

    /// <summary>Removes bodies that no commit has named; of those that one has, nothing.</summary>
    private async Task RemoveUnnamedAsync(long[] ids)
    {
        try
        {
            var gone = await AskAsync(
                async (connection, token) =>
                {
                    var found = new List<long>();
                    await using var statements = new Statements(connection, _sql).Add("DELETE FROM posthorn.bodies WHERE body_id = ANY ($1) AND reference_count = -1 RETURNING body_id", ids);
                    await using var reader = await statements.ReadAsync(token);
                    while (await reader.ReadAsync(token))
                        found.Add(reader.GetInt64(0));
                    return found;
                },
                CancellationToken.None);
            await BodyStore.RemoveAsync(gone, CancellationToken.None);
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            // Upkeep collects what nothing refers to.
        }
    }

    private async Task<Stream> OpenBodyAsync(Content content, PostgresBody body, CancellationToken cancellationToken)
    {
        var (isThere, bytes, checksum) = await AskAsync(
            async (connection, token) =>
            {
                await using var statements = new Statements(connection, _sql).Add("SELECT bytes, checksum FROM posthorn.bodies WHERE body_id = $1 AND reference_count <> 0", body.Id);
                await using var reader = await statements.ReadAsync(token);
                if (!await reader.ReadAsync(token))
                    return (false, null, 0L);
                return await reader.IsDBNullAsync(0, token) ? (true, null, 0L) : (true, await reader.GetFieldValueAsync<byte[]>(0, token), reader.GetInt64(1));
            },
            cancellationToken);
        if (!isThere)
            throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        if (bytes is not null)
        {
            PostgresBody.Verify(bytes, checksum);
            return new MemoryContentStream(content, bytes);
        }
        var stream = new ChunkedContentStream(content, BodyStore, body.Id);
        await stream.PrepareAsync(cancellationToken);
        return stream;
    }

    private Task RunAsync(string text, object[] parameters, CancellationToken cancellationToken) => CountAsync([text], parameters, cancellationToken);

    private Task<(byte[] Bytes, long Checksum)?> ReadChunkAsync(string text, object[] parameters, CancellationToken cancellationToken) => AskAsync<(byte[], long)?>(
        async (connection, token) =>
        {
            await using var statements = new Statements(connection, _sql).Add(text, parameters);
            await using var reader = await statements.ReadAsync(token);
            return await reader.ReadAsync(token) ? (await reader.GetFieldValueAsync<byte[]>(0, token), reader.GetInt64(1)) : null;
        },
        cancellationToken);

    private bool IsGone(long bodyId)
    {
        lock (_gate)
            return _goneBodies.Contains(bodyId);
    }

    /// <summary>Under the gate.</summary>
    private void NoteGone(long bodyId)
    {
        if (!_goneBodies.Add(bodyId))
            return;
        _goneOrder.Enqueue(bodyId);
        if (_goneOrder.Count > GoneMax)
            _goneBodies.Remove(_goneOrder.Dequeue());
    }
}

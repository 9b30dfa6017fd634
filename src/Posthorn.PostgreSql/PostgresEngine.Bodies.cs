using System.Buffers;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;

namespace Posthorn.PostgreSql;

/// <summary>Bodies: small ones in their rows, large ones in chunks or in a store, where they are before the commit that names them.</summary>
public sealed partial class PostgresEngine
{
    /// <summary>Bodies up to this length are in rows, and are written by the commit that names them.</summary>
    private const int InlineBytesMax = 128 << 10;

    /// <summary>So many bodies that this node removed are remembered, so that their bytes at hand are not given out.</summary>
    private const int GoneMax = 100_000;

    // Guarded by the gate.
    private readonly HashSet<long> _goneBodies = [];
    private readonly Queue<long> _goneOrder = new();

    private LargeBodies _largeBodies = null!; // since the start

    /// <inheritdoc/>
    public IBodyWriter CreateBody()
    {
        lock (_gate)
            ThrowIfClosed();
        return new PostgresBodyWriter(_largeBodies, InlineBytesMax);
    }

    Task IBodySql.RunAsync(string text, object[] parameters, CancellationToken cancellationToken) => CountAsync([text], parameters, cancellationToken);

    Task<IReadOnlyList<T>> IBodySql.RowsAsync<T>(string text, object[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<T>>(
        async (connection, token) =>
        {
            var rows = new List<T>();
            await using var statements = new Statements(connection, _sql).Add(text, parameters);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                rows.Add(read(reader));
            return rows;
        },
        cancellationToken);

    /// <summary>Opens the stores of large bodies; before any is read or written.</summary>
    /// <exception cref="BodyStoreUnusableException">Bodies are in a store that was not named.</exception>
    internal async Task OpenBodiesAsync(CancellationToken cancellationToken)
    {
        var (owner, hasBodies) = (await ((IBodySql)this).RowsAsync(
            "SELECT owner, EXISTS (SELECT 1 FROM posthorn.bodies WHERE stored_id IS NOT NULL) FROM posthorn.body_owner", [], row => (row.GetGuid(0), row.GetBoolean(1)), cancellationToken))[0];
        Identity = owner;
        if (_options.Bodies is { } store)
            await BodyStoreStart.RunAsync(store, owner, Guid.NewGuid(), hasBodies, cancellationToken);
        else if (hasBodies)
            throw new BodyStoreUnusableException("Messages of this database have bodies in a store outside of it, and none is named. Name the one of the other nodes (engine.bodies).");
        _largeBodies = new LargeBodies(this, new LargeBodies.Place(this, owner), new TableBodyStore(this), _options.Bodies, () => Now.Wall);
    }

    /// <summary>Writes a body that is in memory.</summary>
    private static async Task<PostgresBody> WriteAsync(PostgresBodyWriter writer, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (var from = 0; from < bytes.Length; from += InlineBytesMax)
        {
            writer.Write(bytes.Span[from..Math.Min(bytes.Length, from + InlineBytesMax)]);
            await writer.FlushAsync(cancellationToken);
        }
        return (PostgresBody)await writer.CompleteAsync(cancellationToken);
    }

    private async Task<Stream> OpenBodyAsync(Content content, PostgresBody body, CancellationToken cancellationToken)
    {
        var isInRow = RowBody.Is(body.Id);
        var found = await ((IBodySql)this).RowsAsync(
            isInRow ? "SELECT bytes, checksum, NULL::uuid FROM posthorn.messages WHERE message_id = $1 AND bytes IS NOT NULL"
                : "SELECT bytes, checksum, stored_id FROM posthorn.bodies WHERE body_id = $1 AND reference_count NOT IN (0, -2)",
            [isInRow ? (long)RowBody.MessageOf(body.Id) : body.Id],
            row => (Bytes: row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), Checksum: row.IsDBNull(1) ? 0 : row.GetInt64(1), StoredId: row.IsDBNull(2) ? default(Guid?) : row.GetGuid(2)),
            cancellationToken);
        if (found is not [var row])
            throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        if (row.Bytes is { } bytes)
        {
            PostgresBody.Verify(bytes, row.Checksum);
            return new MemoryContentStream(content, bytes);
        }
        return new ReaderContentStream(content, await _largeBodies.OpenAsync(body.Id, row.StoredId, body.Length, content.Skip, cancellationToken));
    }

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

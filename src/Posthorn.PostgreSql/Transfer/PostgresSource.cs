using System.Data.Common;
using System.Runtime.CompilerServices;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Sharding;

namespace Posthorn.PostgreSql.Transfer;

/// <summary>A database that no node serves, to be read whole.</summary>
public sealed class PostgresSource : TransferSource
{
    private const int ReadAtOnce = 256;

    private const string Page = $"""
        SELECT {RowReader.DeliveryColumns}, {RowReader.DataColumns}, {RowReader.WholeColumns}, {RowReader.BytesColumns}, coalesce(b.reference_count, 0), b.body_id IS NOT NULL OR m.bytes IS NOT NULL
        FROM posthorn.deliveries d JOIN posthorn.messages m USING (message_id) JOIN posthorn.queues q ON q.queue_id = d.queue_id AND q.deleted_at IS NULL
        LEFT JOIN posthorn.bodies b ON b.body_id = m.body_id
        WHERE d.message_id > $1 ORDER BY d.message_id LIMIT $2
        """;

    private readonly PostgresEngine _engine;

    private PostgresSource(PostgresEngine engine, string name, TransferManifest manifest) => (_engine, Name, Manifest) = (engine, name, manifest);

    /// <inheritdoc/>
    public override string Name { get; }

    internal override TransferManifest Manifest { get; }

    /// <summary>Opens a database.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DatabaseUnusableException">It cannot be used; the message says why.</exception>
    /// <exception cref="TransferException">A node serves it, it has no queues, or another store is being moved into it.</exception>
    public static Task<PostgresSource> OpenAsync(PostgresOptions options, TimeProvider time, CancellationToken cancellationToken = default) =>
        OpenAsync(options, time, mayBeBegun: false, cancellationToken);

    /// <summary>What spans shards is in none of them as a whole.</summary>
    private static async Task ThrowIfShardAsync(NpgsqlConnection connection, PostgresEngine engine, PostgresOptions options, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, engine.Sql).Add("SELECT EXISTS (SELECT 1 FROM posthorn.documents WHERE starts_with(key, $1))", ShardRegistry.Prefix);
        await using var reader = await statements.ReadAsync(cancellationToken);
        if (await reader.ReadAsync(cancellationToken) && reader.GetBoolean(0))
            throw new TransferException($"The {PostgresEngine.NameOf(options)} is one of several shards (engine.shards), of which none is moved by itself.");
    }

    internal static async Task<PostgresSource> OpenAsync(PostgresOptions options, TimeProvider time, bool mayBeBegun, CancellationToken cancellationToken)
    {
        var engine = PostgresEngine.OpenIdle(options, time);
        try
        {
            var manifest = await engine.WithConnectionAsync(
                async connection =>
                {
                    if (await Schema.SchemaSetup.VersionOfAsync(connection, engine.Sql, cancellationToken) is not Schema.SchemaSetup.Version)
                        throw new TransferException($"The {PostgresEngine.NameOf(options)} has no queues of this version: there is no such schema, or a server of another version has made it.");
                    await engine.ThrowIfServedAsync(connection, cancellationToken);
                    if (!mayBeBegun && await engine.MarkAsync(connection, cancellationToken) is { } mark)
                        throw new TransferException(new TransferUnfinishedException(mark.Source).Message);
                    await ThrowIfShardAsync(connection, engine, options, cancellationToken);
                    return await ManifestReader.ReadAsync(connection, engine.Sql, cancellationToken);
                },
                cancellationToken);
            await engine.OpenBodiesAsync(cancellationToken);
            return new PostgresSource(engine, PostgresEngine.NameOf(options), manifest);
        }
        catch
        {
            await engine.AbandonAsync();
            throw;
        }
    }

    internal override async IAsyncEnumerable<TransferMessage> ReadAsync(ulong after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await _engine.WithConnectionAsync(connection => PageAsync(connection, (long)after, cancellationToken), cancellationToken);
            foreach (var message in page)
                yield return message;
            if (page.Count < ReadAtOnce)
                yield break;
            after = page[^1].Record.Id;
        }
    }

    internal override async ValueTask<IReadOnlyList<(ulong Message, long Body)>> SharedBodiesAsync(ulong until, CancellationToken cancellationToken) =>
        await _engine.WithConnectionAsync(
            async connection =>
            {
                var found = new List<(ulong, long)>();
                await using var statements = new Statements(connection, _engine.Sql).Add(
                    "SELECT m.message_id, m.body_id FROM posthorn.messages m JOIN posthorn.bodies b USING (body_id) WHERE b.reference_count > 1 AND m.message_id <= $1 ORDER BY m.message_id", (long)until);
                await using var reader = await statements.ReadAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    found.Add(((ulong)reader.GetInt64(0), reader.GetInt64(1)));
                return found;
            },
            cancellationToken);

    internal override ValueTask<Stream> OpenBodyAsync(TransferMessage message, CancellationToken cancellationToken) =>
        _engine.OpenAsync(new Content(new PostgresBody(_engine, message.Record.Body.Value, message.Record.BodyLength, null)), cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _engine.AbandonAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<List<TransferMessage>> PageAsync(NpgsqlConnection connection, long after, CancellationToken cancellationToken)
    {
        var page = new List<TransferMessage>(ReadAtOnce);
        await using var statements = new Statements(connection, _engine.Sql).Add(Page, after, ReadAtOnce);
        await using var reader = await statements.ReadAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            page.Add(Message(reader));
        return page;
    }

    private static TransferMessage Message(DbDataReader row)
    {
        const int at = RowReader.AfterWhole;
        var entry = RowReader.Entry(row, isWhole: true);
        var bytes = row.IsDBNull(at) ? null : row.GetFieldValue<byte[]>(at);
        if (bytes is not null)
            PostgresBody.Verify(bytes, row.GetInt64(at + 1));
        if (entry.Data.BodyId != 0 && !row.GetBoolean(at + 3))
            throw new BodyLostException($"The body of message {new Messages.MessageId(entry.Id)} is not in the database.", isDamaged: true);
        var record = new MessageRecord
        {
            Id = entry.Id,
            Origin = entry.Data.Origin,
            Number = entry.Number,
            Queue = entry.QueueId,
            Priority = entry.Priority,
            IsHeld = entry.IsHeld,
            IsShared = row.GetInt32(at + 2) > 1,
            IsConsumed = entry.IsConsumed,
            IsDue = entry.IsDue && !entry.IsConsumed,
            ReceiveCount = entry.ReceiveCount,
            AcceptedAt = entry.AcceptedAt,
            EnqueuedAt = entry.EnqueuedAt,
            DueAt = entry.DueAt,
            Group = entry.Group.Length == 0 ? null : entry.Group,
            Prefix = entry.Data.Prefix,
            Body = new LogPosition(entry.Data.BodyId),
            BodyLength = entry.Data.BodyLength,
            Skip = entry.Data.Skip,
            Envelope = entry.Data.Envelope,
            Attributes = entry.Data.Attributes,
            Flags = entry.Data.Flags,
            LastError = entry.Data.LastError,
            DeduplicationId = entry.Data.DeduplicationId,
        };
        return new TransferMessage(record, entry.ModSeq) { Bytes = bytes is null ? default(ReadOnlyMemory<byte>?) : bytes };
    }
}

using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine.Transfer;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Transfer;

/// <summary>A database into whose schema another store is moved.</summary>
/// <remarks>
/// A batch is a transaction. Two that move into the same schema at once stop each other: the second one's messages are there already, which fails it.
/// </remarks>
public sealed class PostgresTarget : TransferTarget
{
    private const int KeysAtOnce = 1_000;
    private const int ReadAtOnce = 64 << 10;
    private const int IdBlock = 100;

    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly PostgresEngine _engine;
    private readonly IdStock _bodyIds = new("body_ids");

    /// <summary>Whether a queue is FIFO decides of its messages' columns.</summary>
    private Dictionary<long, QueueRow> _queues = [];

    /// <summary>A target.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DatabaseUnusableException">The connection string cannot be read.</exception>
    public PostgresTarget(PostgresOptions options, TimeProvider time) =>
        (_options, _time, _engine, Name) = (options, time, PostgresEngine.OpenIdle(options, time), PostgresEngine.NameOf(options));

    /// <inheritdoc/>
    public override string Name { get; }

    internal override async ValueTask<TransferPosition?> LookAsync(TransferMark mark, CancellationToken cancellationToken) => await _engine.WithConnectionAsync(
        async connection => await SchemaSetup.VersionOfAsync(connection, _engine.Sql, cancellationToken) is null ? null : await PositionAsync(connection, mark, cancellationToken),
        cancellationToken);

    internal override async ValueTask<TransferPosition> BeginAsync(TransferMark mark, TransferManifest manifest, CancellationToken cancellationToken)
    {
        await LookAsync(mark, cancellationToken); // before a schema is upgraded that is somebody else's
        await _engine.SetUpAsync(cancellationToken);
        await _engine.OpenBodiesAsync(cancellationToken);
        foreach (var name in manifest.Queues.Select(queue => queue.Name.Value).Concat(manifest.Documents.Select(d => d.Key)).Concat(manifest.Keys.Select(k => k.Key)))
            ThrowIfNotStorable(name, "A name of a queue, a document or an idempotency key");
        _queues = manifest.Queues.ToDictionary(queue => queue.Identity, RowOf);
        return await _engine.WithConnectionAsync(
            async connection =>
            {
                if (await PositionAsync(connection, mark, cancellationToken) is { } position)
                    return position;
                var state = State();
                foreach (var queue in _queues)
                    state.Queues.Add(queue.Key, queue.Value);
                state.Documents.Add(TransferMark.Key, mark.ToDocument());
                await WriteAsync(connection, statements =>
                {
                    BatchWriter.WriteQueues(statements, state);
                    BatchWriter.WriteRest(statements, state);
                }, cancellationToken);
                return default;
            },
            cancellationToken);
    }

    internal override async ValueTask WriteAsync(TransferBatch batch, TransferSource source, CancellationToken cancellationToken)
    {
        var state = State();
        foreach (var queue in _queues)
            state.Add(queue.Value);
        var uses = new Dictionary<long, int>();
        var uploads = new List<IBodyWriter>();
        try
        {
            await TakeBodyIdsAsync(batch.Bodies.Count, cancellationToken);
            foreach (var body in batch.Bodies.Values)
            {
                if (body.TargetKey is { } there)
                    uses.Add(there, body.Uses);
                else
                    body.TargetKey = await PlaceAsync(body, state, source, uploads, cancellationToken);
            }
            foreach (var (message, body) in batch.Items)
                state.Entries.Add(message.Record.Id, EntryOf(message, body?.TargetKey ?? 0));
            state.MoveIntoRows();
            await _engine.WithConnectionAsync(
                async connection =>
                {
                    await WriteAsync(connection, statements =>
                    {
                        BatchWriter.WriteContents(statements, state);
                        BatchWriter.WriteBodies(statements, state);
                        WriteUses(statements, uses);
                        BatchWriter.WriteDeliveries(statements, state);
                        BatchWriter.WriteCounts(statements, state);
                        WriteFigures(statements, batch);
                    }, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        finally
        {
            foreach (var upload in uploads)
                await upload.DisposeAsync(); // which removes what no message names
        }
    }

    internal override async ValueTask<IReadOnlyList<long>> BodiesOfAsync(IReadOnlyList<ulong> messages, CancellationToken cancellationToken) => await _engine.WithConnectionAsync(
        async connection =>
        {
            var found = new List<long>(messages.Count);
            await using var statements = new Statements(connection, _engine.Sql).Add(
                "SELECT m.body_id FROM unnest($1::bigint[]) WITH ORDINALITY AS n (id, place) JOIN posthorn.messages m ON m.message_id = n.id ORDER BY n.place", (object)messages.Select(m => (long)m).ToArray());
            await using var reader = await statements.ReadAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                found.Add(reader.GetInt64(0));
            return found.Count == messages.Count ? found : throw new TransferException($"{Name} lacks messages that were moved there. Begin anew with an empty target.");
        },
        cancellationToken);

    internal override async ValueTask SettleAsync(TransferManifest manifest, CancellationToken cancellationToken) => await _engine.WithConnectionAsync(
        async connection =>
        {
            foreach (var keys in manifest.Keys.Chunk(KeysAtOnce))
                await WriteKeysAsync(connection, keys, cancellationToken);
            foreach (var some in manifest.Deduplications.Chunk(KeysAtOnce))
            {
                var state = State();
                foreach (var queue in _queues)
                    state.Add(queue.Value);
                foreach (var one in some)
                {
                    ThrowIfNotStorable(one.Group + one.Id, "A deduplication id or its group");
                    var key = new DeduplicationKey(one.Queue, one.Group, one.Id);
                    state.Deduplicated[key] = new Remembered<AddedMessage>(one.EndsAt, one.First);
                    state.NewDeduplicated.Add(key);
                }
                await WriteAsync(connection, statements => BatchWriter.WriteRest(statements, state), cancellationToken);
            }
            var rest = State();
            foreach (var (key, value) in manifest.Documents)
                rest.Documents[key] = value.ToArray();
            await WriteAsync(connection, statements =>
            {
                BatchWriter.WriteRest(statements, rest);
                WriteOrder(statements);
                statements.Add("SELECT setval('posthorn.message_ids', $1, false), setval('posthorn.queue_ids', $2, false)", (long)manifest.NextMessage, manifest.NextQueue);
            }, cancellationToken);
            await using var analyze = new Statements(connection, _engine.Sql).Add("ANALYZE posthorn.messages, posthorn.deliveries, posthorn.bodies, posthorn.queues");
            await analyze.RunAsync(cancellationToken);
            return true;
        },
        cancellationToken);

    internal override async ValueTask<TransferSource> ReadBackAsync(CancellationToken cancellationToken) =>
        await PostgresSource.OpenAsync(_options, _time, mayBeBegun: true, cancellationToken);

    internal override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        var state = State();
        state.Documents.Add(TransferMark.Key, null);
        await _engine.WithConnectionAsync(
            async connection =>
            {
                await WriteAsync(connection, statements => BatchWriter.WriteRest(statements, state), cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _engine.AbandonAsync();
        GC.SuppressFinalize(this);
    }

    private BatchState State() => new()
    {
        Now = new Moment(_time.GetUtcNow().UtcTicks, 0), NextMessageId = NoIds<ulong>, NextBodyId = _bodyIds.Take, NextQueueId = NoIds<long>,
    };

    private static T NoIds<T>() => throw new InvalidOperationException("What is moved has its ids.");

    private static QueueRow RowOf(TransferQueue queue) => new()
    {
        Id = queue.Identity, Name = queue.Name, Policy = queue.Policy, PolicyVersion = queue.HighestModSeq, NextNumber = queue.NextNumber, HighestModSeq = queue.HighestModSeq,
    };

    private static Entry EntryOf(TransferMessage message, long body)
    {
        var record = message.Record;
        ThrowIfNotStorable(record.Group + record.DeduplicationId, $"The group or deduplication id of message {new MessageId(record.Id)}");
        return new Entry
        {
            Id = record.Id, QueueId = record.Queue, Number = record.Number, ModSeq = message.ModSeq, AcceptedAt = record.AcceptedAt, EnqueuedAt = record.EnqueuedAt, DueAt = record.DueAt,
            IsDue = record.IsDue, ReceiveCount = record.ReceiveCount, Priority = record.Priority, IsHeld = record.IsHeld, IsConsumed = record.IsConsumed, Group = record.Group ?? "",
            Data = new MessageData
            {
                Origin = record.Origin, DeduplicationId = record.DeduplicationId, Envelope = record.Envelope, Attributes = record.Attributes, Flags = record.Flags, LastError = record.LastError,
                Prefix = record.Prefix, Skip = record.Skip, BodyId = body, BodyLength = record.BodyLength,
            },
        };
    }

    private static void ThrowIfNotStorable(string text, string what)
    {
        if (!CommitLimits.IsStorable(text))
            throw new TransferException($"{what} has a NUL character or half of a surrogate pair, which PostgreSQL cannot keep. Remove it before the migration.");
    }

    /// <summary>Where a body is that is not there yet: in the batch, or uploaded in chunks before it.</summary>
    private async Task<long> PlaceAsync(TransferBody body, BatchState state, TransferSource source, List<IBodyWriter> uploads, CancellationToken cancellationToken)
    {
        var bytes = body.First.Bytes;
        if (bytes is null)
        {
            var upload = _engine.CreateBody();
            uploads.Add(upload);
            await using var stream = await source.OpenBodyAsync(body.First, cancellationToken);
            for (int count; (count = await stream.ReadAsync(upload.GetMemory(ReadAtOnce)[..ReadAtOnce], cancellationToken)) > 0;)
            {
                upload.Advance(count);
                await upload.FlushAsync(cancellationToken);
            }
            var completed = await upload.CompleteAsync(cancellationToken);
            if (completed is PostgresBody large)
            {
                state.ReadBodies.Add(large.Id, new BodyRow(-1, IsLarge: true));
                state.Bodies.Add(large.Id, new BodyRow(body.Uses, IsLarge: true));
                return large.Id;
            }
            bytes = completed.Bytes;
        }
        var id = _bodyIds.Take();
        state.NewBodies.Add(new NewBody(id, bytes!.Value.ToArray(), body.First.Record.IsShared));
        state.Bodies.Add(id, new BodyRow(body.Uses, IsLarge: false));
        return id;
    }

    private async Task TakeBodyIdsAsync(int count, CancellationToken cancellationToken)
    {
        var blocks = (count - _bodyIds.Left + IdBlock - 1) / IdBlock;
        if (blocks <= 0)
            return;
        await _engine.WithConnectionAsync(
            async connection =>
            {
                await using var statements = new Statements(connection, _engine.Sql).Add("SELECT nextval('posthorn.body_ids') FROM generate_series(1, $1)", blocks);
                await using var reader = await statements.ReadAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    _bodyIds.AddBlock(reader.GetInt64(0));
                return true;
            },
            cancellationToken);
    }

    private async Task WriteKeysAsync(NpgsqlConnection connection, TransferKey[] keys, CancellationToken cancellationToken)
    {
        var state = State();
        foreach (var key in keys)
        {
            state.Keys[key.Key] = new Remembered<CommitResult>(key.EndsAt, new CommitResult(key.Added) { Moved = key.Moved });
            state.NewKeys.Add(key.Key);
        }
        await WriteAsync(connection, statements =>
        {
            statements.Add("DELETE FROM posthorn.commit_keys WHERE key = ANY ($1)", (object)keys.Select(key => key.Key).ToArray()); // of an earlier attempt
            BatchWriter.WriteRest(statements, state);
        }, cancellationToken);
    }

    private static void WriteUses(Statements statements, Dictionary<long, int> uses)
    {
        if (uses.Count > 0)
        {
            statements.Add(
                "UPDATE posthorn.bodies b SET reference_count = b.reference_count + n.b FROM unnest($1::bigint[], $2::integer[]) AS n (a, b) WHERE b.body_id = n.a",
                uses.Keys.ToArray(), uses.Values.ToArray());
        }
    }

    /// <summary>Adds what came to the figures of its queues, so that they agree with what is there after each batch.</summary>
    private static void WriteFigures(Statements statements, TransferBatch batch)
    {
        var queues = batch.Items.GroupBy(item => item.Message.Record.Queue).OrderBy(queue => queue.Key)
            .Select(queue => (Id: queue.Key, Kept: queue.Where(item => !item.Message.Record.IsConsumed).ToList(), Consumed: queue.Where(item => item.Message.Record.IsConsumed).ToList())).ToList();
        statements.Add(
            """
            UPDATE posthorn.queues q SET message_count = q.message_count + n.b, byte_count = q.byte_count + n.c, consumed_count = q.consumed_count + n.d, consumed_byte_count = q.consumed_byte_count + n.e
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS n (a, b, c, d, e) WHERE q.queue_id = n.a
            """,
            queues.Select(q => q.Id).ToArray(), queues.Select(q => (long)q.Kept.Count).ToArray(), queues.Select(q => q.Kept.Sum(item => item.Message.Length)).ToArray(),
            queues.Select(q => (long)q.Consumed.Count).ToArray(), queues.Select(q => q.Consumed.Sum(item => item.Message.Length)).ToArray());
    }

    /// <summary>Gives the groups of FIFO queues their turns by their first messages, as a start of the journal does.</summary>
    private static void WriteOrder(Statements statements) => statements.Add("DELETE FROM posthorn.ordered_groups").Add(
        """
        INSERT INTO posthorn.ordered_groups (queue_id, group_name, turn)
        SELECT queue_id, group_name, row_number() OVER (PARTITION BY queue_id ORDER BY min(number)) FROM posthorn.deliveries WHERE is_ordered AND state <> 4 GROUP BY queue_id, group_name
        """);

    /// <summary>How far it has come; null when nothing was begun.</summary>
    /// <exception cref="TransferException">It is served, or holds something else.</exception>
    private async Task<TransferPosition?> PositionAsync(NpgsqlConnection connection, TransferMark mark, CancellationToken cancellationToken)
    {
        await _engine.ThrowIfServedAsync(connection, cancellationToken);
        var begun = await _engine.MarkAsync(connection, cancellationToken);
        begun?.ThrowIfOtherThan(mark);
        await using var statements = new Statements(connection, _engine.Sql)
            .Add("SELECT coalesce(max(message_id), 0), count(*), coalesce(sum(length), 0)::bigint FROM posthorn.deliveries")
            .Add("SELECT (SELECT count(*) FROM posthorn.queues), (SELECT count(*) FROM posthorn.documents), (SELECT count(*) FROM posthorn.commit_keys)");
        await using var reader = await statements.ReadAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var position = new TransferPosition((ulong)reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        if (begun is not null)
            return position;
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (queues, others) = (reader.GetInt64(0), reader.GetInt64(1) + reader.GetInt64(2));
        if (position.Messages + queues + others > 0)
            throw new TransferException($"The {Name} is not empty: it holds {queues} queues and {position.Messages} messages. Give an empty schema, or drop this one first.");
        return null;
    }

    private async Task WriteAsync(NpgsqlConnection connection, Action<Statements> add, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var statements = new Statements(connection, _engine.Sql).Add(BatchReader.BeginText))
        {
            add(statements);
            await statements.RunAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }
}

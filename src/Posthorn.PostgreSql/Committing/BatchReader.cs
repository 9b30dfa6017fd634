using System.Data.Common;
using Npgsql;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Committing;

/// <summary>Begins a batch's transaction: locks its queues, messages and bodies, each in the order of their ids, and reads what it needs of them.</summary>
/// <remarks>
/// The node's own row is locked first: whoever asks, after an answer was lost, whether the batch was committed, waits at that lock until the server is done with it.
/// The queues come next: what messages are is changed under their queue's lock alone, so that what is read of a locked queue's messages is what they are.
/// </remarks>
internal sealed class BatchReader(SqlText sql, NodeRow node, IdStock messageIds, IdStock bodyIds)
{
    /// <summary>The first statement of a batch's transaction.</summary>
    public const string BeginText = $"""
        SELECT set_config('idle_in_transaction_session_timeout', '10s', true), {SqlText.AlongIndexes},
            CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END
        """;

    // Dead-letter queues of what may be released for the last time are locked with the queues it is in.
    private const string Queues = $"""
        SELECT {RowReader.QueueColumns} FROM posthorn.queues q
        WHERE q.queue_id = ANY (ARRAY(SELECT queue_id FROM posthorn.deliveries WHERE message_id = ANY ($1)))
           OR (q.deleted_at IS NULL AND q.name = ANY ($2))
           OR (q.deleted_at IS NULL AND q.name = ANY (ARRAY(
               SELECT o.dead_letter_queue FROM posthorn.queues o JOIN posthorn.deliveries d USING (queue_id) WHERE d.message_id = ANY ($3) AND o.dead_letter_queue IS NOT NULL)))
        ORDER BY q.queue_id FOR UPDATE
        """;

    private const string Entries = $"""
        SELECT {RowReader.DeliveryColumns}, {RowReader.DataColumns} FROM posthorn.deliveries d JOIN posthorn.messages m USING (message_id)
        WHERE d.message_id = ANY ($1) ORDER BY d.message_id FOR UPDATE OF d
        """;

    private const string WholeEntries = $"""
        SELECT {RowReader.DeliveryColumns}, {RowReader.DataColumns}, {RowReader.WholeColumns} FROM posthorn.deliveries d JOIN posthorn.messages m USING (message_id)
        WHERE d.message_id = ANY ($1) ORDER BY d.message_id FOR UPDATE OF d
        """;

    private const string Bodies = """
        SELECT body_id, reference_count, is_large FROM posthorn.bodies
        WHERE body_id = ANY (ARRAY(SELECT body_id FROM posthorn.messages WHERE message_id = ANY ($1) AND body_id > 0) || $2)
        ORDER BY body_id FOR UPDATE
        """;

    // Behind all others, and without their messages' queues: they stay as they are while others are made from them.
    private const string RowBodies = """
        SELECT message_id, bytes, checksum FROM posthorn.messages WHERE message_id = ANY ($1) AND bytes IS NOT NULL ORDER BY message_id FOR SHARE
        """;

    private const string Keys = "SELECT key, expires_at, result FROM posthorn.commit_keys WHERE key = ANY ($1)";

    private const string Deduplication = """
        SELECT x.queue_id, x.group_name, x.deduplication_id, x.expires_at, x.message_id, x.number
        FROM unnest($1::text[], $2::text[], $3::text[]) AS k (queue, group_name, id)
        JOIN posthorn.queues q ON q.name = k.queue AND q.deleted_at IS NULL
        JOIN posthorn.deduplication x ON x.queue_id = q.queue_id AND x.group_name = k.group_name AND x.deduplication_id = k.id
        """;

    private const string Blocks = "SELECT nextval('posthorn.message_ids'), 0 FROM generate_series(1, $1) UNION ALL SELECT nextval('posthorn.body_ids'), 1 FROM generate_series(1, $2)";

    private const string QueueIds = "SELECT nextval('posthorn.queue_ids') FROM generate_series(1, $1)";

    /// <summary>Begins a batch on rows that are remembered, without a transaction; what is decided on it is to be checked when it is written.</summary>
    /// <returns>Null when not all that it needs is remembered.</returns>
    public BatchState? Foresee(RememberedRows rows, BatchNeeds needs, Moment now)
    {
        if (messageIds.Left < needs.NewMessages || bodyIds.Left < needs.NewBodies)
            return null;
        var state = NewState(now, () => throw new InvalidOperationException("A queue would have to be made that is there."));
        return rows.TryFill(state, needs) ? state : null;
    }

    /// <summary>Adds, when ids run low, a statement that fetches more.</summary>
    /// <returns>Whether it did; then its rows are to be given to <see cref="AddIds"/>.</returns>
    public bool TryAddIds(Statements statements, BatchNeeds needs)
    {
        var (messages, bodies) = (BlocksFor(messageIds, needs.NewMessages), BlocksFor(bodyIds, needs.NewBodies));
        if (messages + bodies == 0)
            return false;
        statements.Add(Blocks, messages, bodies);
        return true;
    }

    /// <summary>Takes in a row of more ids.</summary>
    public void AddIds(DbDataReader row) => (row.GetInt32(1) == 0 ? messageIds : bodyIds).AddBlock(row.GetInt64(0));

    private BatchState NewState(Moment now, Func<long> nextQueueId) => new()
    {
        Now = now,
        NextMessageId = () => (ulong)messageIds.Take(),
        NextBodyId = bodyIds.Take,
        NextQueueId = nextQueueId,
    };

    /// <exception cref="BatchMovedException">A message was moved to a queue that is not locked; the batch is to be begun anew.</exception>
    public async Task<BatchState> BeginAsync(NpgsqlConnection connection, BatchNeeds needs, Moment now, CancellationToken cancellationToken)
    {
        var queueIds = new Queue<long>();
        var state = NewState(now, queueIds.Dequeue);
        var hasNode = await ReadAsync(connection, needs, state, cancellationToken);
        if (!hasNode)
            await PutNodeBackAsync(connection, now, cancellationToken);
        // Queues that may have to be made: rare, and their ids are taken last, so that one made anew is above all that were there.
        var missing = needs.Queues.Count(name => !state.Names.ContainsKey(name)) + needs.Deletions + (needs.WholeMessages.Length > 0 ? MissingDeadLetterQueues(state) : 0);
        if (missing > 0)
        {
            await using var more = new Statements(connection, sql).Add(QueueIds, missing);
            await using var reader = await more.ReadAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                queueIds.Enqueue(reader.GetInt64(0));
        }
        return state;
    }

    /// <summary>Nothing was heard of this node for so long that it was taken for gone: it is there again.</summary>
    private async Task PutNodeBackAsync(NpgsqlConnection connection, Moment now, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, sql).Add(NodeRow.Insert, node.Id, node.Name, node.StartedAt, now.Wall);
        await statements.RunAsync(cancellationToken);
    }

    private static int MissingDeadLetterQueues(BatchState state) =>
        state.Queues.Values.Count(q => q is { IsDeleted: false, Policy.DeadLetterQueue: { } dead } && !state.Names.ContainsKey(dead.Value));

    /// <returns>Whether the node's row is there.</returns>
    private async Task<bool> ReadAsync(NpgsqlConnection connection, BatchNeeds needs, BatchState state, CancellationToken cancellationToken)
    {
        var parts = new List<Func<DbDataReader, Task>>();
        await using var statements = new Statements(connection, sql)
            .Add("BEGIN ISOLATION LEVEL READ COMMITTED")
            // A node that was cut off in the middle must not hold its locks for hours; and what is acknowledged is on stable storage, whatever the server's default is.
            .Add(BeginText)
            .Add(NodeRow.Lock, node.Id);
        statements.Add(Queues, needs.AllMessages, needs.Queues, needs.WholeMessages);
        parts.Add(reader => EachAsync(reader, row => state.Add(RowReader.Queue(row)), cancellationToken));
        if (needs.Messages.Length > 0)
        {
            statements.Add(Entries, needs.Messages);
            parts.Add(reader => EachAsync(reader, row => state.Add(RowReader.Entry(row, isWhole: false)), cancellationToken));
        }
        if (needs.WholeMessages.Length > 0)
        {
            statements.Add(WholeEntries, needs.WholeMessages);
            parts.Add(reader => EachAsync(reader, row => state.Add(RowReader.Entry(row, isWhole: true)), cancellationToken));
        }
        if (needs.AllMessages.Length > 0 || needs.Bodies.Length > 0)
        {
            statements.Add(Bodies, needs.AllMessages, needs.Bodies);
            parts.Add(reader => EachAsync(reader, row => AddBody(state, row), cancellationToken));
        }
        if (needs.RowBodies.Count > 0)
        {
            statements.Add(RowBodies, (object)needs.RowBodies.Select(id => (long)RowBody.MessageOf(id)).ToArray());
            parts.Add(reader => EachAsync(reader, row => AddRowBody(state, row), cancellationToken));
        }
        if (needs.Keys.Length > 0)
        {
            statements.Add(Keys, (object)needs.Keys);
            parts.Add(reader => EachAsync(reader, row => AddKey(state, row), cancellationToken));
        }
        if (needs.Deduplication.Count > 0)
        {
            var wanted = needs.Deduplication;
            statements.Add(Deduplication, wanted.Select(k => k.Queue).ToArray(), wanted.Select(k => k.Group).ToArray(), wanted.Select(k => k.Id).ToArray());
            parts.Add(reader => EachAsync(reader, row => AddDeduplicated(state, row), cancellationToken));
        }
        if (TryAddIds(statements, needs))
            parts.Add(reader => EachAsync(reader, AddIds, cancellationToken));
        await using var reader = await statements.ReadAsync(cancellationToken); // stands on set_config's
        await reader.NextResultAsync(cancellationToken);
        var hasNode = await reader.ReadAsync(cancellationToken);
        foreach (var part in parts)
        {
            await reader.NextResultAsync(cancellationToken);
            await part(reader);
        }
        await reader.CloseAsync();
        foreach (var entry in state.Read.Values)
        {
            if (!state.Queues.ContainsKey(entry.QueueId))
                throw new BatchMovedException();
        }
        return hasNode;
    }

    private static void AddBody(BatchState state, DbDataReader row) =>
        state.Bodies[row.GetInt64(0)] = state.ReadBodies[row.GetInt64(0)] = new BodyRow(row.GetInt32(1), row.GetBoolean(2));

    private static void AddRowBody(BatchState state, DbDataReader row)
    {
        var bytes = row.GetFieldValue<byte[]>(1);
        PostgresBody.Verify(bytes, row.GetInt64(2));
        state.LentBodies[RowBody.IdOf((ulong)row.GetInt64(0))] = bytes;
    }

    private static void AddKey(BatchState state, DbDataReader row) =>
        state.Keys[row.GetString(0)] = new Remembered<CommitResult>(row.GetInt64(1), ResultJson.Read(row.GetString(2)));

    private static void AddDeduplicated(BatchState state, DbDataReader row) =>
        state.Deduplicated[new DeduplicationKey(row.GetInt64(0), row.GetString(1), row.GetString(2))] =
            new Remembered<AddedMessage>(row.GetInt64(3), new AddedMessage(new MessageId((ulong)row.GetInt64(4)), row.GetInt64(5)));

    /// <summary>Blocks to fetch, so that the next batch has some, too: none while there are twice as many ids as one like this takes.</summary>
    private static int BlocksFor(IdStock stock, int wanted) => stock.Left >= 2 * wanted ? 0 : (int)(((4L * wanted) - stock.Left + IdStock.BlockLength - 1) / IdStock.BlockLength);

    private static async Task EachAsync(DbDataReader reader, Action<DbDataReader> take, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
            take(reader);
    }
}

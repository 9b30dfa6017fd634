using Npgsql;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Committing;

/// <summary>Writes what has become of a batch's rows, a statement a table, and commits: one round trip.</summary>
internal static partial class BatchWriter
{
    /// <summary>Whether anything is another than it was.</summary>
    public static bool HasChanges(BatchState state) =>
        state.NewKeys.Count > 0 || state.Documents.Count > 0 || state.NewBodies.Count > 0
        || state.Queues.Values.Any(q => !ReferenceEquals(q, state.ReadQueues.GetValueOrDefault(q.Id)))
        || state.Entries.Any(e => !ReferenceEquals(e.Value, state.Read.GetValueOrDefault(e.Key)));

    /// <summary>Writes and commits what was decided on rows that were read.</summary>
    /// <param name="connection">In the transaction that read the state.</param>
    /// <param name="sql">The schema.</param>
    /// <param name="state">What was decided.</param>
    /// <param name="nodeId">This node.</param>
    /// <param name="batch">The batch's number, by which it is known afterwards whether it was committed.</param>
    /// <param name="cancellationToken">Not a caller's.</param>
    public static async Task CommitAsync(NpgsqlConnection connection, SqlText sql, BatchState state, long nodeId, long batch, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, sql);
        WriteContents(statements, state);
        Write(statements, state);
        statements.Add(NodeRow.Update, nodeId, batch, state.Now.Wall);
        statements.Add("COMMIT");
        await statements.RunAsync(cancellationToken);
    }

    /// <summary>Adds the statements that write the contents of new messages: rows that nobody knows of yet, so that nobody waits for them.</summary>
    /// <returns>Whether there are any.</returns>
    public static bool WriteContents(Statements statements, BatchState state)
    {
        var before = statements.Count;
        WriteNewBodies(statements, state);
        WriteNewMessages(statements, state);
        return statements.Count > before;
    }

    /// <summary>Adds the statements that write all else of a state.</summary>
    /// <param name="statements">Where they are added.</param>
    /// <param name="state">What was decided.</param>
    /// <param name="written">What of it is written by statements before them.</param>
    public static void Write(Statements statements, BatchState state, CheckedRows written = default)
    {
        WriteQueues(statements, state, written.WroteQueues);
        WriteBodies(statements, state, written.RemovedBodies);
        WriteMessages(statements, state, written.RemovedDeliveries);
        WriteDeliveries(statements, state);
        WriteCounts(statements, state);
        WriteOrderedGroups(statements, state);
        WriteRest(statements, state);
    }

    public static void WriteQueues(Statements statements, BatchState state, bool areKeptWritten = false)
    {
        var changed = state.Queues.Values.Where(q => !ReferenceEquals(q, state.ReadQueues.GetValueOrDefault(q.Id))).OrderBy(q => q.Id).ToList();
        // Deletions first: the name becomes free for a queue that is made by the same batch.
        var deleted = changed.Where(q => q.IsDeleted && state.ReadQueues.ContainsKey(q.Id)).Select(q => q.Id).ToArray();
        if (deleted.Length > 0)
            statements.Add("UPDATE posthorn.queues SET deleted_at = $2 WHERE queue_id = ANY ($1)", deleted, state.Now.Wall);
        var made = changed.Where(q => !state.ReadQueues.ContainsKey(q.Id) && !q.IsDeleted).ToList();
        if (made.Count > 0)
        {
            statements.Add(
                """
                INSERT INTO posthorn.queues (queue_id, name, policy, policy_version, dead_letter_queue, next_number, highest_mod_seq, message_count, byte_count, consumed_count, consumed_byte_count)
                SELECT a, b, c::jsonb, d, e, f, g, h, i, j, k FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[],
                    $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) AS n (a, b, c, d, e, f, g, h, i, j, k)
                """,
                [Ids(made), made.Select(q => q.Name.Value).ToArray(), .. Policies(made), .. Figures(made)]);
        }
        var kept = changed.Where(q => state.ReadQueues.ContainsKey(q.Id) && !q.IsDeleted).ToList();
        if (kept.Count > 0 && !areKeptWritten)
        {
            statements.Add(
                """
                UPDATE posthorn.queues q SET next_number = n.b, highest_mod_seq = n.c, message_count = n.d, byte_count = n.e, consumed_count = n.f, consumed_byte_count = n.g
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS n (a, b, c, d, e, f, g) WHERE q.queue_id = n.a
                """,
                [Ids(kept), .. Figures(kept)]);
        }
        var set = kept.Where(q => q.PolicyVersion != state.ReadQueues[q.Id].PolicyVersion).ToList();
        if (set.Count > 0)
        {
            statements.Add(
                """
                UPDATE posthorn.queues q SET policy = n.b::jsonb, policy_version = n.c, dead_letter_queue = n.d
                FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) AS n (a, b, c, d) WHERE q.queue_id = n.a
                """,
                [Ids(set), .. Policies(set)]);
        }
    }

    private static long[] Ids(List<QueueRow> queues) => [.. queues.Select(q => q.Id)];

    private static object[] Policies(List<QueueRow> queues) =>
        [queues.Select(q => PolicyJson.Write(q.Policy)).ToArray(), queues.Select(q => q.PolicyVersion).ToArray(), queues.Select(q => q.Policy.DeadLetterQueue?.Value).ToArray()];

    private static object[] Figures(List<QueueRow> queues) =>
    [
        queues.Select(q => q.NextNumber).ToArray(), queues.Select(q => q.HighestModSeq).ToArray(), queues.Select(q => q.Messages).ToArray(),
        queues.Select(q => q.Bytes).ToArray(), queues.Select(q => q.Consumed).ToArray(), queues.Select(q => q.ConsumedBytes).ToArray(),
    ];

    private static void WriteNewBodies(Statements statements, BatchState state)
    {
        var made = state.NewBodies.Where(b => state.Bodies.GetValueOrDefault(b.Id).References > 0).ToList();
        if (made.Count > 0)
        {
            statements.Add(
                """
                INSERT INTO posthorn.bodies (body_id, length, bytes, checksum, idle_since, reference_count, is_large)
                SELECT a, length(b), b, c, 0, d, false FROM (SELECT unnest($1::bigint[]), unnest($2::bytea[]), unnest($3::bigint[]), unnest($4::integer[])) AS n (a, b, c, d)
                """,
                made.Select(b => b.Id).ToArray(), made.Select(b => b.Bytes).ToArray(), made.Select(b => PostgresBody.ChecksumOf(b.Bytes)).ToArray(),
                made.Select(b => state.Bodies[b.Id].References).ToArray());
        }
    }

    public static void WriteBodies(Statements statements, BatchState state, bool areGoneRemoved = false)
    {
        var changed = state.ReadBodies.Where(b => state.Bodies[b.Key].References != b.Value.References).Select(b => (Id: b.Key, state.Bodies[b.Key].References, b.Value.IsLarge)).ToList();
        var gone = changed.Where(b => b is { References: <= 0, IsLarge: false }).Select(b => b.Id).ToArray();
        if (gone.Length > 0 && !areGoneRemoved)
            statements.Add("DELETE FROM posthorn.bodies WHERE body_id = ANY ($1)", gone);
        var kept = changed.Where(b => b.References > 0 || b.IsLarge).ToList();
        if (kept.Count > 0)
        {
            statements.Add(
                "UPDATE posthorn.bodies b SET reference_count = n.b, idle_since = $3 FROM unnest($1::bigint[], $2::integer[]) AS n (a, b) WHERE b.body_id = n.a",
                kept.Select(b => b.Id).ToArray(), kept.Select(b => b.References).ToArray(), state.Now.Wall);
        }
    }

    private static void WriteNewMessages(Statements statements, BatchState state)
    {
        var made = state.Entries.Values.OfType<Entry>().Where(e => !state.Read.ContainsKey(e.Id)).ToList();
        if (made.Count > 0)
        {
            statements.Add(
                """
                INSERT INTO posthorn.messages (message_id, skip, body_id, deduplication_id, envelope, attributes, flags, last_error, prefix, origin_id, bytes, checksum)
                SELECT a, b, c, d, e::jsonb, f::jsonb, g::jsonb, h, i, j, k, l
                FROM (SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]), unnest($7::text[]),
                    unnest($8::text[]), unnest($9::bytea[]), unnest($10::bigint[]), unnest($11::bytea[]), unnest($12::bigint[])) AS n (a, b, c, d, e, f, g, h, i, j, k, l)
                """,
                [
                    .. Columns(made), made.Select(e => (long)e.Data.Origin).ToArray(), made.Select(e => state.RowBodies.GetValueOrDefault(e.Id)).ToArray(),
                    made.Select(e => state.RowBodies.TryGetValue(e.Id, out var bytes) ? PostgresBody.ChecksumOf(bytes) : default(long?)).ToArray(),
                ]);
        }
    }

    private static void WriteMessages(Statements statements, BatchState state, bool areDeliveriesRemoved)
    {
        var changed = state.Entries.Values.OfType<Entry>().Where(e => state.Read.TryGetValue(e.Id, out var before) && !ReferenceEquals(before.Data, e.Data)).ToList();
        if (changed.Count > 0)
        {
            statements.Add(
                """
                UPDATE posthorn.messages m SET skip = n.b, body_id = n.c, envelope = n.e::jsonb, attributes = n.f::jsonb, flags = n.g::jsonb, last_error = n.h, prefix = n.i,
                    bytes = CASE WHEN n.c < 0 THEN m.bytes END, checksum = CASE WHEN n.c < 0 THEN m.checksum END
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) AS n (a, b, c, d, e, f, g, h, i) WHERE m.message_id = n.a
                """,
                Columns(changed));
        }
        var gone = state.Entries.Where(e => e.Value is null && state.Read.ContainsKey(e.Key)).Select(e => (long)e.Key).ToArray();
        if (gone.Length > 0)
            statements.Add("DELETE FROM posthorn.messages WHERE message_id = ANY ($1)", gone);
        if (gone.Length > 0 && !areDeliveriesRemoved)
            statements.Add("DELETE FROM posthorn.deliveries WHERE message_id = ANY ($1)", gone);
    }

    private static object[] Columns(List<Entry> entries) =>
    [
        entries.ConvertAll(e => (long)e.Id).ToArray(), entries.ConvertAll(e => e.Data.Skip).ToArray(), entries.ConvertAll(e => e.Data.BodyId == 0 ? null : (long?)e.Data.BodyId).ToArray(),
        Column(entries, e => e.Data.DeduplicationId), Column(entries, e => MessageJson.Write(e.Data.Envelope)),
        Column(entries, e => MessageJson.Write(e.Data.Attributes)), Column(entries, e => MessageJson.Write(e.Data.Flags)),
        Column(entries, e => MessageJson.Storable(e.Data.LastError)), Column(entries, e => e.Data.Prefix.IsEmpty ? null : e.Data.Prefix.ToArray()),
    ];

    /// <summary>A column that most messages have nothing in: an array that is shorter than the others is filled up with NULLs when they are taken apart.</summary>
    private static T?[] Column<T>(List<Entry> entries, Func<Entry, T?> valueOf)
        where T : class
    {
        var values = entries.ConvertAll(e => valueOf(e)).ToArray();
        return Array.TrueForAll(values, v => v is null) ? [] : values;
    }
}

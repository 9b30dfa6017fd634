using Posthorn.Messages;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What is written of where messages stand, and of what is counted and remembered beside them.</summary>
internal static partial class BatchWriter
{
    // In the list of what is selected, for there arrays are taken apart as they are read; in FROM each would be put into a store of its own first.
    private const string Arrays = """
        unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::bigint[]),
            unnest($9::bigint[]), unnest($10::bigint[]), unnest($11::bigint[]), unnest($12::integer[]), unnest($13::smallint[]), unnest($14::smallint[]), unnest($15::smallint[]),
            unnest($16::boolean[]), unnest($17::boolean[]), unnest($18::boolean[]), unnest($19::text[])
        """;

    private const string Names = """
        message_id, queue_id, number, mod_seq, accepted_at, enqueued_at, due_at, length, leased_until, lease_token, leased_by, receive_count,
        state, priority, rank, is_held, is_due, is_ordered, group_name
        """;

    // Most commits bring messages that are ready in one queue at once: a third of the columns differs from row to row, and the others are sent once.
    private const string Fresh = $"""
        INSERT INTO posthorn.deliveries ({Names})
        SELECT a, $1, b, c, $2, $2, $2, d, NULL, NULL, NULL, 0, 0, e, CASE WHEN $3 THEN 0 ELSE e END, false, true, $3, f
        FROM (SELECT unnest($4::bigint[]), unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::smallint[]), unnest($9::text[])) AS n (a, b, c, d, e, f)
        """;

    public static void WriteDeliveries(Statements statements, BatchState state)
    {
        var made = state.Entries.Values.OfType<Entry>().Where(e => !state.Read.ContainsKey(e.Id)).ToList();
        if (made.Count > 0 && made.TrueForAll(e => IsFresh(e, made[0].QueueId, state)))
        {
            statements.Add(
                Fresh, made[0].QueueId, state.Now.Wall, state.Queues[made[0].QueueId].Policy.IsFifo, made.ConvertAll(e => (long)e.Id).ToArray(), made.ConvertAll(e => e.Number).ToArray(),
                made.ConvertAll(e => e.ModSeq).ToArray(), made.ConvertAll(e => e.Data.Length).ToArray(), made.ConvertAll(e => (short)e.Priority.Value).ToArray(),
                made.ConvertAll(e => e.Group).ToArray());
        }
        else if (made.Count > 0)
            statements.Add($"INSERT INTO posthorn.deliveries ({Names}) SELECT {Arrays}", Columns(made, state));
        var changed = state.Entries.Values.OfType<Entry>().Where(e => state.Read.TryGetValue(e.Id, out var before) && !ReferenceEquals(before, e)).ToList();
        if (changed.Count > 0)
        {
            statements.Add(
                $"""
                UPDATE posthorn.deliveries d SET queue_id = n.queue_id, number = n.number, mod_seq = n.mod_seq, accepted_at = n.accepted_at, enqueued_at = n.enqueued_at, due_at = n.due_at,
                    length = n.length, leased_until = n.leased_until, lease_token = n.lease_token, leased_by = n.leased_by, receive_count = n.receive_count, state = n.state,
                    priority = n.priority, rank = n.rank, is_held = n.is_held, is_due = n.is_due, is_ordered = n.is_ordered, group_name = n.group_name
                FROM (SELECT {Arrays}) AS n ({Names}) WHERE d.message_id = n.message_id
                """,
                Columns(changed, state));
        }
    }

    private static bool IsFresh(Entry entry, long queueId, BatchState state)
    {
        var now = state.Now.Wall;
        return entry.QueueId == queueId && (entry.AcceptedAt, entry.EnqueuedAt, entry.DueAt, entry.ReceiveCount) == (now, now, now, 0) && entry.State(now) == MessageState.Ready;
    }

    private static object[] Columns(List<Entry> entries, BatchState state)
    {
        bool IsOrdered(Entry e) => state.Queues[e.QueueId].Policy.IsFifo;
        return
        [
            entries.Select(e => (long)e.Id).ToArray(), entries.Select(e => e.QueueId).ToArray(), entries.Select(e => e.Number).ToArray(), entries.Select(e => e.ModSeq).ToArray(),
            entries.Select(e => e.AcceptedAt).ToArray(), entries.Select(e => e.EnqueuedAt).ToArray(), entries.Select(e => e.DueAt).ToArray(), entries.Select(e => e.Data.Length).ToArray(),
            entries.Select(e => e.LeasedUntil).ToArray(), entries.Select(e => e.LeasedUntil is null ? null : (long?)e.Token).ToArray(),
            entries.Select(e => e.LeasedUntil is null ? null : (long?)e.LeasedBy).ToArray(), entries.Select(e => e.ReceiveCount).ToArray(),
            entries.Select(e => (short)e.State(state.Now.Wall)).ToArray(), entries.Select(e => (short)e.Priority.Value).ToArray(),
            entries.Select(e => IsOrdered(e) ? (short)0 : (short)e.Priority.Value).ToArray(), entries.Select(e => e.IsHeld).ToArray(),
            entries.Select(e => e.IsDue || e.State(state.Now.Wall) == MessageState.Ready).ToArray(), entries.Select(IsOrdered).ToArray(), entries.Select(e => e.Group).ToArray(),
        ];
    }

    /// <summary>How many messages have which flag, and how many are in which group: under the lock of their queue, so what is added holds.</summary>
    public static void WriteCounts(Statements statements, BatchState state)
    {
        var flags = Counted(state, e => e.Data.Flags.Distinct(StringComparer.OrdinalIgnoreCase).Select(f => (MessageJson.Storable(f) ?? "").ToLowerInvariant()));
        AddCounts(statements, "posthorn.flag_counts", "flag", flags);
        var groups = Counted(state, e => e.Group.Length == 0 ? [] : [e.Group]);
        AddCounts(statements, "posthorn.message_groups", "group_name", groups);
    }

    /// <summary>By how much the batch changes how many messages have a name, queue by queue, in a fixed order.</summary>
    private static List<KeyValuePair<(long Queue, string Name), long>> Counted(BatchState state, Func<Entry, IEnumerable<string>> namesOf)
    {
        var counts = new SortedDictionary<(long Queue, string Name), long>(Comparer<(long Queue, string Name)>.Create(
            (a, b) => a.Queue != b.Queue ? a.Queue.CompareTo(b.Queue) : string.CompareOrdinal(a.Name, b.Name)));
        foreach (var (id, after) in state.Entries)
        {
            var before = state.Read.GetValueOrDefault(id);
            if (ReferenceEquals(before, after))
                continue;
            Count(before, -1);
            Count(after, 1);
        }
        return [.. counts.Where(c => c.Value != 0)];

        void Count(Entry? entry, long by)
        {
            if (entry is not { IsConsumed: false })
                return;
            foreach (var name in namesOf(entry))
                counts[(entry.QueueId, name)] = counts.GetValueOrDefault((entry.QueueId, name)) + by;
        }
    }

    private static void AddCounts(Statements statements, string table, string column, List<KeyValuePair<(long Queue, string Name), long>> changed)
    {
        if (changed.Count == 0)
            return;
        object[] columns = [changed.Select(c => c.Key.Queue).ToArray(), changed.Select(c => c.Key.Name).ToArray(), changed.Select(c => c.Value).ToArray()];
        statements.Add(
            $"""
            INSERT INTO {table} AS c (queue_id, {column}, message_count) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
            ON CONFLICT (queue_id, {column}) DO UPDATE SET message_count = c.message_count + excluded.message_count
            """,
            columns);
        if (changed.Any(c => c.Value < 0))
        {
            statements.Add(
                $"DELETE FROM {table} c USING unnest($1::bigint[], $2::text[]) AS n (a, b) WHERE c.queue_id = n.a AND c.{column} = n.b AND c.message_count <= 0",
                columns[0], columns[1]);
        }
    }

    /// <summary>Groups of FIFO queues get their turn behind those that are there.</summary>
    private static void WriteOrderedGroups(Statements statements, BatchState state)
    {
        var groups = state.Entries.Values.OfType<Entry>()
            .Where(e => !ReferenceEquals(e, state.Read.GetValueOrDefault(e.Id)) && !e.IsConsumed && state.Queues[e.QueueId].Policy.IsFifo)
            .OrderBy(e => e.QueueId).ThenBy(e => e.Number).Select(e => (e.QueueId, e.Group)).Distinct().ToList();
        if (groups.Count == 0)
            return;
        statements.Add(
            """
            INSERT INTO posthorn.ordered_groups (queue_id, group_name, turn)
            SELECT n.a, n.b, coalesce((SELECT max(turn) FROM posthorn.ordered_groups o WHERE o.queue_id = n.a), 0) + n.place
            FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS n (a, b, place) ON CONFLICT (queue_id, group_name) DO NOTHING
            """,
            groups.Select(g => g.QueueId).ToArray(), groups.Select(g => g.Group).ToArray());
    }

    public static void WriteRest(Statements statements, BatchState state)
    {
        if (state.NewDeduplicated.Count > 0)
        {
            var keys = state.NewDeduplicated.Where(k => state.Queues[k.QueueId] is { IsDeleted: false })
                .OrderBy(k => k.QueueId).ThenBy(k => k.Group, StringComparer.Ordinal).ThenBy(k => k.Id, StringComparer.Ordinal).ToList();
            var first = keys.ConvertAll(k => state.Deduplicated[k]);
            statements.Add(
                """
                INSERT INTO posthorn.deduplication (queue_id, group_name, deduplication_id, expires_at, message_id, number)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
                ON CONFLICT (queue_id, group_name, deduplication_id) DO UPDATE SET expires_at = excluded.expires_at, message_id = excluded.message_id, number = excluded.number
                """,
                keys.Select(k => k.QueueId).ToArray(), keys.Select(k => k.Group).ToArray(), keys.Select(k => k.Id).ToArray(),
                first.Select(f => f.Until).ToArray(), first.Select(f => (long)f.Value.Id.Value).ToArray(), first.Select(f => f.Value.Number).ToArray());
        }
        if (state.NewKeys.Count > 0)
        {
            // One that another node has committed meanwhile breaks the batch, which is decided anew: then it is a repeat.
            var keys = state.NewKeys.Order(StringComparer.Ordinal).ToArray();
            statements.Add("DELETE FROM posthorn.commit_keys WHERE key = ANY ($1) AND expires_at <= $2", keys, state.Now.Wall);
            statements.Add(
                "INSERT INTO posthorn.commit_keys (key, expires_at, result) SELECT a, b, c::jsonb FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (a, b, c)",
                keys, keys.Select(k => state.Keys[k].Until).ToArray(), keys.Select(k => ResultJson.Write(state.Keys[k].Value)).ToArray());
        }
        var set = state.Documents.Where(d => d.Value is not null).OrderBy(d => d.Key, StringComparer.Ordinal).ToList();
        if (set.Count > 0)
        {
            statements.Add(
                "INSERT INTO posthorn.documents (key, value) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                set.Select(d => d.Key).ToArray(), set.Select(d => d.Value!).ToArray());
        }
        var removed = state.Documents.Where(d => d.Value is null).Select(d => d.Key).Order(StringComparer.Ordinal).ToArray();
        if (removed.Length > 0)
            statements.Add("DELETE FROM posthorn.documents WHERE key = ANY ($1)", (object)removed);
    }
}

namespace Posthorn.PostgreSql.Leasing;

/// <summary>
/// The statements that look at a queue group by group. A look at a group is one at the head of an index, so that they cost what there are groups and
/// what consumers hold, not what waits.
/// </summary>
internal static class GroupSql
{
    /// <summary>The groups of queue $1 that have messages; those without a group are one too, whether or not there are any.</summary>
    private const string Names = "(SELECT m.group_name FROM posthorn.message_groups m WHERE m.queue_id = $1 UNION ALL SELECT '')";

    /// <summary>The same with their counts.</summary>
    private const string Counts = """
        (SELECT m.group_name, m.message_count FROM posthorn.message_groups m WHERE m.queue_id = $1
        UNION ALL
        SELECT '', q.message_count - coalesce((SELECT sum(m.message_count) FROM posthorn.message_groups m WHERE m.queue_id = $1), 0)::bigint
        FROM posthorn.queues q WHERE q.queue_id = $1)
        """;

    private const string ReadyOfGroup = "d.queue_id = $1 AND d.state = 0 AND d.group_name = g.group_name";

    /// <summary>What of queue $1 is first in delivery order, at most $2; none that was received $3 times, none of the groups $4.</summary>
    public const string Heads = $"""
        SELECT h.message_id, h.group_name, h.number, h.mod_seq FROM {Names} g CROSS JOIN LATERAL (
            SELECT d.message_id, d.group_name, d.number, d.mod_seq, d.rank FROM posthorn.deliveries d
            WHERE {ReadyOfGroup} AND d.receive_count < $3 ORDER BY d.rank DESC, d.number LIMIT $2) h
        WHERE g.group_name <> ALL ($4) ORDER BY h.rank DESC, h.number LIMIT $2
        """;

    /// <summary>The groups of queue $1 of which something can be received that was received less than $2 times; of the groups $3, or of all when they are null.</summary>
    public const string Ready = $"""
        SELECT g.group_name FROM {Names} g CROSS JOIN LATERAL (
            SELECT d.number FROM posthorn.deliveries d WHERE {ReadyOfGroup} AND d.receive_count < $2 ORDER BY d.rank DESC, d.number LIMIT 1) h
        WHERE $3::text[] IS NULL OR g.group_name = ANY ($3) ORDER BY h.number
        """;

    /// <summary>The same of a FIFO queue: whose first message is ready.</summary>
    public const string ReadyInOrder = """
        SELECT g.group_name FROM posthorn.ordered_groups g CROSS JOIN LATERAL (
            SELECT d.state, d.receive_count, d.number FROM posthorn.deliveries d
            WHERE d.queue_id = $1 AND d.group_name = g.group_name AND d.is_ordered AND d.state <> 4 ORDER BY d.number LIMIT 1) h
        WHERE g.queue_id = $1 AND h.state = 0 AND h.receive_count < $2 AND ($3::text[] IS NULL OR g.group_name = ANY ($3)) ORDER BY h.number
        """;

    /// <summary>What each tenant of queue $1 has: messages; ready ones that were received less than $3 times, counted up to $2; leased ones.</summary>
    public const string Lanes = $"""
        SELECT g.group_name, g.message_count,
            (SELECT count(*) FROM (SELECT 1 FROM posthorn.deliveries d WHERE {ReadyOfGroup} AND d.receive_count < $3 ORDER BY d.rank DESC, d.number LIMIT $2) r), coalesce(l.leased, 0)
        FROM {Counts} g
        LEFT JOIN (SELECT d.group_name, count(*) AS leased FROM posthorn.deliveries d WHERE d.queue_id = $1 AND d.state = 2 GROUP BY 1) l USING (group_name)
        WHERE g.message_count > 0
        """;

    /// <summary>
    /// The figures of the groups $4 of queue $1, or of all when they are null, at $2 (wall) and $3 (steady): messages, ready ones, leased ones, since when the
    /// first is there, and the first that is ready. It counts what is leased, delayed and held.
    /// </summary>
    public const string Figures = $"""
        WITH busy AS (
            SELECT group_name, count(*) FILTER (WHERE is_leased) AS leased, count(*) AS unready FROM (
                SELECT group_name, true AS is_leased FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2 AND leased_until > $3
                UNION ALL SELECT group_name, false FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2 AND leased_until <= $3 AND (is_held OR (due_at > $2 AND NOT is_due))
                UNION ALL SELECT group_name, false FROM posthorn.deliveries WHERE queue_id = $1 AND state = 1 AND due_at > $2
                UNION ALL SELECT group_name, false FROM posthorn.deliveries WHERE queue_id = $1 AND state = 3) b
            GROUP BY 1)
        SELECT g.group_name, g.message_count, g.message_count - coalesce(busy.unready, 0), coalesce(busy.leased, 0),
            CASE g.group_name WHEN '' THEN ({FirstUngrouped} {InOrder}) ELSE ({FirstGrouped} {InOrder}) END,
            CASE g.group_name WHEN '' THEN ({FirstUngrouped} {IsReady} {InOrder}) ELSE ({FirstGrouped} {IsReady} {InOrder}) END
        FROM {Counts} g LEFT JOIN busy USING (group_name) WHERE g.message_count > 0 AND ($4::text[] IS NULL OR g.group_name = ANY ($4))
        """;

    private const string FirstUngrouped = "SELECT d.enqueued_at FROM posthorn.deliveries d WHERE d.queue_id = $1 AND d.state <> 4 AND d.group_name = ''";
    private const string FirstGrouped = "SELECT d.enqueued_at FROM posthorn.deliveries d WHERE d.queue_id = $1 AND d.state <> 4 AND d.group_name = g.group_name AND d.group_name <> ''";
    private const string IsReady = "AND (d.state = 0 OR (d.state = 1 AND d.due_at <= $2) OR (d.state = 2 AND d.leased_until <= $3 AND NOT d.is_held AND (d.due_at <= $2 OR d.is_due)))";
    private const string InOrder = "ORDER BY d.number LIMIT 1";
}

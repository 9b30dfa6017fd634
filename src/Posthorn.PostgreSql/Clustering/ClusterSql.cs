namespace Posthorn.PostgreSql.Clustering;

/// <summary>The statements that nodes see each other by.</summary>
internal static class ClusterSql
{
    /// <summary>Node $1 is there, and tells $2; nothing happens while it has no row.</summary>
    public const string Beat = """
        INSERT INTO posthorn.node_beats AS b (node_id, beats, beat_at, is_draining, report)
        SELECT node_id, 1, clock_timestamp(), false, $2::jsonb FROM posthorn.nodes WHERE node_id = $1
        ON CONFLICT (node_id) DO UPDATE SET beats = b.beats + 1, beat_at = clock_timestamp(), report = excluded.report
        """;

    /// <summary>All nodes.</summary>
    public const string Nodes = """
        SELECT n.node_id, n.name, n.started_at, b.beats, extract(epoch FROM clock_timestamp() - b.beat_at)::float8, b.is_draining, b.report::text
        FROM posthorn.nodes n JOIN posthorn.node_beats b USING (node_id)
        """;

    /// <summary>Node $1 drains, or does not: $2.</summary>
    public const string Drain = "UPDATE posthorn.node_beats SET is_draining = $2 WHERE node_id = $1";

    /// <summary>
    /// Ends the leases of node $1 on queue $2, at most $4, if it has been silent for $5 seconds; $3 is now (wall). Who acknowledges under one of them afterwards is refused,
    /// since its token is gone.
    /// </summary>
    public const string EndLeases = """
        UPDATE posthorn.deliveries SET leased_until = NULL, lease_token = NULL, leased_by = NULL, state = CASE WHEN is_held THEN 3 WHEN due_at > $3 AND NOT is_due THEN 1 ELSE 0 END
        WHERE message_id = ANY (ARRAY(
            SELECT message_id FROM posthorn.deliveries
            WHERE queue_id = (SELECT queue_id FROM posthorn.queues WHERE name = $2 AND deleted_at IS NULL) AND state = 2 AND leased_by = $1
                AND NOT EXISTS (SELECT 1 FROM posthorn.node_beats b WHERE b.node_id = $1 AND b.beat_at <= clock_timestamp() AND b.beat_at > clock_timestamp() - make_interval(secs => $5))
            ORDER BY message_id LIMIT $4 FOR UPDATE SKIP LOCKED))
        RETURNING number, mod_seq, group_name, state, receive_count, due_at
        """;
}

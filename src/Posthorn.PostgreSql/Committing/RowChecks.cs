using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Committing;

/// <summary>
/// Locks the rows that a batch was decided on from memory, in the same order in which <see cref="BatchReader"/> locks what it reads, and breaks the
/// transaction when one of them is not as it was remembered (<c>posthorn.expect</c>, SQLSTATE 40001).
/// </summary>
internal static class RowChecks
{
    // What is acknowledged is on stable storage, whatever the server's default is. The node's row is the first that is locked, as always.
    private const string Node = $"""
        WITH written AS ({NodeRow.UpdateUnlessFenced} RETURNING CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END AS setting)
        SELECT posthorn.expect(count(*), 1), max(setting), {SqlText.AlongIndexes} FROM written
        """;

    // Row by row in the order of the keys, so that two nodes cannot stand in each other's way.
    // Each commit that touches a queue changes its mod-seq, but one that replays from it into another: that changes what is kept.
    private const string Queues = """
        SELECT posthorn.expect(count(*), cardinality($1)) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (queue_id, mod_seq, consumed) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.queues q
            WHERE q.queue_id = n.queue_id AND q.highest_mod_seq = n.mod_seq AND q.consumed_count = n.consumed AND q.deleted_at IS NULL FOR UPDATE) AS same
        """;

    // Leases end, are given and are extended without the queue's lock: the token tells whether it is still the same, and its end whether it still holds.
    private const string Leases = """
        SELECT posthorn.expect(count(*), cardinality($1)) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (message_id, token, mod_seq) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.deliveries d
            WHERE d.message_id = n.message_id AND d.state = 2 AND d.lease_token = n.token AND d.leased_until > $4 AND d.mod_seq = n.mod_seq FOR UPDATE) AS same
        """;

    private const string Bodies = """
        SELECT posthorn.expect(count(*), cardinality($1)) FROM unnest($1::bigint[], $2::integer[]) AS n (body_id, uses) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.bodies b WHERE b.body_id = n.body_id AND b.reference_count = n.uses FOR UPDATE) AS same
        """;

    /// <summary>Adds the checks of all that a batch's state was filled with.</summary>
    public static void AddTo(Statements statements, BatchState state, long nodeId, long batch)
    {
        statements.Add(Node, nodeId, batch, state.Now.Wall);
        var queues = state.ReadQueues.Values.OrderBy(q => q.Id).ToList();
        statements.Add(Queues, queues.Select(q => q.Id).ToArray(), queues.Select(q => q.HighestModSeq).ToArray(), queues.Select(q => q.Consumed).ToArray());
        if (state.Read.Count > 0)
        {
            var leased = state.Read.Values.OrderBy(e => e.Id).ToList();
            statements.Add(
                Leases, leased.Select(e => (long)e.Id).ToArray(), leased.Select(e => (long)e.Token).ToArray(), leased.Select(e => e.ModSeq).ToArray(), state.Now.Steady);
        }
        if (state.ReadBodies.Count > 0)
        {
            var bodies = state.ReadBodies.OrderBy(b => b.Key).ToList();
            statements.Add(Bodies, bodies.Select(b => b.Key).ToArray(), bodies.Select(b => b.Value.References).ToArray());
        }
    }
}

using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Committing;

/// <summary>
/// Locks the rows that a batch was decided on from memory, in the same order in which <see cref="BatchReader"/> locks what it reads, and breaks the
/// transaction when one of them is not as it was remembered (<c>posthorn.expect</c>, SQLSTATE 40001).
/// </summary>
/// <remarks>
/// The usual batches, of one queue, and of messages that all go, are written by what checks them: a row is found and locked once, not twice. What a table has
/// of a batch is either all checked so or all before, for the sake of the order of the locks.
/// </remarks>
internal static class RowChecks
{
    // What is acknowledged is on stable storage, whatever the server's default is. The node's row is the first that is locked, as always.
    private const string Node = $"""
        WITH written AS ({NodeRow.UpdateUnlessFenced} RETURNING CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END AS setting)
        SELECT {ExpectOne}, max(setting), {SqlText.AlongIndexes}, {SqlText.PlannedOnce} FROM written
        """;

    // Row by row in the order of the keys, so that two nodes cannot stand in each other's way.
    // Each commit that touches a queue changes its mod-seq, but one that replays from it into another: that changes what is kept.
    private const string Queues = $"""
        SELECT {ExpectAll} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (queue_id, mod_seq, consumed) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.queues q
            WHERE q.queue_id = n.queue_id AND q.highest_mod_seq = n.mod_seq AND q.consumed_count = n.consumed AND q.deleted_at IS NULL FOR UPDATE) AS same
        """;

    private const string OneQueue = $"""
        WITH written AS (
            UPDATE posthorn.queues SET next_number = $4, highest_mod_seq = $5, message_count = $6, byte_count = $7, consumed_count = $8, consumed_byte_count = $9
            WHERE queue_id = $1 AND highest_mod_seq = $2 AND consumed_count = $3 AND deleted_at IS NULL RETURNING 1)
        SELECT {ExpectOne} FROM written
        """;

    // Leases end, are given and are extended without the queue's lock: the token tells whether it is still the same, and its end whether it still holds.
    private const string Leases = $"""
        SELECT {ExpectAll} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (message_id, token, mod_seq) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.deliveries d
            WHERE d.message_id = n.message_id AND d.state = 2 AND d.lease_token = n.token AND d.leased_until > $4 AND d.mod_seq = n.mod_seq FOR UPDATE) AS same
        """;

    // Only what is leased has a token.
    private const string LeasesThatGo = """
        WITH gone AS (DELETE FROM posthorn.deliveries WHERE message_id = ANY ($1) RETURNING message_id, lease_token, mod_seq, leased_until)
        SELECT CASE WHEN array_agg(lease_token ORDER BY message_id) = $2 AND array_agg(mod_seq ORDER BY message_id) = $3 AND min(leased_until) > $4 THEN true
            ELSE posthorn.expect(0, 1) END FROM gone
        """;

    private const string Bodies = $"""
        SELECT {ExpectAll} FROM unnest($1::bigint[], $2::integer[]) AS n (body_id, uses) CROSS JOIN LATERAL (
            SELECT 1 FROM posthorn.bodies b WHERE b.body_id = n.body_id AND b.reference_count = n.uses FOR UPDATE) AS same
        """;

    private const string BodiesThatGo = """
        WITH gone AS (DELETE FROM posthorn.bodies WHERE body_id = ANY ($1) RETURNING body_id, reference_count)
        SELECT CASE WHEN array_agg(reference_count ORDER BY body_id) = $2 THEN true ELSE posthorn.expect(0, 1) END FROM gone
        """;

    // The function is called only to raise its error: a call costs more than to compare.
    private const string ExpectOne = "CASE WHEN count(*) = 1 THEN true ELSE posthorn.expect(count(*), 1) END";

    private const string ExpectAll = "CASE WHEN count(*) = cardinality($1) THEN true ELSE posthorn.expect(count(*), cardinality($1)) END";

    /// <summary>Adds the checks of all that a batch's state was filled with.</summary>
    public static CheckedRows AddTo(Statements statements, BatchState state, long nodeId, long batch)
    {
        var before = statements.Count;
        statements.Add(Node, nodeId, batch, state.Now.Wall);
        var wroteQueues = AddQueues(statements, state);
        var removedDeliveries = state.Read.Count > 0 && AddLeases(statements, state);
        var removedBodies = state.ReadBodies.Count > 0 && AddBodies(statements, state);
        return new CheckedRows(statements.Count - before, wroteQueues, removedDeliveries, removedBodies);
    }

    private static bool AddQueues(Statements statements, BatchState state)
    {
        var queues = state.ReadQueues.Values.OrderBy(q => q.Id).ToList();
        if (queues is [var one] && state.Queues[one.Id] is { IsDeleted: false } now && now.PolicyVersion == one.PolicyVersion)
        {
            statements.Add(
                OneQueue, one.Id, one.HighestModSeq, one.Consumed, now.NextNumber, now.HighestModSeq, now.Messages, now.Bytes, now.Consumed, now.ConsumedBytes);
            return true;
        }
        statements.Add(Queues, queues.Select(q => q.Id).ToArray(), queues.Select(q => q.HighestModSeq).ToArray(), queues.Select(q => q.Consumed).ToArray());
        return false;
    }

    private static bool AddLeases(Statements statements, BatchState state)
    {
        var allGo = state.Read.Keys.All(id => state.Entries[id] is null);
        var leased = state.Read.Values.OrderBy(e => e.Id).ToList();
        statements.Add(
            allGo ? LeasesThatGo : Leases,
            leased.Select(e => (long)e.Id).ToArray(), leased.Select(e => (long)e.Token).ToArray(), leased.Select(e => e.ModSeq).ToArray(), state.Now.Steady);
        return allGo;
    }

    private static bool AddBodies(Statements statements, BatchState state)
    {
        var allGo = state.ReadBodies.All(b => !b.Value.IsLarge && state.Bodies[b.Key].References <= 0);
        var bodies = state.ReadBodies.OrderBy(b => b.Key).ToList();
        statements.Add(allGo ? BodiesThatGo : Bodies, bodies.Select(b => b.Key).ToArray(), bodies.Select(b => b.Value.References).ToArray());
        return allGo;
    }
}

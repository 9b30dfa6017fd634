using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using Posthorn.Messages;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>The statements that leases are made of. Times are parameters: the node's clocks, never the server's.</summary>
internal static class LeaseSql
{
    /// <summary>
    /// Leases need not survive the server: no sync is waited for. And a node that was cut off in the middle must not hold its locks for hours. Until the
    /// transaction ends.
    /// </summary>
    public const string NotDurable = $"SELECT {Settings}";

    /// <summary>Whether the policy of queue $1 is still $2; and <see cref="NotDurable"/>.</summary>
    public const string IsCurrentAndNotDurable = $"SELECT EXISTS (SELECT 1 FROM posthorn.queues WHERE queue_id = $1 AND policy_version = $2 AND deleted_at IS NULL), {Settings}";

    /// <summary>So many messages are made ready at most by what else is done; the rest follows at once by itself.</summary>
    public const int FlipsMax = 1_000;

    private const string Settings = $"set_config('synchronous_commit', 'off', true), set_config('idle_in_transaction_session_timeout', '10s', true), {SqlText.AlongIndexes}";

    private const string Ended = "leased_until = NULL, lease_token = NULL, leased_by = NULL, state = CASE WHEN is_held THEN 3 WHEN due_at > $3 AND NOT is_due THEN 1 ELSE 0 END";

    private const string FlipColumns = "number, mod_seq, group_name, state, receive_count, due_at";

    private const string Held = "state = 2, leased_by = $2, receive_count = d.receive_count + 1, is_due = true";

    private const string Given = $"""
        SELECT {Columns}, {RowReader.BytesColumns}, b.reference_count FROM leased d JOIN posthorn.messages m USING (message_id)
        LEFT JOIN posthorn.bodies b ON b.body_id = m.body_id AND NOT b.is_large AND b.length <= $3
        """;

    private const string Columns = $"{RowReader.DeliveryColumns}, {RowReader.DataColumns}, {RowReader.WholeColumns}";

    /// <summary>Ends leases of queue $1 whose time $2 (steady) has come, at most $4; $3 is now (wall).</summary>
    public const string EndLeases = $"""
        UPDATE posthorn.deliveries SET {Ended}
        WHERE message_id = ANY (ARRAY(SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2 AND leased_until <= $2 ORDER BY leased_until LIMIT $4 FOR UPDATE SKIP LOCKED))
        RETURNING {FlipColumns}
        """;

    /// <summary>Makes ready what of queue $1 is due at $2 (wall), at most $3.</summary>
    public const string EndDelays = $"""
        UPDATE posthorn.deliveries SET state = 0, is_due = true
        WHERE message_id = ANY (ARRAY(SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state = 1 AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING {FlipColumns}
        """;

    /// <summary>When queue $1 is to be looked at next: wall, steady.</summary>
    public const string NextDue = """
        SELECT coalesce((SELECT min(due_at) FROM posthorn.deliveries WHERE queue_id = $1 AND state = 1), 9223372036854775807),
               coalesce((SELECT min(leased_until) FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2), 9223372036854775807)
        """;

    /// <summary>The same of all queues of which anything is delayed or leased.</summary>
    public const string AllNextDue = """
        SELECT * FROM (
            SELECT q.queue_id,
                   coalesce((SELECT min(due_at) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 1), 9223372036854775807) AS due,
                   coalesce((SELECT min(leased_until) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 2), 9223372036854775807) AS ends
            FROM posthorn.queues q WHERE q.deleted_at IS NULL) t
        WHERE due < 9223372036854775807 OR ends < 9223372036854775807
        """;

    /// <summary>
    /// Leases what is first of queue $1, for node $2; bodies of up to $3 bytes come along. At most $4 that were received less than $5 times, if the queue's
    /// policy is $6; each until $7. Their tokens are $8 and the message's id together.
    /// </summary>
    public static string Any { get; } = First("");

    /// <summary>The same of group $9 alone; empty for those without a group.</summary>
    public static string OfGroup { get; } = First("AND group_name = $9");

    /// <summary>Leases the messages $1 for node $2 in their order, each until $4; bodies of up to $3 bytes come along. Their tokens follow $5.</summary>
    public const string ByIds = $"""
        WITH leased AS (
            UPDATE posthorn.deliveries d SET {Held}, lease_token = $5 + p.place, leased_until = $4
            FROM unnest($1::bigint[]) WITH ORDINALITY AS p (message_id, place) WHERE d.message_id = p.message_id AND d.state = 0
            RETURNING d.*, p.place)
        {Given} ORDER BY d.place
        """;

    /// <summary>
    /// What of FIFO queue $1 is handed out next, group by group in their turns, at most $2; none that was received $3 times, none of the groups $4.
    /// </summary>
    public const string OrderedAny = $"""
        WITH heads AS MATERIALIZED (
            SELECT g.group_name, g.turn FROM posthorn.ordered_groups g CROSS JOIN LATERAL (
                SELECT state, receive_count FROM posthorn.deliveries d
                WHERE d.queue_id = $1 AND d.group_name = g.group_name AND d.is_ordered AND d.state <> 4 ORDER BY d.number LIMIT 1) h
            WHERE g.queue_id = $1 AND h.state = 0 AND h.receive_count < $3 AND g.group_name <> ALL ($4) ORDER BY g.turn LIMIT $2)
        SELECT r.message_id, heads.group_name, r.number, r.mod_seq FROM heads CROSS JOIN LATERAL ({Row}) r ORDER BY heads.turn, r.number LIMIT $2
        """;

    /// <summary>The messages that stand in a row at the heads of the groups $4 of FIFO queue $1, at most $2 of each; none that was received $3 times.</summary>
    public const string OrderedRows = $"SELECT r.message_id, heads.group_name, r.number, r.mod_seq FROM unnest($4::text[]) AS heads (group_name) CROSS JOIN LATERAL ({Row}) r ORDER BY r.number";

    // As many as are wanted from the head of the group, whatever their state; then those before the first that cannot be received.
    private const string Row = """
        SELECT message_id, number, mod_seq FROM (
            SELECT message_id, number, mod_seq, bool_or(state <> 0 OR receive_count >= $3) OVER (ORDER BY number) AS is_blocked FROM (
                SELECT d.message_id, d.number, d.mod_seq, d.state, d.receive_count FROM posthorn.deliveries d
                WHERE d.queue_id = $1 AND d.group_name = heads.group_name AND d.is_ordered AND d.state <> 4 ORDER BY d.number LIMIT $2) f) w
        WHERE NOT is_blocked ORDER BY number
        """;

    /// <summary>Puts the groups $2 of FIFO queue $1 at the end of the turns, in their order.</summary>
    public const string Turn = """
        UPDATE posthorn.ordered_groups g SET turn = (SELECT max(turn) FROM posthorn.ordered_groups WHERE queue_id = $1) + n.place
        FROM unnest($2::text[]) WITH ORDINALITY AS n (group_name, place) WHERE g.queue_id = $1 AND g.group_name = n.group_name
        """;

    /// <summary>Where the tokens of a statement's leases begin: 62 random bits, so that nobody has one that was ever given out.</summary>
    public static long NewTokens() => BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long))) >>> 2;

    public static Flip ReadFlip(DbDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetString(2), (MessageState)row.GetInt16(3), row.GetInt32(4), row.GetInt64(5));

    // By an array of ids, whose rows are fetched one by one: of a join the server thinks that it takes a third of the queue, and may go through the table for it.
    private static string First(string ofGroup) => $"""
        WITH leased AS (
            UPDATE posthorn.deliveries d SET {Held}, lease_token = $8 + d.message_id, leased_until = $7
            WHERE d.message_id = ANY (ARRAY(
                SELECT message_id FROM posthorn.deliveries
                WHERE queue_id = $1 AND state = 0 AND receive_count < $5 {ofGroup}
                    AND EXISTS (SELECT 1 FROM posthorn.queues q WHERE q.queue_id = $1 AND q.policy_version = $6 AND q.deleted_at IS NULL)
                ORDER BY rank DESC, number LIMIT $4 FOR UPDATE SKIP LOCKED))
            RETURNING d.*)
        {Given} ORDER BY d.rank DESC, d.number
        """;
}

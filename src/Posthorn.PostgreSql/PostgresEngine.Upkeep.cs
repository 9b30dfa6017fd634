using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>What must be done now and then: dead letters, what is too old, what is kept no longer, what is left of queues and bodies that are gone.</summary>
/// <remarks>Every node does it; each piece is decided by the writer on locked rows, so two that find the same do it once.</remarks>
public sealed partial class PostgresEngine
{
    private const int UpkeepMax = 1_000;
    private const int TooManyRounds = 10_000;

    /// <summary>A node of which nothing was heard for so long has gone.</summary>
    private static readonly TimeSpan NodeLife = TimeSpan.FromDays(1);

    /// <summary>How often a store is listed for what no row knows, by one node for all: only a database that lost what it had committed leaves such.</summary>
    private static readonly TimeSpan StrayEvery = TimeSpan.FromDays(1);

    /// <summary>How often a node asks whether that is due.</summary>
    private static readonly TimeSpan StrayAskedEvery = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _upkeepCalled = new(0, 1);

    private long _strayDue; // the upkeep loop's, on the steady clock; not at a start, which may be one of many

    private void CallUpkeep()
    {
        lock (_gate)
        {
            if (_upkeepCalled.CurrentCount == 0 && !_isClosed)
                _upkeepCalled.Release();
        }
    }

    private async Task UpkeepLoopAsync()
    {
        try
        {
            _strayDue = Moment.Later(Now.Steady, StrayAskedEvery);
            while (true)
            {
                await _upkeepCalled.WaitAsync(_closing.Token);
                var next = Moment.Later(Now.Steady, _options.PollInterval);
                try
                {
                    await KeepUpAsync(_closing.Token);
                    Complain(null);
                }
                catch (Exception e) when (e is not OperationCanceledException and not ObjectDisposedException)
                {
                    Complain($"Upkeep failed, and is tried again: {e.Message}");
                }
                lock (_gate)
                    SetTimer(); // the wall clock may have been set
                // Counted from its beginning: time may have gone on meanwhile.
                var wait = TimeSpan.FromTicks(next - Now.Steady);
                if (wait <= TimeSpan.Zero)
                    CallUpkeep();
                else
                    _upkeepTimer.Change(wait, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The engine is closed.
        }
    }

    private void Complain(string? complaint)
    {
        lock (_gate)
            _complaint = complaint;
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        var queues = await AskAsync(
            async (connection, token) =>
            {
                var found = new List<QueueRow>();
                await using var statements = new Statements(connection, _sql).Add($"SELECT {RowReader.QueueColumns} FROM posthorn.queues q");
                await using var reader = await statements.ReadAsync(token);
                while (await reader.ReadAsync(token))
                    found.Add(RowReader.Queue(reader));
                return found;
            },
            cancellationToken);
        foreach (var queue in queues)
        {
            if (queue.IsDeleted)
                await SweepQueueAsync(queue, cancellationToken);
            else
                await KeepUpAsync(queue, cancellationToken);
        }
        PollNodes(await NoteSeenAsync(cancellationToken));
        await SweepAsync(cancellationToken); // last: a store of bodies may be away
    }

    private async Task KeepUpAsync(QueueRow queue, CancellationToken cancellationToken)
    {
        var now = Now;
        if (queue.Policy is { ReceivesMax: { } max, DeadLetterQueue: not null })
        {
            await DoAllAsync(
                UpkeepKind.Bury,
                """
                SELECT message_id FROM (
                    SELECT message_id, number FROM posthorn.deliveries WHERE queue_id = $1 AND state = 0 AND receive_count > 0 AND receive_count >= $2
                    UNION ALL
                    SELECT message_id, number FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2 AND leased_until <= $4 AND receive_count >= $2 AND NOT is_held) d
                ORDER BY number LIMIT $3
                """,
                [queue.Id, max, UpkeepMax, now.Steady], cancellationToken);
        }
        if (queue.Policy.Retention is { } retention)
        {
            await DoAllAsync(
                UpkeepKind.Expire, "SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state <> 4 AND accepted_at <= $2 AND NOT is_held ORDER BY accepted_at LIMIT $3",
                [queue.Id, now.Wall - retention.Ticks, UpkeepMax], cancellationToken);
        }
        if (queue.Policy.KeepConsumed is { } kept)
        {
            await DoAllAsync(
                UpkeepKind.Forget, "SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state = 4 AND due_at <= $2 ORDER BY due_at LIMIT $3",
                [queue.Id, now.Wall - kept.Ticks, UpkeepMax], cancellationToken);
        }
        if (queue.Policy.IsFifo)
        {
            // Under the queue's lock: no message can come to a group meanwhile.
            await CountAsync(
                [
                    "SELECT 1::bigint FROM posthorn.queues WHERE queue_id = $1 FOR UPDATE",
                    """
                    DELETE FROM posthorn.ordered_groups g WHERE g.queue_id = $1 AND NOT EXISTS (
                        SELECT 1 FROM posthorn.deliveries d WHERE d.queue_id = $1 AND d.group_name = g.group_name AND d.is_ordered AND d.state <> 4)
                    """,
                ],
                [queue.Id], cancellationToken);
        }
        for (var current = queue; current is { KeepsTooMuch: true }; current = await FetchQueueAsync(queue.Name.Value))
        {
            var oldest = await IdsAsync("SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state = 4 ORDER BY number LIMIT $2", [queue.Id, UpkeepMax], cancellationToken);
            if (oldest.Count == 0)
                break;
            await DoAsync(UpkeepKind.Forget, oldest);
        }
    }

    private async Task DoAllAsync(UpkeepKind kind, string text, object[] parameters, CancellationToken cancellationToken)
    {
        IReadOnlyList<ulong> before = [];
        for (var round = 0; round < TooManyRounds; round++)
        {
            var found = await IdsAsync(text, parameters, cancellationToken);
            // The same again: somebody else is at it, or it is no more as it was.
            if (found.Count == 0 || found.SequenceEqual(before))
                return;
            before = found;
            await DoAsync(kind, found);
        }
    }

    private async Task DoAsync(UpkeepKind kind, IReadOnlyList<ulong> messages)
    {
        var work = new UpkeepWork(kind, messages);
        if (_work.TryAdd(work))
            await work.Done;
    }

    private Task<IReadOnlyList<ulong>> IdsAsync(string text, object[] parameters, CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            var ids = new List<ulong>();
            await using var statements = new Statements(connection, _sql).Add(text, parameters);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                ids.Add((ulong)reader.GetInt64(0));
            return (IReadOnlyList<ulong>)ids;
        },
        cancellationToken);

    /// <summary>Removes what a deleted queue has left, so many messages a transaction; then the queue itself.</summary>
    private async Task SweepQueueAsync(QueueRow queue, CancellationToken cancellationToken)
    {
        const string MessagesOf = """
            WITH gone AS (
                DELETE FROM posthorn.deliveries WHERE message_id = ANY (ARRAY(
                    SELECT message_id FROM posthorn.deliveries WHERE queue_id = $1 AND state {0} 4 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING message_id),
            contents AS (DELETE FROM posthorn.messages m USING gone WHERE m.message_id = gone.message_id RETURNING m.body_id),
            uses AS (SELECT body_id, count(*) AS uses FROM contents WHERE body_id > 0 GROUP BY body_id),
            freed AS (UPDATE posthorn.bodies b SET reference_count = b.reference_count - uses.uses, idle_since = $3 FROM uses WHERE b.body_id = uses.body_id)
            SELECT count(*) FROM gone
            """;
        // Along an index each: those that are there, and those that were consumed and are kept.
        foreach (var text in new[] { MessagesOf.Replace("{0}", "<>", StringComparison.Ordinal), MessagesOf.Replace("{0}", "=", StringComparison.Ordinal) })
        {
            while (await CountAsync([text], [queue.Id, UpkeepMax, Now.Wall], cancellationToken) > 0)
            {
                // And the next ones.
            }
        }
        await CountAsync(
            [
                "DELETE FROM posthorn.deduplication WHERE queue_id = $1", "DELETE FROM posthorn.flag_counts WHERE queue_id = $1",
                "DELETE FROM posthorn.message_groups WHERE queue_id = $1", "DELETE FROM posthorn.ordered_groups WHERE queue_id = $1",
                "DELETE FROM posthorn.queues q WHERE q.queue_id = $1 AND NOT EXISTS (SELECT 1 FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id)",
            ],
            [queue.Id], cancellationToken);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = Now.Wall;
        await CountAsync(["DELETE FROM posthorn.bodies WHERE reference_count = 0 AND NOT is_large AND idle_since <= $1"], [now], cancellationToken);
        await CountAsync(["DELETE FROM posthorn.commit_keys WHERE expires_at <= $1", "DELETE FROM posthorn.deduplication WHERE expires_at <= $1"], [now], cancellationToken);
        await _largeBodies.SweepAsync(now - _options.BodyGrace.Ticks, now - _options.UnnamedBodyGrace.Ticks, cancellationToken);
        if (Now.Steady < _strayDue)
            return;
        await _largeBodies.RemoveStrayAsync(_nodeId, StrayEvery, new DateTimeOffset(now, TimeSpan.Zero) - _options.StrayBodyAge, cancellationToken);
        _strayDue = Moment.Later(Now.Steady, StrayAskedEvery);
    }

    /// <summary>Runs statements, each with the same parameters, in one transaction.</summary>
    /// <returns>What the first row of the first one that has rows says; 0 when none has.</returns>
    private Task<long> CountAsync(string[] texts, object[] parameters, CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            await using var statements = new Statements(connection, _sql);
            foreach (var text in texts)
                statements.Add(text, parameters);
            await using var reader = await statements.ReadAsync(token);
            var count = reader.FieldCount > 0 && await reader.ReadAsync(token) ? reader.GetInt64(0) : 0;
            await FinishAsync(reader, token);
            return count;
        },
        cancellationToken);

    /// <summary>Says that this node is there, and forgets those of which nothing was heard for long.</summary>
    /// <returns>How many nodes there are.</returns>
    private Task<long> NoteSeenAsync(CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            var now = Now.Wall;
            await using var statements = new Statements(connection, _sql)
                .Add("UPDATE posthorn.nodes SET seen_at = $2 WHERE node_id = $1", _nodeId, now)
                .Add("DELETE FROM posthorn.nodes WHERE seen_at < $1", now - NodeLife.Ticks)
                .Add("SELECT count(*) FROM posthorn.nodes");
            await using var reader = await statements.ReadAsync(token);
            await reader.ReadAsync(token);
            return reader.GetInt64(0);
        },
        cancellationToken);
}

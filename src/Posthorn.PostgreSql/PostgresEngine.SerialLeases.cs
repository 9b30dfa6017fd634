using Npgsql;
using Posthorn.Leases;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>
/// Leases of queues whose rows depend on each other (FIFO, fair, with a limit of leases), of those with groups that are put aside, and leases by number: under
/// the queue's lock, one after the other.
/// </summary>
public sealed partial class PostgresEngine
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            ThrowIfClosed();
        if (targets.Count == 0 || await QueueAsync(queue.Value) is not { } row)
            return [];
        var waiter = new LeaseWaiter(new LeaseRequest { MessagesMax = targets.Count, VisibilityTimeout = visibilityTimeout });
        for (var attempt = 0; attempt < ConflictsMax; attempt++)
        {
            var round = new Round([waiter]);
            var now = Now;
            var isCurrent = await AskForLeaseAsync(
                (connection, token) => LeaseInTurnAsync(connection, row, waiter, round, now, (found, left) => PickTargetsAsync(found, row, targets, left, token), token),
                cancellationToken);
            if (isCurrent)
                return round.Of(waiter);
            if (await FetchQueueAsync(queue.Value) is not { } other)
                return [];
            row = other;
        }
        return [];
    }

    private async Task<bool> LeaseSeriallyAsync(NpgsqlConnection connection, QueueRow queue, LeaseWaiter waiter, Round round, Moment now, CancellationToken cancellationToken)
    {
        string[] deferred;
        lock (_gate)
        {
            if (waiter.Request.Group is { } group)
                ForgetAnnounced(queue, group);
            deferred = DeferredGroups(queue.Id, now);
        }
        var isCurrent = await LeaseInTurnAsync(
            connection, queue, waiter, round, now,
            (found, leasesLeft) =>
            {
                var max = (int)Math.Min(waiter.Request.MessagesMax, leasesLeft);
                return queue.Policy.IsFifo ? PickOrderedAsync(found, queue, waiter.Request.Group, deferred, max, cancellationToken)
                    : queue.Policy.Fairness is not null && waiter.Request.Group is null ? PickFairlyAsync(found, queue, deferred, max, now, cancellationToken)
                    : PickFirstAsync(found, queue, waiter.Request.Group, deferred, max, cancellationToken);
            },
            cancellationToken);
        NoteFound(queue, waiter.Request, round.Of(waiter).Count);
        return isCurrent;
    }

    /// <summary>Takes the queue's lock, does what time has done, lets somebody pick, and leases what he picked.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="waiter">For whom.</param>
    /// <param name="round">Gets what was leased.</param>
    /// <param name="now">Now.</param>
    /// <param name="pick">Given how many more messages may be leased, picks ready ones in their order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the queue is as it was remembered, and what was picked was still there.</returns>
    private async Task<bool> LeaseInTurnAsync(
        NpgsqlConnection connection, QueueRow queue, LeaseWaiter waiter, Round round, Moment now, Func<NpgsqlConnection, long, Task<List<Pick>>> pick, CancellationToken cancellationToken)
    {
        var isOpen = true;
        try
        {
            var (isCurrent, leased, flips) = await LockAsync(connection, queue, now, cancellationToken);
            var left = queue.Policy.LeasesMax is { } max ? Math.Max(max - leased, 0) : long.MaxValue;
            var picks = isCurrent && !queue.Policy.IsPaused && left > 0 ? await pick(connection, left) : [];
            if (queue.Policy.Fairness is not null)
                picks = CountTurns(queue, picks);
            var given = await TakeAsync(connection, queue, waiter, picks, now, cancellationToken);
            isOpen = false;
            await EndLeaseAsync(queue, flips, given, round);
            // Where other nodes need no lock they may have taken all that was picked: then there is more, or nothing is left to pick.
            return isCurrent && (picks.Count == 0 || given.Count > 0);
        }
        finally
        {
            if (isOpen)
                await TryRollBackAsync(connection);
        }
    }

    private async Task<(bool IsCurrent, long Leased, List<Flip> Flips)> LockAsync(NpgsqlConnection connection, QueueRow queue, Moment now, CancellationToken cancellationToken)
    {
        var flips = new List<Flip>();
        await using var statements = new Statements(connection, _sql)
            .Add("BEGIN").Add(LeaseSql.NotDurable)
            .Add("SELECT 1 FROM posthorn.queues WHERE queue_id = $1 AND policy_version = $2 AND deleted_at IS NULL FOR UPDATE", queue.Id, queue.PolicyVersion)
            .Add(LeaseSql.EndLeases, queue.Id, now.Steady, now.Wall, LeaseSql.FlipsMax)
            .Add(LeaseSql.EndDelays, queue.Id, now.Wall, LeaseSql.FlipsMax)
            .Add("SELECT CASE WHEN $2 THEN (SELECT count(*) FROM posthorn.deliveries WHERE queue_id = $1 AND state = 2) ELSE 0 END", queue.Id, queue.Policy.LeasesMax is not null);
        await using var reader = await statements.ReadAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var isCurrent = await reader.ReadAsync(cancellationToken);
        for (var i = 0; i < 2; i++)
            await ReadFlipsAsync(reader, flips, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (isCurrent, reader.GetInt64(0), flips);
    }

    private async Task<List<(LeaseWaiter Waiter, Entry Entry, LeasedMessage Message)>> TakeAsync(
        NpgsqlConnection connection, QueueRow queue, LeaseWaiter waiter, List<Pick> picks, Moment now, CancellationToken cancellationToken)
    {
        var given = new List<(LeaseWaiter, Entry, LeasedMessage)>();
        var until = Moment.Later(now.Steady, waiter.Request.VisibilityTimeout ?? queue.Policy.VisibilityTimeout);
        await using var statements = new Statements(connection, _sql);
        if (picks.Count > 0)
            statements.Add(LeaseSql.ByIds, picks.Select(p => p.MessageId).ToArray(), _nodeId, picks.Count <= FewMessages ? BytesAlongMax : BytesAlongOfManyMax, until, LeaseSql.NewTokens());
        if (picks.Count > 0 && queue.Policy.IsFifo)
            statements.Add(LeaseSql.Turn, queue.Id, picks.Select(p => p.Group).Distinct(StringComparer.Ordinal).ToArray());
        statements.Add("COMMIT");
        await using var reader = await statements.ReadAsync(cancellationToken);
        var stays = picks.ToDictionary(p => (ulong)p.MessageId, p => p.Stay);
        while (picks.Count > 0 && await reader.ReadAsync(cancellationToken))
        {
            var entry = RowReader.Entry(reader, isWhole: true);
            given.Add((waiter, entry, Leased(reader, queue, entry, now) with { DelayedStay = stays[entry.Id] }));
        }
        await FinishAsync(reader, cancellationToken);
        return given;
    }

    private Task<List<Pick>> PickOrderedAsync(NpgsqlConnection connection, QueueRow queue, string? group, string[] deferred, int max, CancellationToken cancellationToken) =>
        group is null
            ? PicksAsync(connection, LeaseSql.OrderedAny, [queue.Id, (long)max, queue.ReceivesMax, deferred], cancellationToken)
            : PicksAsync(connection, LeaseSql.OrderedRows, [queue.Id, (long)max, queue.ReceivesMax, new[] { group }], cancellationToken);

    private Task<List<Pick>> PickFirstAsync(NpgsqlConnection connection, QueueRow queue, string? group, string[] deferred, int max, CancellationToken cancellationToken)
    {
        // Past what is put aside by the heads of the others: it may be all that is in front.
        if (group is null && deferred.Length > 0)
            return PicksAsync(connection, GroupSql.Heads, [queue.Id, (long)max, queue.ReceivesMax, deferred], cancellationToken);
        var text = $"""
            SELECT message_id, group_name, number, mod_seq FROM posthorn.deliveries
            WHERE queue_id = $1 AND state = 0 AND receive_count < $3 {(group is null ? "" : "AND group_name = $4")} ORDER BY rank DESC, number LIMIT $2 FOR UPDATE SKIP LOCKED
            """;
        object[] parameters = [queue.Id, (long)max, queue.ReceivesMax];
        return PicksAsync(connection, text, group is null ? parameters : [.. parameters, group], cancellationToken);
    }

    /// <summary>Of the targets those that can be received, by number, as many as may be leased.</summary>
    private async Task<List<Pick>> PickTargetsAsync(NpgsqlConnection connection, QueueRow queue, IReadOnlyList<LeaseTarget> targets, long leasesLeft, CancellationToken cancellationToken)
    {
        var wanted = new SortedDictionary<long, long?>();
        foreach (var target in targets)
            wanted.TryAdd(target.Number, target.UnchangedSince);
        var ready = await PicksAsync(
            connection,
            """
            SELECT message_id, group_name, number, mod_seq FROM posthorn.deliveries
            WHERE queue_id = $1 AND state = 0 AND receive_count < $2 AND number = ANY ($3) ORDER BY number FOR UPDATE SKIP LOCKED
            """,
            [queue.Id, queue.ReceivesMax, wanted.Keys.ToArray()], cancellationToken);
        var picks = ready.Where(p => wanted[p.Number] is not { } since || p.ModSeq <= since);
        if (!queue.Policy.IsFifo)
            return [.. picks.Take((int)Math.Min(leasesLeft, int.MaxValue))];
        var groups = ready.Select(p => p.Group).Distinct(StringComparer.Ordinal).ToArray();
        var rows = (await PicksAsync(connection, LeaseSql.OrderedRows, [queue.Id, (long)wanted.Count, queue.ReceivesMax, groups], cancellationToken))
            .GroupBy(p => p.Group, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Queue<long>(g.Select(p => p.Number)), StringComparer.Ordinal);
        return [.. picks.Where(p => rows.TryGetValue(p.Group, out var row) && row.TryPeek(out var next) && next == p.Number && row.TryDequeue(out _)).Take((int)Math.Min(leasesLeft, int.MaxValue))];
    }

    private async Task<List<Pick>> PicksAsync(NpgsqlConnection connection, string text, object[] parameters, CancellationToken cancellationToken)
    {
        var picks = new List<Pick>();
        await using var statements = new Statements(connection, _sql).Add(text, parameters);
        await using var reader = await statements.ReadAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            picks.Add(new Pick(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        return picks;
    }
}

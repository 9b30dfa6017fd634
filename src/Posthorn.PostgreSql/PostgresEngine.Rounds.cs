using System.Data.Common;
using Npgsql;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Asks the database for those who wait for a queue.</summary>
public sealed partial class PostgresEngine
{
    private const int WaitersMax = 64;
    private const int FewMessages = 16;

    /// <summary>Bodies that come along with their messages: up to this when they are few, and when they are many.</summary>
    private const long BytesAlongMax = 64 << 10, BytesAlongOfManyMax = 4 << 10;

    private async Task<Round> ServeAsync(string name, List<LeaseWaiter> waiters)
    {
        var round = new Round(waiters);
        if (await QueueAsync(name) is not { } queue)
            return round;
        round.SawQueue = true;
        var (at, isExhausted) = (0, false);
        for (var attempt = 0; at < waiters.Count && attempt < ConflictsMax;)
        {
            if (queue.Policy.IsPaused)
            {
                // It may have been resumed by another node: its row decides.
                if (await FetchQueueAsync(name) is not { Policy.IsPaused: false } resumed)
                    break;
                queue = resumed;
            }
            var isSerial = IsSerial(queue, waiters[at].Request);
            if (isSerial && isExhausted && waiters[at].Request.Group is null)
            {
                at++; // one before him found that there is nothing more
                continue;
            }
            var some = isSerial ? waiters.GetRange(at, 1) : [.. waiters.Skip(at).Take(WaitersMax).TakeWhile(w => !IsSerial(queue, w.Request))];
            var now = Now;
            var isCurrent = await AskForLeaseAsync(
                (connection, token) => isSerial
                    ? LeaseSeriallyAsync(connection, queue, some[0], round, now, token)
                    : LeaseAsync(connection, queue, some, round, now, token),
                _closing.Token);
            if (isCurrent)
            {
                at += some.Count;
                isExhausted |= isSerial && some[0].Request.Group is null && round.Of(some[0]).Count < some[0].Request.MessagesMax;
                continue;
            }
            attempt++;
            if (await FetchQueueAsync(name) is not { } other)
            {
                round.SawQueue = false;
                break;
            }
            queue = other;
        }
        return round;
    }

    /// <summary>Whether a request needs the queue's lock: what it gets depends on more than the rows it takes.</summary>
    private bool IsSerial(QueueRow queue, LeaseRequest request)
    {
        if (queue.IsSerial)
            return true;
        lock (_gate)
            return request.Group is null && _lanes.TryGetValue(queue.Id, out var lanes) && lanes.Deferred.Count > 0;
    }

    /// <summary>A queue as it is remembered, or else as it is.</summary>
    private async Task<QueueRow?> QueueAsync(string name)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(name, out var known))
                return known;
        }
        return await FetchQueueAsync(name);
    }

    private async Task<QueueRow?> FetchQueueAsync(string name)
    {
        var queue = await AskAsync(
            async (connection, token) =>
            {
                await using var statements = new Statements(connection, _sql).Add($"SELECT {RowReader.QueueColumns} FROM posthorn.queues q WHERE q.name = $1 AND q.deleted_at IS NULL", name);
                await using var reader = await statements.ReadAsync(token);
                return await reader.ReadAsync(token) ? RowReader.Queue(reader) : null;
            },
            _closing.Token);
        lock (_gate)
        {
            if (queue is null)
                _known.Remove(name);
            else
                Know(queue);
        }
        return queue;
    }

    /// <summary>Leases for several at once, along the index: the usual queue.</summary>
    /// <returns>Whether the queue is as it was remembered.</returns>
    private async Task<bool> LeaseAsync(NpgsqlConnection connection, QueueRow queue, List<LeaseWaiter> waiters, Round round, Moment now, CancellationToken cancellationToken)
    {
        var plans = Plans(queue, waiters, now);
        // One transaction, for they go to the server together.
        await using var statements = new Statements(connection, _sql).Add(LeaseSql.IsCurrentAndNotDurable, queue.Id, queue.PolicyVersion);
        var mayBeDue = MayBeDue(queue.Id, now);
        if (mayBeDue)
            statements.Add(LeaseSql.EndLeases, queue.Id, now.Steady, now.Wall, LeaseSql.FlipsMax).Add(LeaseSql.EndDelays, queue.Id, now.Wall, LeaseSql.FlipsMax);
        foreach (var plan in plans)
            plan.AddTo(statements, queue, _nodeId, plan.MessagesMax <= FewMessages ? BytesAlongMax : BytesAlongOfManyMax);
        await using var reader = await statements.ReadAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var isCurrent = reader.GetBoolean(0);
        var flips = new List<Flip>();
        for (var i = 0; mayBeDue && i < 2; i++)
            await ReadFlipsAsync(reader, flips, cancellationToken);
        var leased = new List<(LeaseWaiter Waiter, Entry Entry, LeasedMessage Message)>();
        foreach (var plan in plans)
        {
            await reader.NextResultAsync(cancellationToken);
            for (var place = 1L; await reader.ReadAsync(cancellationToken); place++)
            {
                var waiter = plan.WaiterAt(place);
                var entry = RowReader.Entry(reader, isWhole: true);
                leased.Add((waiter, entry, Leased(reader, queue, entry, now)));
            }
        }
        await FinishAsync(reader, cancellationToken);
        await EndLeaseAsync(queue, flips, leased, round);
        foreach (var waiter in waiters)
            NoteFound(queue, waiter.Request, round.Of(waiter).Count);
        return isCurrent;
    }

    /// <summary>Whether something of a queue may be due that is not ready yet: what other nodes lease or delay is not known here in time.</summary>
    private bool MayBeDue(long queueId, Moment now)
    {
        if (_hasPeers)
            return true;
        lock (_gate)
            return _dueTimes.IsDue(queueId, now);
    }

    /// <summary>One statement for neighbours that ask for anything until the same time, one for each that names a group.</summary>
    private List<LeasePlan> Plans(QueueRow queue, List<LeaseWaiter> waiters, Moment now)
    {
        var plans = new List<LeasePlan>();
        lock (_gate)
        {
            foreach (var waiter in waiters)
            {
                var until = Moment.Later(now.Steady, waiter.Request.VisibilityTimeout ?? queue.Policy.VisibilityTimeout);
                if (waiter.Request.Group is { } group)
                {
                    ForgetAnnounced(queue, group);
                    plans.Add(new LeasePlan(group, until));
                }
                else if (plans.Count == 0 || !plans[^1].TakesAnyUntil(until))
                    plans.Add(new LeasePlan(group: null, until));
                plans[^1].Add(waiter);
            }
        }
        return plans;
    }

    /// <summary>Groups that are put aside now. Under the gate.</summary>
    private string[] DeferredGroups(long queueId, Moment now)
    {
        if (!_lanes.TryGetValue(queueId, out var lanes))
            return [];
        lanes.EndDeferrals(now.Steady);
        return [.. lanes.Deferred.Keys];
    }

    /// <summary>Reads to the end: that a transaction was committed, or was not, is told there.</summary>
    private static async Task FinishAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken))
        {
            // Nothing of it is wanted.
        }
        await reader.CloseAsync();
    }

    private static async Task ReadFlipsAsync(NpgsqlDataReader reader, List<Flip> flips, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            flips.Add(LeaseSql.ReadFlip(reader));
    }

    private LeasedMessage Leased(DbDataReader row, QueueRow queue, Entry entry, Moment now)
    {
        const int references = RowReader.AfterWhole + 2;
        _remembered.NoteLease(entry, row.IsDBNull(references) ? null : row.GetInt32(references));
        var message = RowReader.Message(entry, queue.Name, MessageState.Leased, RowReader.Body(row, entry, this, RowReader.AfterWhole));
        var expires = Moment.Later(now.Wall, TimeSpan.FromTicks(entry.LeasedUntil!.Value - now.Steady));
        return new LeasedMessage(message, new ReceiptHandle(message.Id, entry.Token), RowReader.Time(expires));
    }

    /// <summary>Tells what a lease has done, and gives it to those who asked.</summary>
    private async Task EndLeaseAsync(QueueRow queue, List<Flip> flips, List<(LeaseWaiter Waiter, Entry Entry, LeasedMessage Message)> leased, Round round)
    {
        var calls = new Calls();
        Task settled = Task.CompletedTask;
        lock (_gate)
        {
            // What was committed just before is told first, or somebody would hear of a change to what he does not know.
            if (_watched.ContainsKey(queue.Name.Value))
                settled = _settled;
        }
        await settled;
        lock (_gate)
        {
            Tell(queue, flips, calls);
            calls.Queues.Remove(queue.Name.Value);
            if (flips.Count >= LeaseSql.FlipsMax)
                _dueTimes.NoteDue(queue.Id, 0);
            _watched.TryGetValue(queue.Name.Value, out var watched);
            foreach (var (waiter, entry, message) in leased)
            {
                _dueTimes.NoteLease(queue.Id, entry.LeasedUntil!.Value);
                watched?.Tell(new QueueChange(entry.Number, QueueChangeKind.Changed, entry.ModSeq));
                round.Give(waiter, message with { DelayedStay = NoteHandOut(queue, entry, hasStay: message.DelayedStay) });
            }
            SetTimer();
        }
        if (leased.Count > 0)
            _metrics.Leased(queue.Name, leased.Count);
        AnnounceAfter(calls);
        CallAll(calls);
    }

    /// <summary>Whatever comes to a group from now on is announced, until it is known that there is more in it than was asked for. Under the gate.</summary>
    private void ForgetAnnounced(QueueRow queue, string group)
    {
        if (_announcements.TryGetValue(queue.Name.Value, out var announcements))
            announcements.Forget(group);
    }

    private void NoteFound(QueueRow queue, LeaseRequest request, int count)
    {
        if (request.Group is null || count < request.MessagesMax)
            return;
        lock (_gate)
        {
            if (_announcements.TryGetValue(queue.Name.Value, out var announcements))
                announcements.Remember(request.Group);
        }
    }
}

using Npgsql;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>What has happened is told: to watches, to readers of groups, to those who wait.</summary>
public sealed partial class PostgresEngine
{
    /// <summary>Remembers a queue's policy. Under the gate.</summary>
    private void Know(QueueRow queue)
    {
        var isKnown = _known.TryGetValue(queue.Name.Value, out var known) && known.Id == queue.Id;
        if (queue.IsDeleted && isKnown)
            _known.Remove(queue.Name.Value);
        else if (!queue.IsDeleted && !(isKnown && known!.PolicyVersion > queue.PolicyVersion)) // what was read before it was set may come after
            _known[queue.Name.Value] = queue;
    }

    /// <summary>Tells what a commit of this node did. Under the gate.</summary>
    private void Tell(CommitEffects effects, Calls calls)
    {
        var name = effects.Queue.Value;
        if (_watched.TryGetValue(name, out var watched))
            watched.Tell(effects.QueueId, effects.ModSeqBefore, effects.ModSeq, effects.Changes);
        if (effects.DueAt is { } due)
            _dueTimes.NoteDue(effects.QueueId, due);
        if (effects.IsDeleted)
            _lanes.Remove(effects.QueueId);
        calls.Queues.Add(name);
        calls.WantsUpkeep |= effects.KeepsTooMuch || effects.IsDeleted;
        if (effects.IsDeleted || !_known.TryGetValue(name, out var queue))
            return;
        if (effects.IsRemade)
        {
            calls.WantsUpkeep |= queue.Policy.ReceivesMax is not null;
            if (queue.Policy.Fairness is null && _lanes.TryGetValue(queue.Id, out var lanes))
                lanes.Turns = new FairTurns();
        }
        if (!_announcements.TryGetValue(name, out var announcements) || queue.Policy.IsPaused)
            return;
        if (effects.IsRemade || queue.Policy.LeasesMax is not null)
            calls.Announcements.Add((queue, null));
        else if (queue.Policy.IsFifo)
            calls.Announcements.Add((queue, [.. effects.TouchedGroups.Where(g => !announcements.Knows(g))]));
        else
        {
            foreach (var group in effects.Groups)
                announcements.Announce(group);
        }
    }

    /// <summary>Tells what time has done. Under the gate.</summary>
    private void Tell(QueueRow queue, List<Flip> flips, Calls calls)
    {
        if (flips.Count == 0)
            return;
        calls.Queues.Add(queue.Name.Value);
        _watched.TryGetValue(queue.Name.Value, out var watched);
        _announcements.TryGetValue(queue.Name.Value, out var announcements);
        foreach (var flip in flips)
        {
            watched?.Tell(new QueueChange(flip.Number, QueueChangeKind.Changed, flip.ModSeq));
            if (flip.State == MessageState.Delayed)
                _dueTimes.NoteDue(queue.Id, flip.DueAt);
            calls.WantsUpkeep |= flip.State == MessageState.Ready && flip.ReceiveCount >= queue.Policy.ReceivesMax;
            if (flip.State == MessageState.Ready && announcements is not null && !queue.Policy.IsPaused && queue.Policy is { IsFifo: false, LeasesMax: null })
                announcements.Announce(flip.Group);
        }
        if (announcements is not null && !queue.Policy.IsPaused && (queue.Policy.IsFifo || queue.Policy.LeasesMax is not null))
            calls.Announcements.Add((queue, queue.Policy.LeasesMax is null ? [.. flips.Select(f => f.Group).Distinct(StringComparer.Ordinal)] : null));
    }

    /// <summary>Looks up which groups can be received, and announces them.</summary>
    private void AnnounceAfter(Calls calls)
    {
        foreach (var (queue, groups) in calls.Announcements)
        {
            if (groups is { Length: 0 })
                continue;
            try
            {
                Announce(queue, Look(connection => ReceivableGroups(connection, queue, groups)));
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception e)
            {
                // What was committed is committed: this must not fail it. The next poll looks again.
                Complain($"Ready groups of '{queue.Name}' could not be looked up: {e.Message}");
            }
        }
    }

    private void Announce(QueueRow queue, List<string> groups)
    {
        lock (_gate)
        {
            if (!_announcements.TryGetValue(queue.Name.Value, out var announcements))
                return;
            foreach (var group in groups)
                announcements.Announce(group);
        }
    }

    private void CallAll(Calls calls)
    {
        foreach (var queue in calls.Queues)
        {
            Call(queue);
            CallLine(queue);
        }
        if (calls.WantsUpkeep)
            CallUpkeep();
    }

    /// <summary>Sets the timer to what comes first. Under the gate.</summary>
    private void SetTimer()
    {
        if (_isClosed)
            return;
        var now = Now;
        var next = _dueTimes.Next(now) ?? TimerMax;
        foreach (var lanes in _lanes.Values)
        {
            foreach (var (_, until) in lanes.Deferred.Values)
                next = TimeSpan.FromTicks(Math.Clamp(until - now.Steady, 0, next.Ticks));
        }
        _timer.Change(next > TimerMax ? TimerMax : next, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        // One at a time: each holds a thread while the database answers, and a pool has few.
        if (Interlocked.Exchange(ref _isTicking, true))
            return;
        try
        {
            TickAllDue();
        }
        finally
        {
            Volatile.Write(ref _isTicking, false);
        }
        lock (_gate)
            SetTimer(); // for what came meanwhile, too
    }

    private void TickAllDue()
    {
        List<long> due;
        var calls = new Calls();
        lock (_gate)
        {
            if (_isClosed)
                return;
            var now = Now;
            due = _dueTimes.Take(now);
            foreach (var (id, lanes) in _lanes)
            {
                if (lanes.EndDeferrals(now.Steady) && _known.Values.FirstOrDefault(q => q.Id == id) is { } queue)
                    calls.Queues.Add(queue.Name.Value);
            }
        }
        foreach (var id in due)
            TickNow(id, calls);
        AnnounceAfter(calls);
        CallAll(calls);
    }

    /// <summary>Does what time has done to a queue. It blocks: whoever reads ready groups is to be told when the clock says so, not some time after.</summary>
    private void TickNow(long queueId, Calls calls)
    {
        try
        {
            var (queue, flips, next) = Look(connection => Tick(connection, queueId));
            lock (_gate)
            {
                if (queue is null)
                    return;
                Know(queue);
                Note(queueId, next);
                Tell(queue, flips, calls);
            }
            if (flips.Count > 0)
                PostHint(queue);
        }
        catch (Exception e) when (e is not ObjectDisposedException)
        {
            // A timer calls: nothing may escape. Tried again in a second.
            Complain($"What is due in a queue could not be looked up: {e.Message}");
            lock (_gate)
                _dueTimes.NoteDue(queueId, Moment.Later(Now.Wall, TimeSpan.FromSeconds(1)));
        }
        catch (ObjectDisposedException)
        {
            // The engine is closed.
        }
    }

    /// <summary>Notes when a queue is to be looked at next. Under the gate.</summary>
    private void Note(long queueId, Moment next)
    {
        if (next.Wall != long.MaxValue)
            _dueTimes.NoteDue(queueId, next.Wall);
        if (next.Steady != long.MaxValue)
            _dueTimes.NoteLease(queueId, next.Steady);
    }

    private (QueueRow? Queue, List<Flip> Flips, Moment Next) Tick(NpgsqlConnection connection, long queueId)
    {
        var now = Now;
        var flips = new List<Flip>();
        QueueRow? queue = null;
        var next = new Moment(long.MaxValue, long.MaxValue);
        using var statements = new Statements(connection, _sql)
            .Add("BEGIN").Add(LeaseSql.NotDurable)
            .Add($"SELECT {RowReader.QueueColumns} FROM posthorn.queues q WHERE q.queue_id = $1", queueId)
            .Add(LeaseSql.EndLeases, queueId, now.Steady, now.Wall, LeaseSql.FlipsMax)
            .Add(LeaseSql.EndDelays, queueId, now.Wall, LeaseSql.FlipsMax)
            .Add(LeaseSql.NextDue, queueId)
            .Add("COMMIT");
        using var reader = statements.Read();
        reader.NextResult();
        if (reader.Read())
            queue = RowReader.Queue(reader);
        for (var i = 0; i < 2; i++)
        {
            reader.NextResult();
            while (reader.Read())
                flips.Add(LeaseSql.ReadFlip(reader));
        }
        reader.NextResult();
        if (reader.Read())
            next = new Moment(reader.GetInt64(0), reader.GetInt64(1));
        while (reader.NextResult())
        {
            // To the end: that it was committed is told there.
        }
        return (queue is { IsDeleted: false } ? queue : null, flips, next);
    }

    private async Task LoadDueTimesAsync(CancellationToken cancellationToken)
    {
        var next = await AskAsync(
            async (connection, token) =>
            {
                var found = new List<(long, Moment)>();
                await using var statements = new Statements(connection, _sql).Add(LeaseSql.AllNextDue);
                await using var reader = await statements.ReadAsync(token);
                while (await reader.ReadAsync(token))
                    found.Add((reader.GetInt64(0), new Moment(reader.GetInt64(1), reader.GetInt64(2))));
                return found;
            },
            cancellationToken);
        lock (_gate)
        {
            foreach (var (queue, moment) in next)
                Note(queue, moment);
            SetTimer();
        }
    }
}

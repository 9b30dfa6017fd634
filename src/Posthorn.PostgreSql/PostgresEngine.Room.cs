using Posthorn.Engine;
using Posthorn.PostgreSql.Committing;

namespace Posthorn.PostgreSql;

/// <summary>Commits that wait for room in a full queue, each queue's in the order in which they came to this node.</summary>
public sealed partial class PostgresEngine
{
    private readonly Lock _lineGate = new(); // Guards the lines and what works say of them. Taken alone.
    private readonly Dictionary<string, List<CommitWork>> _lines = new(StringComparer.Ordinal);
    private bool _areLinesDissolved;

    /// <summary>Why a commit that would fit must not: others wait for room in the queue.</summary>
    private QueueFullException? OutOfTurn(CommitDecision decision, CommitWork work, HashSet<string> linedUp)
    {
        foreach (var id in decision.Entered.Keys)
        {
            var name = decision.NameOf(id);
            if (decision.Left.Contains(id) || IsFirst(name.Value, work, linedUp))
                continue;
            return new QueueFullException(name, isMessageTooLarge: false, $"The queue '{name}' is full: others wait for room in it.");
        }
        return null;
    }

    /// <summary>Whether nobody waits before a commit for room in a queue.</summary>
    private bool IsFirst(string queue, CommitWork work, HashSet<string> linedUp)
    {
        lock (_lineGate)
            return _lines.TryGetValue(queue, out var line) && line.Count > 0 ? line[0] == work : !linedUp.Contains(queue);
    }

    /// <summary>Whether a refused commit waits: it wants to, its time is not over, and room can come.</summary>
    private bool MayWait(BatchState state, CommitWork work, QueueFullException refusal)
    {
        if (work.Commit.RoomWait == TimeSpan.Zero || refusal.IsMessageTooLarge || RoomLeft(work) == TimeSpan.Zero)
            return false;
        var holdsSomething = state.Names.TryGetValue(refusal.Queue.Value, out var id) && state.Queues[id].Messages > 0;
        return holdsSomething || !IsFirst(refusal.Queue.Value, work, []);
    }

    private TimeSpan RoomLeft(CommitWork work)
    {
        if (work.Commit.RoomWait == Timeout.InfiniteTimeSpan)
            return Timeout.InfiniteTimeSpan;
        var left = work.Commit.RoomWait - _time.GetElapsedTime(work.Started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Puts a refused commit in the line, in its old place when it has one.</summary>
    private void StandInLine(CommitWork work, QueueFullException refusal)
    {
        var name = refusal.Queue.Value;
        Exception? over = null;
        lock (_lineGate)
        {
            work.IsUnderWay = false;
            if (work.Line != name)
            {
                LeaveLineUnderGate(work);
                if (!_lines.TryGetValue(name, out var line))
                    _lines.Add(name, line = []);
                line.Add(work);
                work.Line = name;
            }
            var left = RoomLeft(work);
            over = _areLinesDissolved ? new ObjectDisposedException(nameof(PostgresEngine))
                : work.Cancellation.IsCancellationRequested ? new OperationCanceledException(work.Cancellation)
                : left == TimeSpan.Zero ? refusal : null;
            if (over is null && left != Timeout.InfiniteTimeSpan && left < WaitMax)
                work.RoomTimer ??= _time.CreateTimer(_ => LeaveLine(work, refusal), null, left, Timeout.InfiniteTimeSpan);
        }
        if (over is not null)
            LeaveLine(work, over);
    }

    /// <summary>Ends a commit that stands in a line; one that is with the writer is ended there.</summary>
    private void LeaveLine(CommitWork work, Exception why)
    {
        lock (_lineGate)
        {
            if (work.IsUnderWay || work.Line is null)
                return;
        }
        LeaveLine(work);
        work.Fail(why);
    }

    /// <summary>Takes a commit out of its line, and calls the next one.</summary>
    private void LeaveLine(CommitWork work)
    {
        string? left;
        lock (_lineGate)
        {
            left = work.Line;
            LeaveLineUnderGate(work);
        }
        if (left is not null)
            CallLine(left);
    }

    private void LeaveLineUnderGate(CommitWork work)
    {
        work.RoomTimer?.Dispose();
        work.RoomTimer = null;
        if (work.Line is { } line && _lines[line].Remove(work) && _lines[line].Count == 0)
            _lines.Remove(line);
        work.Line = null;
    }

    /// <summary>Lets the first in a queue's line try again; when there is no room it waits on.</summary>
    private void CallLine(string queue)
    {
        CommitWork first;
        lock (_lineGate)
        {
            if (!_lines.TryGetValue(queue, out var line) || line.Count == 0 || line[0].IsUnderWay)
                return;
            first = line[0];
            first.IsUnderWay = true;
        }
        if (!_work.TryAdd(first))
            first.Fail(new ObjectDisposedException(nameof(PostgresEngine)));
    }

    private void DissolveLines()
    {
        List<CommitWork> works;
        lock (_lineGate)
        {
            _areLinesDissolved = true;
            works = [.. _lines.Values.SelectMany(line => line).Where(work => !work.IsUnderWay)];
            foreach (var work in works)
                LeaveLineUnderGate(work);
        }
        foreach (var work in works)
            work.Fail(new ObjectDisposedException(nameof(PostgresEngine)));
    }
}

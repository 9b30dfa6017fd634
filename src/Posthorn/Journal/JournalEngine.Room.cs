using Posthorn.Engine;
using Posthorn.Journal.Index;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>
/// Waiting for room in full queues: one line a queue, in which the first is tried again when something has gone and nobody overtakes it,
/// whoever would not wait included; else large messages would starve behind small ones.
/// </summary>
public sealed partial class JournalEngine
{
    /// <summary>Queues in which commits wait.</summary>
    private readonly HashSet<QueueState> _lines = [];

    /// <summary>Whether the line before a queue lets a commit in: only its first, and what takes as much out as it puts in.</summary>
    private static bool IsItsTurn(QueueState queue, PendingCommit pending, RoomWaiter? waiter) =>
        queue.Line.Count == 0 || queue.Line.First!.Value == waiter || pending.Steps.Exists(step => step.From == queue);

    /// <summary>Whether an empty queue would have refused the commit too.</summary>
    private static bool NeverFits(QueueState queue, RoomWaiter waiter) =>
        (queue.Line.Count == 0 || queue.Line.First!.Value == waiter) && queue.Messages + queue.MessagesUnderWay <= 0;

    private void StandInLine(RoomWaiter waiter, QueueState queue, long length, QueueFullException refusal)
    {
        (waiter.Length, waiter.Refusal) = (length, refusal);
        waiter.Started ??= _time.GetTimestamp();
        waiter.Renew();
        if (waiter.Queue == queue)
            return;
        LeaveLine(waiter);
        waiter.Queue = queue;
        queue.Line.AddLast(waiter);
        _lines.Add(queue);
    }

    private void LeaveLine(RoomWaiter waiter)
    {
        if (waiter.Queue is not { } queue)
            return;
        waiter.Queue = null;
        var wasFirst = queue.Line.First!.Value == waiter;
        queue.Line.Remove(waiter);
        if (queue.Line.Count == 0)
            _lines.Remove(queue);
        else if (wasFirst)
            CallFirst(queue);
    }

    /// <summary>Calls whoever is first in each line when there is room for him.</summary>
    private void CallLines()
    {
        foreach (var queue in _lines)
            CallFirst(queue);
    }

    private static void CallFirst(QueueState queue)
    {
        if (queue.Line.First is { } first && (queue.IsRemoved || Refusal(queue, first.Value.Length) is null))
            first.Value.TryAgain();
    }

    /// <summary>Calls everybody: they find out by themselves that the engine has stopped.</summary>
    private void DissolveLines()
    {
        foreach (var waiter in _lines.SelectMany(queue => queue.Line))
            waiter.TryAgain();
    }

    /// <exception cref="QueueFullException">No room came in time.</exception>
    private async ValueTask WaitForRoomAsync(RoomWaiter waiter, TimeSpan roomWait, CancellationToken cancellationToken)
    {
        var left = roomWait == Timeout.InfiniteTimeSpan || roomWait > WaitMax
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromTicks(Math.Max((roomWait - _time.GetElapsedTime(waiter.Started!.Value)).Ticks, 0));
        // Not Task.WaitAsync: what it completes runs on the pool, where the simulator cannot follow.
        await using var timer = _time.CreateTimer(_ => waiter.TimeOut(), null, left, Timeout.InfiniteTimeSpan);
        await using var registration = cancellationToken.UnsafeRegister(_ => waiter.Cancel(cancellationToken), null);
        if (!await waiter.Signal)
            throw waiter.Refusal;
    }
}

using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);

    /// <summary>By queue those who wait for room in it, the longest waiting first.</summary>
    private readonly Dictionary<QueueName, List<TaskCompletionSource<bool>>> _lines = [];

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReferenceLimits.Check(commit);
        var started = _time.GetTimestamp();
        TaskCompletionSource<bool>? place = null;
        try
        {
            while (true)
            {
                QueueFullException refusal;
                lock (_lock)
                {
                    if (TryCommit(commit, place, out refusal!) is { } result)
                        return result;
                    place = Renew(refusal.Queue, place);
                }
                await WaitForRoomAsync(place, commit.RoomWait, started, refusal, cancellationToken);
            }
        }
        finally
        {
            lock (_lock)
                Leave(place);
        }
    }

    /// <returns>Null when a queue is full and it may be waited for.</returns>
    private CommitResult? TryCommit(Commit commit, TaskCompletionSource<bool>? place, out QueueFullException? refusal)
    {
        ThrowIfOutOfService();
        Tick();
        refusal = null;
        var now = _time.GetUtcNow();
        if (commit.IdempotencyKey is { } known && State.Keys.TryGetValue(known, out var first) && first.Until > now)
            return first.Result with { IsRepeat = true };
        var next = new ReferenceCommit(State, now);
        var result = next.Apply(commit);
        refusal = next.Refusal() ?? OutOfTurn(next, place);
        if (refusal is not null)
        {
            var neverFits = !State.In(refusal.Queue).Any() && (!_lines.TryGetValue(refusal.Queue, out var line) || line.Count == 0 || line[0] == place);
            return commit.RoomWait == TimeSpan.Zero || refusal.IsMessageTooLarge || neverFits ? throw refusal : null;
        }
        State = next.State;
        if (commit.IdempotencyKey is { } key)
            State = State with { Keys = State.Keys.SetItem(key, (now + KeyLife, result)) };
        Leave(place);
        Serve();
        return result;
    }

    private QueueFullException? OutOfTurn(ReferenceCommit next, TaskCompletionSource<bool>? place)
    {
        foreach (var queue in next.Entered.Keys)
        {
            if (!next.Left.Contains(queue) && _lines.TryGetValue(queue, out var line) && line.Count > 0 && line[0] != place)
                return new QueueFullException(queue, isMessageTooLarge: false, $"The queue '{queue}' is full: others wait for room in it.");
        }
        return null;
    }

    /// <summary>Stands in a queue's line, in its old place when it has one.</summary>
    private TaskCompletionSource<bool> Renew(QueueName queue, TaskCompletionSource<bool>? place)
    {
        var next = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_lines.TryGetValue(queue, out var line))
            _lines[queue] = line = [];
        if (place is not null && line.IndexOf(place) is var at and >= 0)
        {
            line[at] = next;
            return next;
        }
        Leave(place);
        line.Add(next);
        return next;
    }

    private void Leave(TaskCompletionSource<bool>? place)
    {
        if (place is null)
            return;
        foreach (var line in _lines.Values)
            line.Remove(place);
        CallLines();
    }

    /// <summary>Lets the first of every line try again; when there is no room it waits on.</summary>
    private void CallLines()
    {
        foreach (var line in _lines.Values)
            line.FirstOrDefault()?.TrySetResult(true);
    }

    private async Task WaitForRoomAsync(TaskCompletionSource<bool> place, TimeSpan wait, long started, QueueFullException refusal, CancellationToken cancellationToken)
    {
        var left = wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromTicks(Math.Max((wait - _time.GetElapsedTime(started)).Ticks, 0));
        using var cancelled = cancellationToken.Register(() => place.TrySetCanceled(cancellationToken));
        using var timer = _time.CreateTimer(_ => place.TrySetResult(false), null, left, Timeout.InfiniteTimeSpan);
        if (!await place.Task)
            throw refusal;
    }
}

using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(40); // what a timer can count

    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    private readonly List<Waiter> _waiters = [];

    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MessagesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.VisibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            ThrowIfOutOfService();
            Tick();
            var leased = Take(queue, request);
            SetTimer();
            TellWatches();
            if (leased.Count > 0 || request.Wait == TimeSpan.Zero)
                return leased;
            waiter = new Waiter(queue, request, new TaskCompletionSource<IReadOnlyList<LeasedMessage>>(TaskCreationOptions.RunContinuationsAsynchronously))
            {
                SawQueue = State.Queues.ContainsKey(queue),
            };
            _waiters.Add(waiter);
        }
        using var cancelled = cancellationToken.Register(() => Drop(waiter, () => waiter.Answer.TrySetCanceled(cancellationToken)));
        using var timer = _time.CreateTimer(_ => Drop(waiter, () => waiter.Answer.TrySetResult([])), null, request.Wait > TimerMax ? Timeout.InfiniteTimeSpan : request.Wait, Timeout.InfiniteTimeSpan);
        return await waiter.Answer.Task;
    }

    public ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Look<DateTimeOffset?>(now =>
        {
            if (!State.Messages.TryGetValue(handle.Message, out var entry) || entry.LeasedUntil is null || entry.Token != handle.Token)
                return null;
            State = State.With(entry with { LeasedUntil = LeaseEnd(visibilityTimeout) });
            Serve();
            return Later(now, visibilityTimeout);
        }));
    }

    private void Drop(Waiter waiter, Action answer)
    {
        lock (_lock)
        {
            if (_waiters.Remove(waiter))
                answer();
        }
    }

    /// <summary>Takes what may be received, as the request asks.</summary>
    private List<LeasedMessage> Take(QueueName name, LeaseRequest request)
    {
        var leased = new List<LeasedMessage>();
        if (State.Queues.GetValueOrDefault(name) is not { } queue)
            return leased;
        var now = _time.GetUtcNow();
        var consumers = ConsumersOf(name);
        var left = queue.Policy.LeasesMax - State.In(name).Count(e => e.LeasedUntil is not null) ?? int.MaxValue;
        var max = queue.Policy.IsPaused ? 0 : Math.Min(request.MessagesMax, Math.Max(left, 0));
        TakeTurns(queue, now, consumers);
        foreach (var entry in Takable(queue, request.Group, now, consumers).Take(max))
            leased.Add(HandOut(queue, entry, request.VisibilityTimeout, now, consumers));
        foreach (var group in leased.Select(l => l.Message.Group ?? "").Distinct())
        {
            if (consumers.Turns.Remove(group))
                consumers.Turns.Add(group);
        }
        if (request.Group is { } asked && leased.Count < request.MessagesMax)
            consumers.Announced.Remove(asked);
        return leased;
    }

    private LeasedMessage HandOut(ReferenceQueue queue, ReferenceEntry entry, TimeSpan? visibilityTimeout, DateTimeOffset now, ReferenceConsumers consumers)
    {
        var duration = visibilityTimeout ?? queue.Policy.VisibilityTimeout;
        var held = entry with { WasDue = true, ReceiveCount = entry.ReceiveCount + 1, Token = State.NextToken, LeasedUntil = LeaseEnd(duration) };
        State = State.With(held) with { NextToken = State.NextToken + 1 };
        return new LeasedMessage(held.Snapshot(now), new ReceiptHandle(held.Id, held.Token), Later(now, duration)) { DelayedStay = NoteHandOut(queue, held, consumers) };
    }

    /// <summary>Answers waiting consumers, announces groups and calls who waits for room, after anything that may have changed what can be received.</summary>
    private void Serve()
    {
        if (_isDisposed)
            return;
        Tick();
        foreach (var waiter in _waiters.ToList())
        {
            var leased = Take(waiter.Queue, waiter.Request);
            var isGone = !State.Queues.ContainsKey(waiter.Queue) && waiter.SawQueue;
            waiter.SawQueue |= State.Queues.ContainsKey(waiter.Queue);
            if ((leased.Count > 0 || isGone) && _waiters.Remove(waiter))
                waiter.Answer.TrySetResult(leased);
        }
        var now = _servedAt = _time.GetUtcNow();
        foreach (var queue in State.Queues.Values)
        {
            var consumers = ConsumersOf(queue.Name);
            TakeTurns(queue, now, consumers);
            if (consumers.Announcements is null || queue.Policy.IsPaused || State.StatusOf(queue, now).IsAtLeasesMax)
                continue;
            foreach (var group in State.Receivable(queue, now, consumers.Turns).OrderBy(e => e.Number).Select(e => e.Group ?? "").Distinct())
            {
                if (consumers.Announced.Add(group))
                    consumers.Announcements.Writer.TryWrite(group);
            }
        }
        CallLines();
        SetTimer();
        TellWatches();
    }

    // A group of which nothing can be received loses its turn, and gets one again at the end of the line.
    private void TakeTurns(ReferenceQueue queue, DateTimeOffset now, ReferenceConsumers consumers)
    {
        if (!queue.Policy.IsFifo)
            return;
        var heads = State.Heads(queue.Name, now).Select(g => g.Key).ToList();
        var inHands = State.In(queue.Name).Where(e => e.LeasedUntil is not null).Select(e => e.Group ?? "").ToHashSet(StringComparer.Ordinal);
        consumers.Turns.RemoveAll(group => !heads.Contains(group) && !inHands.Contains(group));
        consumers.Turns.AddRange(heads.Except(consumers.Turns));
    }

    /// <summary>Ends what time has ended.</summary>
    private void Tick()
    {
        var (now, ticks) = (_time.GetUtcNow(), _time.GetTimestamp());
        foreach (var entry in State.Messages.Values.Where(e => e.LeasedUntil <= ticks).OrderBy(e => e.Number))
        {
            State = State.With(entry with { LeasedUntil = null });
            DeadLetterWhenDue(entry);
        }
        foreach (var queue in State.Queues.Values)
        {
            EndDelays(queue, ticks);
            var old = State.In(queue.Name).Where(e => queue.Policy.Retention is { } retention && e is { IsHeld: false, LeasedUntil: null } && e.AcceptedAt + retention <= now);
            var consumed = State.ConsumedIn(queue.Name).Where(e => queue.Policy.KeepConsumed is not { } kept || e.DueAt + kept <= now);
            State = State.WithoutAll(old.Concat(consumed).ToList());
            while (State.ConsumedIn(queue.Name).FirstOrDefault() is { } first && KeepsTooMuch(State.StatusOf(queue, now)))
                State = State.WithoutAll([first]);
        }
    }

    private static bool KeepsTooMuch(QueueStatus queue) => queue.Consumed > queue.Policy.MessagesMax || queue.ConsumedBytes > queue.Policy.BytesMax;

    private void DeadLetterWhenDue(ReferenceEntry entry)
    {
        if (State.Queues[entry.Queue].Policy is not { DeadLetterQueue: { } target, ReceivesMax: { } max } || entry.ReceiveCount < max || entry.IsHeld)
            return;
        var move = new ReferenceCommit(State, _time.GetUtcNow());
        move.DeadLetter(entry, target);
        State = move.State;
    }

    /// <summary>The end of a lease on the clock that nobody sets.</summary>
    private long LeaseEnd(TimeSpan duration)
    {
        var ticks = (Int128)_time.GetTimestamp() + ((Int128)duration.Ticks * _time.TimestampFrequency / TimeSpan.TicksPerSecond);
        return (long)Int128.Min(ticks, long.MaxValue);
    }

    private void OnTimer()
    {
        lock (_lock)
            Serve();
    }

    /// <summary>Sets the timer to what comes first; the wall clock may be set meanwhile, so that the next look is an hour away at most.</summary>
    private void SetTimer()
    {
        var (now, ticks) = (_time.GetUtcNow(), _time.GetTimestamp());
        var wait = TimeSpan.MaxValue;
        foreach (var entry in State.Messages.Values)
        {
            if (entry.LeasedUntil is { } until)
                wait = Min(wait, until == long.MaxValue ? TimerMax : _time.GetElapsedTime(ticks, until));
            else if (entry.State(_servedAt) == MessageState.Delayed)
                wait = Min(wait, entry.DueAt - now);
        }
        foreach (var (_, until) in _consumers.Values.SelectMany(c => c.Deferred.Values))
            wait = Min(wait, until == long.MaxValue ? TimerMax : _time.GetElapsedTime(ticks, until));
        if (wait < TimeSpan.Zero)
            wait = TimeSpan.Zero; // it became due, or its lease ended, since: 1 ms before would be for ever
        _timer.Change(wait == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : Min(wait, LookEvery), Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan delay) => DateTimeOffset.MaxValue - time < delay ? DateTimeOffset.MaxValue : time + delay;

    private sealed record Waiter(QueueName Queue, LeaseRequest Request, TaskCompletionSource<IReadOnlyList<LeasedMessage>> Answer)
    {
        public bool SawQueue { get; set; }
    }
}

using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            ThrowIfFailed();
            Tick();
            var leased = Take(queue, request);
            if (leased.Count > 0 || request.Wait == TimeSpan.Zero)
                return leased;
            waiter = new Waiter(queue, request, new TaskCompletionSource<IReadOnlyList<LeasedMessage>>(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
        }
        using var cancelled = cancellationToken.Register(() => Drop(waiter, () => waiter.Answer.TrySetCanceled(cancellationToken)));
        using var timer = time.CreateTimer(_ => Drop(waiter, () => waiter.Answer.TrySetResult([])), null, request.Wait, Timeout.InfiniteTimeSpan);
        return await waiter.Answer.Task;
    }

    private void Drop(Waiter waiter, Action answer)
    {
        lock (_lock)
        {
            if (_waiters.Remove(waiter))
                answer();
        }
    }

    /// <summary>Takes what is ready, as the request asks. Called under the lock.</summary>
    private List<LeasedMessage> Take(QueueName name, LeaseRequest request)
    {
        var leased = new List<LeasedMessage>();
        if (!_queues.TryGetValue(name, out var queue) || queue.Policy.IsPaused)
            return leased;
        var now = time.GetUtcNow();
        foreach (var entry in queue.InOrder().Where(e => e.IsReady(now) && (request.Group is null || request.Group == (e.Group ?? ""))).Take(request.MessagesMax).ToList())
        {
            entry.ReceiveCount++;
            entry.Token = _nextToken++;
            entry.LeasedUntil = now + (request.VisibilityTimeout ?? queue.Policy.VisibilityTimeout);
            SetTimer(entry.LeasedUntil.Value);
            leased.Add(new LeasedMessage(entry.Snapshot(now), new ReceiptHandle(entry.Id, entry.Token), entry.LeasedUntil.Value));
        }
        if (request.Group is { } group && leased.Count < request.MessagesMax)
            queue.Announced.Remove(group);
        return leased;
    }

    /// <summary>Answers waiting consumers and announces groups, after anything that may have made a message ready.</summary>
    private void Serve()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            Tick();
            foreach (var waiter in _waiters.ToList())
            {
                var leased = Take(waiter.Queue, waiter.Request);
                if (leased.Count > 0 && _waiters.Remove(waiter))
                    waiter.Answer.TrySetResult(leased);
            }
            foreach (var queue in _queues.Values.Where(q => q.Announcements is not null))
            {
                foreach (var group in queue.Entries.Where(e => e.IsReady(time.GetUtcNow())).Select(e => e.Group ?? "").Distinct().ToList())
                {
                    if (queue.Announced.Add(group))
                        queue.Announcements!.Writer.TryWrite(group);
                }
            }
        }
    }

    /// <summary>Ends what time has ended. Called under the lock.</summary>
    private void Tick()
    {
        var now = time.GetUtcNow();
        foreach (var queue in _queues.Values.ToList())
        {
            foreach (var entry in queue.Entries.ToList())
            {
                if (entry.LeasedUntil <= now)
                {
                    entry.LeasedUntil = null;
                    entry.DueAt = now;
                    DeadLetterIfDue(entry, entry.ReceiveCount);
                }
                else if (queue.Policy.Retention is { } retention && !entry.IsHeld && entry.LeasedUntil is null && entry.AcceptedAt + retention <= now)
                    queue.Entries.Remove(entry);
            }
        }
    }

    private void SetTimer(DateTimeOffset at)
    {
        var wait = at - time.GetUtcNow();
        if (wait <= TimeSpan.Zero || wait > TimeSpan.FromDays(40))
            return;
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                Serve();
            },
            null, wait, Timeout.InfiniteTimeSpan);
    }

    private sealed record Waiter(QueueName Queue, LeaseRequest Request, TaskCompletionSource<IReadOnlyList<LeasedMessage>> Answer);
}

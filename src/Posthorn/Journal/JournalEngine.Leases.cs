using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Handing out: leases, those who wait for one, and their ends.</summary>
public sealed partial class JournalEngine
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(40); // what a timer can count

    private readonly Dictionary<string, QueueConsumers> _consumers = new(StringComparer.Ordinal);
    private readonly List<QueueConsumers> _toServe = [];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MessagesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.VisibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        if (request.Wait < TimeSpan.Zero && request.Wait != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(request), "The time to wait is negative.");
        cancellationToken.ThrowIfCancellationRequested();
        LeaseGrant[] grants;
        LeaseWaiter? waiter = null;
        ColdRun? cold;
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            grants = Grant(queue, request, out cold);
            if (grants.Length == 0 && request.Wait != TimeSpan.Zero && cold is null)
                ConsumersOf(queue).Waiters.AddLast(waiter = new LeaseWaiter(request));
            SetTimer();
        }
        if (cold is not null)
            return LeaseColdAsync(queue, request, grants, cold, cancellationToken);
        return waiter is null ? ReadGrantsAsync(grants) : WaitForGrantsAsync(queue, waiter, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            var slot = _index.Find(handle.Message);
            if (slot == 0 || !_index.IsLeasedWith(slot, handle.Token))
                return ValueTask.FromResult<DateTimeOffset?>(null);
            _index.Extend(slot, LeaseEnd(visibilityTimeout));
            if (visibilityTimeout == TimeSpan.Zero)
                Tick();
            SetTimer();
            return ValueTask.FromResult<DateTimeOffset?>(new DateTimeOffset(Later(Now.UtcTicks, visibilityTimeout), TimeSpan.Zero));
        }
    }

    /// <summary>Brings in what is next and leases it, until there is as much as was asked for or nothing more; what is leased already is the caller's.</summary>
    private async ValueTask<IReadOnlyList<LeasedMessage>> LeaseColdAsync(
        QueueName queue, LeaseRequest request, LeaseGrant[] grants, ColdRun? cold, CancellationToken cancellationToken)
    {
        var all = new List<LeaseGrant>(grants);
        while (cold is { } run && all.Count < request.MessagesMax)
        {
            await BringInAsync(run, () =>
            {
                Tick();
                if (all.Count < request.MessagesMax)
                    all.AddRange(Grant(queue, request with { MessagesMax = request.MessagesMax - all.Count }, out cold));
                SetTimer();
            });
        }
        // Somebody else may have been faster with all of them.
        return all.Count == 0 && request.Wait != TimeSpan.Zero ? await LeaseAsync(queue, request, cancellationToken) : await ReadGrantsAsync([.. all]);
    }

    private async ValueTask<IReadOnlyList<LeasedMessage>> WaitForGrantsAsync(QueueName queue, LeaseWaiter waiter, CancellationToken cancellationToken)
    {
        // Not Task.WaitAsync: what it completes runs on the pool, where the simulator cannot follow.
        var wait = waiter.Request.Wait > WaitMax ? Timeout.InfiniteTimeSpan : waiter.Request.Wait;
        await using var timer = _time.CreateTimer(
            _ =>
            {
                if (TryLeave(queue, waiter))
                    waiter.TrySetResult([]);
            },
            null, wait, Timeout.InfiniteTimeSpan);
        await using var registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                if (TryLeave(queue, waiter))
                    waiter.TrySetCanceled(cancellationToken);
            },
            null);
        // Handed something at the moment he wished to leave, the messages are the caller's.
        return await ReadGrantsAsync(await waiter.Task);
    }

    /// <summary>Lets a waiter go who was handed nothing.</summary>
    private bool TryLeave(QueueName queue, LeaseWaiter waiter)
    {
        lock (_gate)
        {
            if (waiter.IsDone)
                return false;
            waiter.IsDone = true;
            var consumers = ConsumersOf(queue);
            consumers.Waiters.Remove(waiter);
            DropIdle(consumers);
            return true;
        }
    }

    /// <summary>Leases what is ready, up to what was asked for and consumers may hold.</summary>
    /// <param name="name">The queue.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cold">What is to be brought in before there is more; null when nothing is.</param>
    private LeaseGrant[] Grant(QueueName name, LeaseRequest request, out ColdRun? cold)
    {
        cold = null;
        if (!_index.Queues.TryGetValue(name.Value, out var queue) || !queue.IsVisible)
            return [];
        var max = (int)Math.Min(request.MessagesMax, queue.Policy.IsPaused ? 0 : queue.LeasesLeft);
        var grants = queue.Policy.IsFifo ? GrantInOrder(queue, request, max, out cold) : GrantByPriority(queue, request, max, out cold);
        if (grants.Length > 0 && queue.ColdMessages > 0)
            LookAhead(grants[^1].View.Entry);
        if (request.Group is { } group && grants.Length < request.MessagesMax && cold is null)
        {
            var isAtMax = queue.LeasesLeft == 0 && !queue.Policy.IsPaused;
            if (isAtMax && queue.LaneOf(group) is { } lane && queue.CanReceive(lane))
                queue.Consumers.Announcer?.Postpone(group);
            else
                queue.Consumers.Announcer?.Exhausted(group);
        }
        if (grants.Length > 0)
            _metrics.Leased(name, grants.Length);
        return grants;
    }

    private LeaseGrant[] GrantByPriority(QueueState queue, LeaseRequest request, int max, out ColdRun? cold)
    {
        cold = null;
        var count = (int)Math.Min(max, (request.Group is null ? queue.Ready : queue.LaneOf(request.Group)?.Ready) ?? 0);
        if (count == 0)
            return [];
        var ends = EndsOf(queue, request.VisibilityTimeout);
        var grants = new LeaseGrant[count];
        for (var i = 0; i < count; i++)
        {
            var slot = queue.Head(request.Group, out cold);
            if (slot == 0)
                return grants[..i];
            grants[i] = Lease(slot, ends);
        }
        return grants;
    }

    /// <summary>Takes one lane after the other, and of each what stands in a row before anything that is not ready.</summary>
    private LeaseGrant[] GrantInOrder(QueueState queue, LeaseRequest request, int max, out ColdRun? cold)
    {
        cold = null;
        var ends = EndsOf(queue, request.VisibilityTimeout);
        var grants = new List<LeaseGrant>();
        var served = new List<Lane>();
        while (grants.Count < max && queue.TakeTurn(request.Group) is { } lane)
        {
            served.Add(lane);
            var blocked = lane.FirstBlocked; // before what is leased now comes to block it too
            while (grants.Count < max && lane.HeadNumber(0) < blocked)
            {
                var slot = lane[0]!.Next(out var itsCold);
                if (slot == 0)
                {
                    // Of a lane of which something is leased now, the rest waits until that is done, cold or not.
                    cold = served.Count == 1 && grants.Count == 0 ? itsCold : cold;
                    break;
                }
                grants.Add(Lease(slot, ends));
            }
            if (cold is not null)
                break;
        }
        // To the end of the line in the order in which they were served, whatever the order in which they come free.
        foreach (var lane in served)
            queue.OfferTurn(lane);
        return [.. grants];
    }

    private LeaseGrant Lease(int slot, (long At, DateTimeOffset Time) ends)
    {
        var token = _random();
        _index.Lease(slot, token, ends.At);
        NoteReceive(slot);
        return new LeaseGrant(ViewOf(slot), token, ends.Time, _index.NoteHandOut(slot));
    }

    private (long At, DateTimeOffset Time) EndsOf(QueueState queue, TimeSpan? visibilityTimeout)
    {
        var duration = visibilityTimeout ?? queue.Policy.VisibilityTimeout;
        return (LeaseEnd(duration), new DateTimeOffset(Later(Now.UtcTicks, duration), TimeSpan.Zero));
    }

    private ValueTask<IReadOnlyList<LeasedMessage>> ReadGrantsAsync(LeaseGrant[] grants)
    {
        if (grants.Length == 0)
            return ValueTask.FromResult<IReadOnlyList<LeasedMessage>>([]);
        var messages = new List<LeasedMessage>(grants.Length);
        for (var i = 0; i < grants.Length; i++)
        {
            if (!grants[i].View.Source.IsInMemory)
                return ReadRestAsync(grants, i, messages);
            AddTo(messages, grants[i], ReadInMemory(grants[i].View));
        }
        return ValueTask.FromResult<IReadOnlyList<LeasedMessage>>(messages);
    }

    private async ValueTask<IReadOnlyList<LeasedMessage>> ReadRestAsync(LeaseGrant[] grants, int from, List<LeasedMessage> messages)
    {
        await ReadAsync([.. grants.Skip(from).Select(grant => grant.View)], (at, message) => AddTo(messages, grants[from + at], message));
        return messages;
    }

    private void AddTo(List<LeasedMessage> messages, in LeaseGrant grant, Message? message)
    {
        if (message is not null)
            messages.Add(new LeasedMessage(message, new ReceiptHandle(message.Id, grant.Token), grant.ExpiresAt) { DelayedStay = grant.Stay });
        else
            SetAside(grant);
    }

    /// <summary>A message that cannot be read is handed to nobody; the rest goes on.</summary>
    private void SetAside(in LeaseGrant grant)
    {
        lock (_gate)
        {
            if (!_index.IsLeasedWith(grant.View.Slot, grant.Token))
                return;
            _index.SetAside(grant.View.Slot);
            _complaint = $"The record of message {new MessageId(grant.View.Entry.Id)} at {grant.View.Entry.Record} cannot be read; the message is held. Run 'posthorn journal check'.";
        }
    }

    private void OnBecameReady(QueueState queue, Lane lane)
    {
        if (queue.Consumers is not { } consumers)
            return;
        consumers.Announcer?.Announce(lane.Group);
        ServeLater(consumers);
    }

    /// <summary>Consumers may hold more than before: those who were given nothing for that are given what is ready.</summary>
    private void OnLeasesCame(QueueState queue)
    {
        if (queue.Consumers is not { } consumers)
            return;
        consumers.Announcer?.AnnouncePostponed();
        ServeLater(consumers);
    }

    private void ServeLater(QueueConsumers consumers)
    {
        if (consumers.Waiters.Count == 0 || consumers.IsToBeServed)
            return;
        consumers.IsToBeServed = true;
        _toServe.Add(consumers);
    }

    /// <summary>Hands what has become ready to those who wait, the longest waiting first.</summary>
    private void ServeWaiters()
    {
        foreach (var consumers in _toServe)
        {
            consumers.IsToBeServed = false;
            for (var node = consumers.Waiters.First; node is not null;)
            {
                var (waiter, next) = (node.Value, node.Next);
                var grants = Grant(consumers.Name, waiter.Request, out var cold);
                if (cold is not null)
                    Want(cold); // it serves them again
                if (grants.Length > 0)
                {
                    consumers.Waiters.Remove(node);
                    waiter.IsDone = true;
                    waiter.TrySetResult(grants);
                }
                else if (waiter.Request.Group is null)
                    break; // nothing for anybody
                node = next;
            }
            DropIdle(consumers);
        }
        _toServe.Clear();
    }

    private void OnQueueRemoved(QueueState queue)
    {
        CallFirst(queue);
        NoteTenants(queue.Name, null);
        if (queue.Consumers is not { } consumers)
            return;
        EndWaits(consumers);
        consumers.Tell(new QueueChange(0, QueueChangeKind.QueueRemoved, 0));
        DropIdle(consumers);
    }

    private static void EndWaits(QueueConsumers consumers)
    {
        foreach (var waiter in consumers.Waiters)
        {
            waiter.IsDone = true;
            waiter.TrySetResult([]);
        }
        consumers.Waiters.Clear();
    }

    private void FailConsumers(Exception failure)
    {
        foreach (var consumers in _consumers.Values)
        {
            foreach (var waiter in consumers.Waiters)
            {
                waiter.IsDone = true;
                waiter.TrySetException(failure);
            }
            consumers.Waiters.Clear();
            consumers.EndTelling(failure);
        }
    }

    private QueueConsumers ConsumersOf(QueueName name)
    {
        if (_consumers.TryGetValue(name.Value, out var consumers))
            return consumers;
        _consumers.Add(name.Value, consumers = new QueueConsumers(name));
        // One that is on its way out is still seen, and one of its name may be on its way in.
        if (_index.VisibleQueue(name) is { } visible)
            visible.Consumers = consumers;
        if (_index.Queues.TryGetValue(name.Value, out var queue))
            queue.Consumers = consumers;
        return consumers;
    }

    // Names of queues that do not exist come from outside: what nobody waits for is not kept.
    private void DropIdle(QueueConsumers consumers)
    {
        if (consumers.IsIdle && !_index.Queues.ContainsKey(consumers.Name.Value))
            _consumers.Remove(consumers.Name.Value);
    }

    private long LeaseEnd(TimeSpan duration)
    {
        var milliseconds = (long)Math.Ceiling(Math.Min(duration.TotalMilliseconds, UInt48.Max / 2.0));
        return MonotonicNow + milliseconds;
    }
}

using Posthorn.Engine;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Messages by their numbers: read, and leased when they could be received.</summary>
public sealed partial class JournalEngine
{
    /// <summary>Messages read in one go.</summary>
    private const int ReadAtOnce = 1024;

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var found = await ReadAsync(queue, [number], cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var messages = new List<Message>(numbers.Count);
        for (var at = 0; at < numbers.Count; at += ReadAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long[] part = [.. numbers.Skip(at).Take(ReadAtOnce)];
            var views = await WithNumbersAsync(queue, part, state => ViewsOf(state, part));
            await ReadAsync(views, (at, message) => messages.Add(message ?? throw DamagedRecord(views[at])));
        }
        return messages;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        LeaseTarget[] ordered = [.. targets.OrderBy(target => target.Number)];
        var grants = await WithNumbersAsync(queue, [.. ordered.Select(target => target.Number)], state =>
        {
            var granted = state is null ? [] : Grant(state, ordered, visibilityTimeout);
            SetTimer();
            return granted;
        });
        return await ReadGrantsAsync(grants);
    }

    /// <summary>Leases what of a queue's messages could be received.</summary>
    private LeaseGrant[] Grant(QueueState queue, LeaseTarget[] targets, TimeSpan? visibilityTimeout)
    {
        if (queue.Policy.IsPaused || queue.IsRemoved)
            return [];
        var ends = EndsOf(queue, visibilityTimeout);
        var grants = new List<LeaseGrant>();
        // By lane, the first number that stood in the way before anything was leased here: what is leased now does not.
        Dictionary<Lane, long>? blocked = null;
        foreach (var target in targets)
        {
            if (queue.LeasesLeft == 0)
                break;
            var slot = queue.Slots[target.Number];
            if (slot == 0 || _index.Entries[slot].State != MessageState.Ready || _index.Entries[slot].ModSeq > target.UnchangedSince)
                continue;
            if (queue.Policy.IsFifo)
            {
                var lane = _index.LaneOf(_index.Entries[slot]);
                if (!(blocked ??= []).TryGetValue(lane, out var first))
                    blocked.Add(lane, first = lane.FirstBlocked);
                if (lane.HeadNumber(0) != target.Number || target.Number > first)
                    continue;
            }
            grants.Add(Lease(slot, ends));
        }
        if (grants.Count == 0)
            return [];
        if (queue.ColdMessages > 0)
            LookAhead(grants[^1].View.Entry);
        _metrics.Leased(queue.Name, grants.Count);
        return [.. grants];
    }

    private List<MessageView> ViewsOf(QueueState? queue, long[] numbers)
    {
        var views = new List<MessageView>(numbers.Length);
        foreach (var number in numbers)
        {
            if (queue?.Slots[number] is { } slot and not 0)
                views.Add(ViewOf(slot));
        }
        return views;
    }

    /// <summary>Does something under the lock for which those of a queue's messages with these numbers must be in memory.</summary>
    /// <param name="name">The queue.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="use">Gets the queue; null when there is none.</param>
    private async ValueTask<T> WithNumbersAsync<T>(QueueName name, long[] numbers, Func<QueueState?, T> use)
    {
        var claim = new ColdClaim();
        var read = new HashSet<Segment>();
        try
        {
            while (true)
            {
                QueueState? queue;
                HashSet<long> cold;
                List<Segment> segments;
                lock (_gate)
                {
                    ThrowIfOutOfService();
                    Tick();
                    queue = _index.VisibleQueue(name);
                    cold = queue is null || queue.ColdMessages == 0 ? [] : ColdOf(queue, numbers, claim);
                    segments = cold.Count == 0 ? [] : [.. queue!.Cold.All.Where(run => cold.Any(run.MayHold)).Select(run => run.Segment).Where(read.Add)];
                    if (segments.Count == 0)
                        return use(queue);
                }
                foreach (var segment in segments)
                    await BringInAsync(segment, queue!.Identity, cold, claim);
            }
        }
        finally
        {
            if (claim.Ids.Count > 0)
                Release(claim);
        }
    }

    /// <summary>Those of the numbers that may be of cold messages; the others are kept in memory, lest they become cold meanwhile.</summary>
    private HashSet<long> ColdOf(QueueState queue, long[] numbers, ColdClaim claim)
    {
        var cold = new HashSet<long>();
        foreach (var number in numbers)
        {
            if (queue.Slots[number] is var slot and not 0)
                Claim(claim, _index.Entries[slot].Id);
            else
                cold.Add(number);
        }
        return cold;
    }

    /// <summary>Brings in messages of a queue by their numbers, with their neighbours, and keeps them until the claim is released.</summary>
    private ValueTask<bool> BringInAsync(Segment segment, long queue, HashSet<long> numbers, ColdClaim claim) => PagingAsync(segment, hint =>
    {
        // Looked for outside of the lock: a hint has some hundred thousand rows.
        var isOfQueue = new bool[hint.LaneCount];
        for (var i = 0; i < isOfQueue.Length; i++)
        {
            hint.Lane(i, out var identity);
            isOfQueue[i] = identity == queue;
        }
        var ids = new List<ulong>();
        foreach (ref readonly var row in hint.Rows)
        {
            if (isOfQueue[row.Lane] && numbers.Contains(row.Number))
                ids.Add(row.Id);
        }
        lock (_gate)
        {
            foreach (var id in ids)
                Claim(claim, id);
        }
        BringIn(segment, hint, ids);
    });
}

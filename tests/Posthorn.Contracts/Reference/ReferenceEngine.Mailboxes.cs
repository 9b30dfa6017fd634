using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    /// <summary>Watches, and how their queue stood when they were told last.</summary>
    private readonly Dictionary<QueueWatch, ReferenceView> _watches = [];

    public ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfOutOfService();
            Tick();
            var leased = Take(queue, targets, visibilityTimeout);
            SetTimer();
            TellWatches();
            return ValueTask.FromResult<IReadOnlyList<LeasedMessage>>(leased);
        }
    }

    public ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IReadOnlyList<MessageSummary>>(Look(now => State.In(queue).Where(e => e.Number >= from).Take(max).Select(e => e.Summary(now)).ToList()));
    }

    public ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Look(now => State.In(queue).FirstOrDefault(e => e.Number == number)?.Snapshot(now)));
    }

    public ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IReadOnlyList<Message>>(Look(now => numbers.SelectMany(n => State.In(queue).Where(e => e.Number == n)).Select(e => e.Snapshot(now)).ToList()));
    }

    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => Look(_ => State.In(queue)
        .SelectMany(e => e.Flags.Distinct(StringComparer.OrdinalIgnoreCase))
        .GroupBy(flag => flag, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(g => g.Key, g => g.LongCount(), StringComparer.OrdinalIgnoreCase));

    public IQueueWatch Watch(QueueName queue, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var watch = new QueueWatch(capacity, gone =>
        {
            lock (_lock)
                _watches.Remove(gone);
        });
        return Look(now =>
        {
            _watches.Add(watch, ReferenceView.Of(State, queue, now));
            return watch;
        });
    }

    /// <summary>Takes those that could be received; of a FIFO queue only what stands in a row at the head of its group.</summary>
    private List<LeasedMessage> Take(QueueName name, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout)
    {
        var leased = new List<LeasedMessage>();
        if (State.Queues.GetValueOrDefault(name) is not { Policy.IsPaused: false } queue)
            return leased;
        var now = _time.GetUtcNow();
        var consumers = ConsumersOf(name);
        TakeTurns(queue, now, consumers);
        var heads = State.Heads(name, now).ToDictionary(g => g.Key, g => new Queue<long>(g.Value.Select(e => e.Number)), StringComparer.Ordinal);
        foreach (var target in targets.OrderBy(t => t.Number))
        {
            if (State.In(name).Count(e => e.LeasedUntil is not null) >= queue.Policy.LeasesMax)
                break;
            var entry = State.In(name).FirstOrDefault(e => e.Number == target.Number);
            if (entry is null || entry.State(now) != MessageState.Ready || entry.ModSeq > target.UnchangedSince)
                continue;
            if (queue.Policy.IsFifo && !(heads.TryGetValue(entry.Group ?? "", out var row) && row.TryPeek(out var next) && next == entry.Number && row.TryDequeue(out _)))
                continue;
            leased.Add(HandOut(queue, entry, visibilityTimeout, now, consumers));
        }
        return leased;
    }

    private void TellWatches()
    {
        var now = _time.GetUtcNow();
        foreach (var (watch, before) in _watches.ToList())
            _watches[watch] = before.TellChanges(watch, ReferenceView.Of(State, before.Name, now));
    }
}

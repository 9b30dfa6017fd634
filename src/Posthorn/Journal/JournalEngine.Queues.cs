using System.Threading.Channels;
using Posthorn.Journal.Index;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Figures, groups and documents.</summary>
public sealed partial class JournalEngine
{
    /// <inheritdoc/>
    public QueueStatus? Status(QueueName queue)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            return _index.VisibleQueue(queue) is { } state ? StatusOf(state) : null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<QueueStatus> Queues()
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            return [.. _index.VisibleQueues.OrderBy(queue => queue.Name).Select(StatusOf)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<GroupStatus> Groups(QueueName queue)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            if (_index.VisibleQueue(queue) is not { } state)
                return [];
            // The first message met of each lane, in the order of numbers, is its oldest in memory.
            var groups = new Dictionary<int, GroupStatus>();
            var inMemory = state.Lanes.Values.Count(lane => lane.Messages > lane.Cold);
            for (var number = state.Slots.Next(0); number >= 0 && groups.Count < inMemory; number = state.Slots.Next(number + 1))
            {
                ref var entry = ref _index.Entries[state.Slots[number]];
                if (groups.ContainsKey(entry.Lane))
                    continue;
                var lane = _index.LaneOf(entry);
                var oldest = lane.FirstCold is { } cold && cold.Lowest < number ? cold.LowestEnqueuedAt : entry.EnqueuedAt;
                groups.Add(entry.Lane, StatusOf(lane, oldest));
            }
            foreach (var lane in state.Lanes.Values.Where(lane => lane.Messages == lane.Cold && lane.Cold > 0))
                groups.Add(lane.Number, StatusOf(lane, lane.FirstCold!.LowestEnqueuedAt));
            return [.. groups.Values];
        }
    }

    /// <inheritdoc/>
    public ChannelReader<string> ReadyGroups(QueueName queue)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            var consumers = ConsumersOf(queue);
            consumers.Announcer?.End();
            consumers.Announcer = new GroupAnnouncer();
            if (_index.Queues.TryGetValue(queue.Value, out var state) && state.IsVisible && !state.Policy.IsPaused)
            {
                foreach (var lane in state.Lanes.Values.Where(state.CanReceive).OrderBy(lane => lane.Number))
                    consumers.Announcer.Announce(lane.Group);
            }
            return consumers.Announcer.Reader;
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Document(string key)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            return _index.Documents.TryGetValue(key, out var value) ? (ReadOnlyMemory<byte>?)value : null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            return [.. _index.Documents.Where(document => document.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(document => KeyValuePair.Create<string, ReadOnlyMemory<byte>>(document.Key, document.Value))];
        }
    }

    private QueueStatus StatusOf(QueueState queue)
    {
        var oldest = queue.Slots.Next(0);
        long? enqueuedAt = oldest < 0 ? null : _index.Entries[queue.Slots[oldest]].EnqueuedAt;
        if (queue.Cold.First is { } cold && (oldest < 0 || cold.Lowest < oldest))
            enqueuedAt = cold.LowestEnqueuedAt;
        return new QueueStatus(
            queue.Name,
            queue.Identity,
            queue.Policy,
            queue.Count(MessageState.Ready),
            queue.Count(MessageState.Delayed),
            queue.Count(MessageState.Leased),
            queue.Count(MessageState.Held),
            queue.Bytes,
            enqueuedAt is { } milliseconds ? TimeOf(milliseconds) : null,
            queue.NextNumber)
        {
            Consumed = queue.Count(MessageState.Consumed),
            ConsumedBytes = queue.ConsumedBytes,
            Lanes = queue.Figures(),
            HighestModSeq = queue.HighestModSeq,
        };
    }

    private static GroupStatus StatusOf(Lane lane, long oldestEnqueuedAt) => new(lane.Group, lane.Ready, lane.Messages, TimeOf(oldestEnqueuedAt))
    {
        Leased = lane.Leased,
        DelayedSince = QueueState.DelayedSince(lane) is { } since ? TimeOf(since) : null,
    };

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}

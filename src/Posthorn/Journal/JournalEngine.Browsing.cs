using System.Runtime.CompilerServices;
using Posthorn.Journal.Index;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Browsing: pages are taken under the lock and read outside of it, so that consumers are not disturbed.</summary>
public sealed partial class JournalEngine
{
    private const int PageMessages = 64;

    /// <summary>Numbers looked at under one hold of the lock, whether they have the wanted priority or not.</summary>
    private const int PageLooks = 4096;

    private readonly List<BrowseCursor> _cursors = [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var cursor = new BrowseCursor();
        var page = new List<MessageView>(PageMessages);
        lock (_gate)
            _cursors.Add(cursor);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                lock (_gate)
                {
                    ThrowIfOutOfService();
                    Tick();
                    if (!_index.Queues.TryGetValue(queue.Value, out var state) || !state.IsVisible || !TakePage(state, cursor, filter, page))
                        break;
                }
                for (var i = 0; i < page.Count; i++)
                {
                    var view = page[i];
                    page[i] = default; // it is released by reading
                    if (await ReadAsync(view) is { } message && filter.Selects(message))
                        yield return message;
                }
                page.Clear();
            }
        }
        finally
        {
            foreach (var view in page)
                view.Source.Release();
            lock (_gate)
                _cursors.Remove(cursor);
        }
    }

    /// <returns>False at the end of the queue.</returns>
    private bool TakePage(QueueState queue, BrowseCursor cursor, MessageFilter filter, List<MessageView> page)
    {
        if (cursor.Queue is { } before && before != queue)
            return false; // removed and made again meanwhile
        cursor.Queue = queue;
        for (var looks = 0; page.Count < PageMessages && looks < PageLooks; looks++)
        {
            var isAtConsumed = cursor.Priority < 0;
            if (isAtConsumed && filter.States?.Contains(MessageState.Consumed) != true)
                return page.Count > 0;
            var slots = isAtConsumed ? queue.ConsumedSlots : queue.Slots;
            var number = isAtConsumed || HasMessagesAt(queue, cursor.Priority) ? slots.Next(cursor.Number) : -1;
            if (number < 0)
            {
                if (isAtConsumed)
                    return page.Count > 0;
                (cursor.Priority, cursor.Number) = (cursor.Priority - 1, 0);
                continue;
            }
            cursor.Number = number + 1;
            var slot = slots[number];
            ref var entry = ref _index.Entries[slot];
            var isItsTurn = isAtConsumed || BrowsedAt(queue, entry) == cursor.Priority;
            if (isItsTurn && MayBeSelected(entry, filter) && !cursor.Seen.Contains(entry.Id))
                page.Add(ViewOf(slot));
        }
        return true;
    }

    // Priorities do not count in a FIFO queue: all of it is browsed as if it had the highest.
    private static int BrowsedAt(QueueState queue, in Entry entry) => queue.Policy.IsFifo ? Priority.Levels - 1 : entry.Priority;

    private static bool HasMessagesAt(QueueState queue, int priority) =>
        queue.Policy.IsFifo ? priority == Priority.Levels - 1 : queue.CountAt(priority) > 0;

    // What the index knows saves reading.
    private bool MayBeSelected(in Entry entry, MessageFilter filter) =>
        (filter.States?.Contains(entry.State) ?? entry.State != MessageState.Consumed)
        && (filter.PriorityMin is null || entry.Priority >= filter.PriorityMin.Value.Value)
        && (filter.PriorityMax is null || entry.Priority <= filter.PriorityMax.Value.Value)
        && (filter.Group is null || entry.State == MessageState.Consumed || _index.LaneOf(entry).Group == filter.Group)
        && (filter.ReceiveCountMin is null || entry.ReceiveCount >= filter.ReceiveCountMin);

    /// <summary>A message goes elsewhere: whoever has seen it already shall not meet it again.</summary>
    private void OnLeavingPlace(QueueState queue, int slot)
    {
        ref var entry = ref _index.Entries[slot];
        foreach (var cursor in _cursors)
        {
            if (cursor.Queue == queue && cursor.HasPassed(BrowsedAt(queue, entry), entry.Number))
                cursor.Seen.Add(entry.Id);
        }
    }
}

using System.Runtime.CompilerServices;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
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
                ColdRun? unread;
                lock (_gate)
                {
                    ThrowIfOutOfService();
                    Tick();
                    if (_index.VisibleQueue(queue) is not { } state || !TakePage(state, cursor, filter, page, out unread))
                        break;
                }
                for (var i = 0; i < page.Count; i++)
                {
                    var view = page[i];
                    page[i] = default; // it is released by reading
                    if (await ReadAsync(view) is not { } message)
                        Complain(view);
                    else if (filter.Selects(message))
                        yield return message;
                }
                page.Clear();
                if (unread is not null)
                    await ReadColdAsync(unread, cursor);
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

    /// <param name="queue">The queue.</param>
    /// <param name="cursor">How far it was browsed.</param>
    /// <param name="filter">What is asked for.</param>
    /// <param name="page">Gets what comes next.</param>
    /// <param name="unread">What is to be read from disk before there is more; null when nothing is.</param>
    /// <returns>False at the end of the queue.</returns>
    private bool TakePage(QueueState queue, BrowseCursor cursor, MessageFilter filter, List<MessageView> page, out ColdRun? unread)
    {
        unread = null;
        if (cursor.Queue is { } before && before != queue)
            return false; // removed and made again meanwhile
        cursor.Queue = queue;
        foreach (var window in cursor.Windows)
            window.LookAgain();
        var firstUnread = FirstUnread(queue, cursor);
        for (var looks = 0; page.Count < PageMessages && looks < PageLooks; looks++)
        {
            var isAtConsumed = cursor.Priority < 0;
            if (isAtConsumed && filter.States?.Contains(MessageState.Consumed) != true)
                return page.Count > 0;
            var slots = isAtConsumed ? queue.ConsumedSlots : queue.Slots;
            var number = isAtConsumed || HasMessagesAt(queue, cursor.Priority) ? slots.Next(cursor.Number) : -1;
            var window = FindCold(cursor.Windows, cursor.Number, number, out var row, out var lane);
            var isCold = window is not null;
            if (firstUnread is not null && !(number >= 0 && number < firstUnread.Lowest) && !(isCold && row.Number < firstUnread.Lowest))
            {
                unread = firstUnread;
                return true;
            }
            if (number < 0 && !isCold)
            {
                if (isAtConsumed)
                    return page.Count > 0;
                (cursor.Priority, cursor.Number) = (cursor.Priority - 1, 0);
                cursor.Windows.Clear();
                firstUnread = FirstUnread(queue, cursor);
                continue;
            }
            var entry = isCold ? Entry.Of(row, window!.Segment.Number, lane) : _index.Entries[slots[number]];
            cursor.Number = entry.Number + 1;
            var isItsTurn = isAtConsumed || BrowsedAt(queue, entry.Priority) == cursor.Priority;
            if (isItsTurn && MayBeSelected(entry, filter) && !cursor.Seen.Contains(entry.Id))
                page.Add(isCold ? new MessageView(entry, 0, queue.Name, Pin(entry.Record)) : ViewOf(slots[number]));
        }
        return true;
    }

    /// <summary>The first run at the cursor's priority that has or may have something from the cursor on and was not read for it.</summary>
    private static ColdRun? FirstUnread(QueueState queue, BrowseCursor cursor) => queue.ColdMessages == 0 ? null : queue.Cold.All.FirstOrDefault(run =>
        BrowsedAt(queue, run.Priority) == cursor.Priority && run.Highest >= cursor.Number && !cursor.Windows.Exists(window => window.Segment == run.Segment));

    /// <summary>The next cold message from a number on that comes before <paramref name="number"/>; before anything when that is negative.</summary>
    /// <returns>Where it was found; null when there is none.</returns>
    private ColdWindow? FindCold(List<ColdWindow> windows, long from, long number, out HintRow row, out Lane lane)
    {
        (row, lane) = (default, null!);
        ColdWindow? first = null;
        foreach (var window in windows)
        {
            if (!window.TryFind(_index, from, out var found, out var itsLane) || (number >= 0 && found.Number > number))
                continue;
            (first, row, lane, number) = (window, found, itsLane, found.Number);
        }
        return first;
    }

    private ValueTask<bool> ReadColdAsync(ColdRun run, BrowseCursor cursor) => PagingAsync(run.Segment, hint =>
    {
        Lane?[] lanes;
        lock (_gate)
            lanes = _index.LanesOf(hint);
        var queue = run.Lane.Queue;
        cursor.Windows.RemoveAll(window => window.IsRead);
        cursor.Windows.Add(ColdWindow.Of(run.Segment, hint, lanes, queue, priority => BrowsedAt(queue, priority) == cursor.Priority, cursor.Number, hasFlags: false));
    });

    // Priorities do not count in a FIFO queue: all of it is browsed as if it had the highest.
    private static int BrowsedAt(QueueState queue, int priority) => queue.Policy.IsFifo ? Priority.Levels - 1 : priority;

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
            if (cursor.Queue == queue && cursor.HasPassed(BrowsedAt(queue, entry.Priority), entry.Number))
                cursor.Seen.Add(entry.Id);
        }
    }
}

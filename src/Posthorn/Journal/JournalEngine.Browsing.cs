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
            var number = cursor.Priority >= 0 && queue.CountAt(cursor.Priority) > 0 ? queue.Slots.Next(cursor.Number) : -1;
            if (number < 0)
            {
                if (--cursor.Priority < 0)
                    return page.Count > 0;
                cursor.Number = 0;
                continue;
            }
            cursor.Number = number + 1;
            var slot = queue.Slots[number];
            ref var entry = ref _index.Entries[slot];
            if (entry.Priority == cursor.Priority && MayBeSelected(entry, filter) && !cursor.Seen.Contains(entry.Id))
                page.Add(ViewOf(slot));
        }
        return true;
    }

    // What the index knows saves reading.
    private bool MayBeSelected(in Entry entry, MessageFilter filter) =>
        (filter.States is null || filter.States.Contains(entry.State))
        && (filter.PriorityMin is null || entry.Priority >= filter.PriorityMin.Value.Value)
        && (filter.PriorityMax is null || entry.Priority <= filter.PriorityMax.Value.Value)
        && (filter.Group is null || _index.LaneOf(entry).Group == filter.Group)
        && (filter.ReceiveCountMin is null || entry.ReceiveCount >= filter.ReceiveCountMin);

    /// <summary>A message goes elsewhere: whoever has seen it already shall not meet it again.</summary>
    private void OnLeavingPlace(QueueState queue, int slot)
    {
        ref var entry = ref _index.Entries[slot];
        foreach (var cursor in _cursors)
        {
            if (cursor.Queue == queue && cursor.HasPassed(entry.Priority, entry.Number))
                cursor.Seen.Add(entry.Id);
        }
    }
}

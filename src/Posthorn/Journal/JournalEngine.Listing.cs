using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>A queue by number: listed from the index and from hints, never from records, <see cref="PageLooks"/> messages under one hold of the lock.</summary>
public sealed partial class JournalEngine
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var cursor = new ListCursor(from, max);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ColdRun? unread;
            lock (_gate)
            {
                ThrowIfOutOfService();
                Tick();
                if (_index.VisibleQueue(queue) is not { } state || !TakeSummaries(state, cursor, out unread))
                    return cursor.Found;
            }
            if (unread is not null)
                await ReadColdAsync(unread, cursor);
            else
                await Task.Yield(); // or whoever waits for the lock would wait for all of the list: who has just given it up gets it again first
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            return _index.VisibleQueue(queue) is { } state ? _index.FlagCounts(state) : [];
        }
    }

    /// <param name="queue">The queue.</param>
    /// <param name="cursor">How far it was listed; gets what comes next.</param>
    /// <param name="unread">What is to be read from disk before there is more; null when nothing is.</param>
    /// <returns>False at the end of the queue, or when there is as much as was asked for.</returns>
    private bool TakeSummaries(QueueState queue, ListCursor cursor, out ColdRun? unread)
    {
        unread = null;
        if (cursor.Queue is null)
            cursor.Prepare(queue);
        else if (cursor.Queue != queue)
            return false; // removed and made again meanwhile
        foreach (var window in cursor.Windows)
            window.LookAgain();
        var firstUnread = queue.ColdMessages == 0 ? null : queue.Cold.All.FirstOrDefault(run =>
            run.Highest >= cursor.Number && !cursor.Windows.Exists(window => window.Segment == run.Segment));
        for (var looks = 0; !cursor.IsFull && looks < PageLooks; looks++)
        {
            var number = queue.Slots.Next(cursor.Number);
            var window = FindCold(cursor.Windows, cursor.Number, number, out var row, out var lane);
            if (firstUnread is not null && !(number >= 0 && number < firstUnread.Lowest) && !(window is not null && row.Number < firstUnread.Lowest))
            {
                unread = firstUnread;
                return true;
            }
            if (number < 0 && window is null)
                return false;
            if (window is not null)
                cursor.Found.Add(SummaryOf(Entry.Of(row, window.Segment.Number, lane), MessageState.Ready, window.FlagsOf(row)));
            else
            {
                ref var entry = ref _index.Entries[queue.Slots[number]];
                cursor.Found.Add(SummaryOf(entry, entry.State, _index.FlagsOf(entry)));
            }
            cursor.Number = cursor.Found[^1].Number + 1;
        }
        return !cursor.IsFull;
    }

    private ValueTask<bool> ReadColdAsync(ColdRun run, ListCursor cursor) => PagingAsync(run.Segment, hint =>
    {
        Lane?[] lanes;
        lock (_gate)
            lanes = _index.LanesOf(hint);
        cursor.Windows.RemoveAll(window => window.IsRead);
        cursor.Windows.Add(ColdWindow.Of(run.Segment, hint, lanes, run.Lane.Queue, _ => true, cursor.Number, hasFlags: true));
    });

    private static MessageSummary SummaryOf(in Entry entry, MessageState state, IReadOnlyList<string> flags) =>
        new(entry.Number, new MessageId(entry.Id), state, entry.ModSeq, entry.Length, TimeOf(entry.EnqueuedAt), flags, entry.ReceiveCount);
}

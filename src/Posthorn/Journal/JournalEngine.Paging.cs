using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>
/// Paging: what waits far from its turn leaves memory when the index outgrows its budget, and comes back before its turn, or when somebody asks for
/// it by its id. Hints are read outside of the lock, which is held for <see cref="PagedAtOnce"/> messages at most.
/// </summary>
public sealed partial class JournalEngine
{
    /// <summary>What a message in memory counts as: its entry and its places in two maps.</summary>
    private const int EntryBytes = 88;

    /// <summary>Messages paged under one hold of the lock.</summary>
    private const int PagedAtOnce = 1024;

    /// <summary>Whoever asks for one by its id gets its neighbours too: he is likely to ask for them next.</summary>
    private const int NeighboursBits = 8;

    private readonly Wakeup _pager = new();

    // One at a time reads hints to bring in or to page out: each may need a segment's worth of memory.
    private readonly SemaphoreSlim _paging = new(1);
    private readonly Queue<ColdRun> _runsWanted = new();
    private readonly Dictionary<ulong, int> _claimed = [];
    private long _pageOutAt;

    /// <summary>Whether something came to be paged out that a round under way may not have seen.</summary>
    private bool _isPageOutWanted;

    /// <summary>Messages that wait on disk only.</summary>
    internal long ColdMessages
    {
        get
        {
            lock (_gate)
                return _index.ColdMessages;
        }
    }

    private long WarmMax => _options.IndexBytesMax / EntryBytes;

    /// <summary>Numbers from the head of each lane and priority on that are not paged out; half of it before the first cold one, more are brought in.</summary>
    private long KeepAhead => Math.Min(16_384, WarmMax / 16);

    /// <summary>Fewest messages that make a cold run: a run costs as much memory as a few messages.</summary>
    private int ColdRunMin => (int)Math.Clamp(WarmMax / 1024, 1, 32);

    /// <summary>Messages of a run brought in at once.</summary>
    private int PartMessages => (int)Math.Clamp(WarmMax / 8, 4, 16_384);

    private async ValueTask PageAsync()
    {
        while (true)
        {
            ColdRun run;
            lock (_gate)
            {
                if (!_runsWanted.TryDequeue(out run!))
                    break;
                run.IsWanted = false;
            }
            await BringInAsync(run, () => Serve(run.Lane.Queue));
        }
        await PageOutAsync();
    }

    private void Serve(QueueState queue)
    {
        if (queue.Consumers is { } consumers)
            ServeLater(consumers);
        ServeWaiters();
    }

    /// <summary>Has a run brought in by and by; under the lock.</summary>
    private void Want(ColdRun run)
    {
        if (run.IsWanted)
            return;
        run.IsWanted = true;
        _runsWanted.Enqueue(run);
        _pager.Set();
    }

    /// <summary>Brings more in when the head of a lane and priority comes near what is cold; under the lock.</summary>
    private void LookAhead(in Entry leased)
    {
        if (_index.LaneOf(leased).LevelFor(leased.Priority).Cold.First is { } run && leased.Number + (KeepAhead / 2) >= run.Lowest)
            Want(run);
    }

    /// <summary>There may be something to page out that was not there before.</summary>
    private void WantPageOut()
    {
        lock (_gate)
        {
            (_pageOutAt, _isPageOutWanted) = (WarmMax, true);
            if (_index.Entries.Count > _pageOutAt)
                _pager.Set();
        }
    }

    /// <summary>Brings in the first messages of a run.</summary>
    /// <param name="run">The run; it may be over since the lock was given up.</param>
    /// <param name="then">Called under the lock, in which it finds what was brought in; at least once.</param>
    private async ValueTask BringInAsync(ColdRun run, Action then)
    {
        if (await PagingAsync(run.Segment, hint => BringIn(run, hint, then)))
            return;
        lock (_gate)
        {
            ThrowIfOutOfService();
            then();
        }
    }

    private void BringIn(ColdRun run, Hint hint, Action then)
    {
        Lane?[] lanes;
        lock (_gate)
            lanes = _index.LanesOf(hint);
        var ranks = RanksOf(hint, Array.IndexOf(lanes, run.Lane), run.Priority);
        var (at, left) = (0, PartMessages);
        do
        {
            lock (_gate)
            {
                ThrowIfOutOfService();
                for (var count = 0; at < ranks.Length && left > 0 && count < PagedAtOnce; at++)
                {
                    if (!_index.TryBringIn(run.Segment, hint, ranks[at], run.Lane, isInOrder: true))
                        continue;
                    count++;
                    left--;
                }
                _index.SettleRuns(run.Segment, hint, lanes);
                if (at == ranks.Length && left > 0 && run.IsOrdered)
                    throw new JournalDamagedException(Segment.NameOf(run.Segment.Number), 0, $"its hint has not all of the {run.Count} messages that wait on disk.");
                then();
            }
        }
        while (at < ranks.Length && left > 0);
    }

    /// <summary>Brings in messages by their ids, with their neighbours, and keeps them until the claim is released.</summary>
    private async ValueTask BringInAsync(ColdClaim claim)
    {
        List<Segment> segments;
        lock (_gate)
        {
            foreach (var id in claim.Wanted)
                Claim(claim, id);
            segments = [.. _index.Segments.All.Where(segment => segment.Cold is { } cold && claim.Wanted.Exists(cold.MayHold))];
        }
        foreach (var segment in segments)
            await PagingAsync(segment, hint => BringIn(segment, hint, claim.Wanted));
        claim.Wanted.Clear();
    }

    private void BringIn(Segment segment, Hint hint, List<ulong> ids)
    {
        lock (_gate)
        {
            var rows = hint.Rows;
            var lanes = _index.LanesOf(hint);
            foreach (var id in ids)
            {
                var rank = hint.RankOf(id);
                if (rank < 0 || !_index.IsCold(segment, rank, rows[rank], lanes[rows[rank].Lane]))
                    continue;
                var first = rank >> NeighboursBits << NeighboursBits;
                for (var i = first; i < Math.Min(first + (1 << NeighboursBits), rows.Length); i++)
                    _index.TryBringIn(segment, hint, i, lanes[rows[i].Lane], isInOrder: false);
            }
            _index.SettleRuns(segment, hint, lanes);
        }
    }

    /// <summary>Keeps a message in memory from when it is there; under the lock.</summary>
    private void Claim(ColdClaim claim, ulong id)
    {
        if (claim.Ids.Add(id))
            _claimed[id] = _claimed.GetValueOrDefault(id) + 1;
    }

    private void Release(ColdClaim? claim)
    {
        if (claim is null)
            return;
        lock (_gate)
        {
            foreach (var id in claim.Ids)
            {
                if (--_claimed[id] == 0)
                    _claimed.Remove(id);
            }
        }
    }

    /// <summary>Brings in all of a segment that is cold, a stretch at a time.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="messagesMax">Not more than so many in memory altogether.</param>
    private ValueTask<bool> BringInAsync(Segment segment, long messagesMax) => PagingAsync(segment, hint =>
    {
        for (var at = 0; at < hint.Rows.Length;)
        {
            lock (_gate)
            {
                ThrowIfOutOfService();
                var rows = hint.Rows;
                var lanes = _index.LanesOf(hint);
                for (var end = Math.Min(at + PagedAtOnce, rows.Length); at < end; at++)
                    _index.TryBringIn(segment, hint, at, lanes[rows[at].Lane], isInOrder: true);
                _index.SettleRuns(segment, hint, lanes);
                if (_index.Entries.Count >= messagesMax)
                    return;
            }
        }
    });

    /// <summary>At a start: what is handed out first is in memory, up to half of the budget.</summary>
    private async Task WarmOldestAsync()
    {
        _pageOutAt = WarmMax;
        foreach (var segment in _index.Segments.All.Where(segment => segment.Cold is not null))
        {
            if (_index.Entries.Count >= WarmMax / 2)
                return;
            await BringInAsync(segment, WarmMax / 2);
        }
    }

    /// <summary>Pages out until the index is well within its budget: the newest sealed segments first, whose messages are handed out last.</summary>
    private async ValueTask PageOutAsync()
    {
        var target = WarmMax - (WarmMax / 10);
        List<Segment> segments;
        lock (_gate)
        {
            if (_index.Entries.Count <= _pageOutAt)
                return;
            _isPageOutWanted = false;
            segments = [.. _index.Segments.All.Where(segment => segment.MayBePagedOut).Reverse()];
        }
        foreach (var segment in segments)
        {
            await PagingAsync(segment, hint => PageOut(segment, hint));
            lock (_gate)
            {
                _pageOutAt = WarmMax;
                if (_index.Entries.Count <= target)
                    return;
            }
        }
        lock (_gate)
        {
            if (_isPageOutWanted)
                return; // and has been woken for it
            // What is left cannot go now. It may later, when what was delayed is due: then everything is looked at again.
            _pageOutAt = _index.Entries.Count + Math.Max(WarmMax / 16, 1024);
            foreach (var segment in _index.Segments.All)
                segment.IsPagedOut = false;
        }
    }

    private void PageOut(Segment segment, Hint hint)
    {
        var counts = new int[hint.LaneCount * Priority.Levels];
        foreach (ref readonly var row in hint.Rows)
            counts[(row.Lane * Priority.Levels) + row.Priority]++;
        var keepAhead = KeepAhead;
        var isKept = false;
        for (var at = 0; at < hint.Rows.Length;)
        {
            lock (_gate)
            {
                if (segment.IsBeingRewritten)
                    return;
                var rows = hint.Rows;
                var lanes = _index.LanesOf(hint);
                for (var end = Math.Min(at + PagedAtOnce, rows.Length); at < end; at++)
                {
                    ref readonly var row = ref rows[at];
                    if (lanes[row.Lane] is not { } lane || counts[(row.Lane * Priority.Levels) + row.Priority] < ColdRunMin || _claimed.ContainsKey(row.Id))
                        continue;
                    if (_index.CanPageOut(segment, row, lane, keepAhead, ref isKept))
                        _index.PageOut(segment, rows.Length, at, row, lane);
                }
                _index.SettleRuns();
            }
        }
        segment.IsPagedOut = !isKept;
    }

    /// <summary>Does something with a segment's hint, alone.</summary>
    /// <returns>False when the segment is gone, and nothing was done.</returns>
    private async ValueTask<bool> PagingAsync(Segment segment, Action<Hint> use)
    {
        await _paging.WaitAsync();
        try
        {
            lock (_gate)
            {
                if (_index.Segments.Find(segment.Number) != segment)
                    return false;
                segment.Pin();
            }
            try
            {
                using var hint = await HintOfAsync(segment);
                use(hint);
            }
            catch (JournalDamagedException e)
            {
                Fail(e); // messages that wait on disk cannot be told any more from ones that are gone
                throw _failure!;
            }
            finally
            {
                segment.Unpin();
            }
        }
        finally
        {
            _paging.Release();
        }
        lock (_gate)
        {
            if (_index.Entries.Count > _pageOutAt)
                _pager.Set();
        }
        return true;
    }

    /// <summary>The rows of a lane and priority, by number.</summary>
    private static int[] RanksOf(Hint hint, int lane, int priority)
    {
        var ranks = new List<int>();
        var isOrdered = true;
        var rows = hint.Rows;
        for (var i = 0; lane >= 0 && i < rows.Length; i++)
        {
            if (rows[i].Lane != lane || rows[i].Priority != priority)
                continue;
            isOrdered &= ranks.Count == 0 || rows[ranks[^1]].Number < rows[i].Number;
            ranks.Add(i);
        }
        if (!isOrdered)
            ranks.Sort((a, b) => hint.Rows[a].Number.CompareTo(hint.Rows[b].Number));
        return [.. ranks];
    }
}

using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>
/// Giving space back. A sealed segment with nothing alive is recycled; one that is mostly dead is rewritten: what lives is written again at the
/// journal's end, whatever stands before it. A crash in between leaves a copy too many, which the next start finds superseded.
/// </summary>
/// <remarks>
/// The end of a message may be dropped only when no segment before it can hold a record of the message any more; until then it is carried
/// along, so that a removed message never comes back. Segments go one by one, each durably before the next.
/// </remarks>
public sealed partial class JournalEngine
{
    /// <summary>Bytes put into one record: few enough that others' commits do not wait for long, and that a segment takes several.</summary>
    private int RelocatedAtOnce => (int)Math.Min(128 << 10, _options.SegmentBytes / 16);

    private long _writtenBytes;
    private long _rewrittenBytes;
    private readonly RewriteBudget _rewriteBudget;

    /// <summary>Bytes of records written since the start, and how many of them were to write again what lives of old segments.</summary>
    internal (long All, long Again) Written => (Interlocked.Read(ref _writtenBytes), Interlocked.Read(ref _rewrittenBytes));

    private void OnShrunk(Segment segment)
    {
        if (!IsReclaimable(segment))
            return;
        if (segment.Live == 0 || _isFull || _options.SettleTime == TimeSpan.Zero)
            WakeHousekeepers();
        else
            HousekeepIn(_options.SettleTime); // by then it may have died by itself
    }

    private bool IsReclaimable(Segment segment)
    {
        if (!segment.IsSealed || segment.IsDamaged || (segment.HasUnknownEnds && _index.Segments.AnyBetween(1, segment.Number)))
            return false;
        if (segment.BlockedBy != 0 && _index.Segments.Find(segment.BlockedBy) is null)
            (segment.BlockedBy, segment.LiveToLookAgain) = (0, long.MaxValue);
        return segment.Live < segment.LiveToLookAgain && (segment.Live == 0 || segment.LiveBytes < _options.RewriteBelow * segment.Used);
    }

    /// <summary>Gives back every segment of which nothing is needed any more.</summary>
    private async ValueTask RecycleDeadAsync()
    {
        while (true)
        {
            Segment? segment;
            uint newest;
            lock (_gate)
            {
                // The oldest first: with it go the reasons to carry the ends of its messages along.
                _index.Keys.ForgetOld(NowTicks);
                segment = _index.Segments.All.FirstOrDefault(candidate => IsReclaimable(candidate) && !candidate.IsPinned && IsDead(candidate));
                if (segment is null)
                {
                    if (_index.Segments.All.Any(candidate => IsReclaimable(candidate) && candidate.IsPinned))
                        HousekeepIn(FullRetry);
                    return;
                }
                _index.Segments.Remove(segment);
                newest = _index.Segments.Current.Number;
            }
            await segment.File.DisposeAsync();
            await _hintFiles.DeleteAsync(segment.Number);
            await _spares.RecycleAsync(segment.Number, segment.Header.Size, newest);
            _space.Set();
        }
    }

    private bool IsDead(Segment segment) =>
        segment.Live == 0 && (segment.IsEmptied || (!_index.Segments.AnyBetween(segment.RemovalsFrom, segment.Number) && segment.Keys == 0 && segment.Counts == 0));

    /// <summary>Whether what stays in a segment is known by now, or cannot be waited for; a look is due later otherwise. Under the lock.</summary>
    private bool IsSettled(Segment segment, bool isUrgent)
    {
        if (isUrgent || segment.IsSettled(MonotonicNow, (long)_options.SettleTime.TotalMilliseconds))
            return true;
        HousekeepIn(_options.SettleTime);
        return false;
    }

    /// <summary>Rewrites what is mostly dead, the oldest first, each once a round.</summary>
    private async ValueTask RewriteSegmentsAsync()
    {
        uint last = 0;
        while (true)
        {
            Segment? segment;
            lock (_gate)
            {
                segment = _index.Segments.All.FirstOrDefault(candidate => candidate.Number > last && IsReclaimable(candidate) && !IsDead(candidate) && IsSettled(candidate, _isFull));
                if (segment is null)
                    return;
                last = segment.Number;
                segment.Pin(); // nobody else recycles it meanwhile
                segment.IsBeingRewritten = true;
            }
            if (segment.Cold is not null)
                await BringInAsync(segment, long.MaxValue);
            var isRewritten = await RewriteAsync(segment);
            lock (_gate)
            {
                segment.Unpin();
                segment.IsBeingRewritten = false;
                segment.IsEmptied = isRewritten && segment.Ends.Count == 0; // a queue may have been removed since
                // A commit on one of its messages may have been under way: then it is looked at again.
                if (segment.Live > 0)
                    HousekeepIn(FullRetry);
            }
            _storage.Set();
        }
    }

    /// <summary>Writes what is needed of a segment again at the journal's end.</summary>
    /// <returns>False when it stays: it is damaged, or too much of it is needed.</returns>
    private async ValueTask<bool> RewriteAsync(Segment segment)
    {
        var plan = new RelocationPlan(segment);
        var reader = new SegmentReader(segment.File, segment.Header);
        while (await reader.ReadAsync())
        {
            lock (_gate)
                plan.Weigh(reader, _index, id => _index.Segments.AnyBetween(_index.Segments.OldestOf(id), segment.Number));
        }
        lock (_gate)
        {
            if (!reader.IsSealed)
            {
                NoteDamage(segment, reader.Offset);
                return false;
            }
            if (_isFull && !HasRoomFor(plan.NeededBytes))
            {
                // The writer must not come to wait for the space that rewriting is to win: smaller ones first, or what is removed meanwhile.
                HousekeepIn(FullRetry);
                return false;
            }
            if (!plan.IsWorthIt)
            {
                segment.LiveToLookAgain = segment.Live - (segment.Live / 4);
                segment.BlockedBy = _index.Segments.All[0].Number;
                return false;
            }
        }
        reader = new SegmentReader(segment.File, segment.Header);
        using var relocation = new Relocation();
        while (await reader.ReadAsync())
        {
            lock (_gate)
                relocation.Gather(segment.Number, reader, _index, id => _index.Segments.AnyBetween(_index.Segments.OldestOf(id), segment.Number));
            if (relocation.Bytes >= RelocatedAtOnce)
                await SubmitRelocationAsync(relocation);
        }
        await SubmitRelocationAsync(relocation);
        // Last, since a queue may have been removed meanwhile.
        lock (_gate)
        {
            foreach (var id in segment.Ends.Where(id => _index.Segments.AnyBetween(_index.Segments.OldestOf(id), segment.Number)))
                relocation.AddEnd(id);
            segment.Ends.Clear();
        }
        await SubmitRelocationAsync(relocation);
        return true;
    }

    /// <summary>Whether the current segment takes so much more, records' headers included, and half as much again for what others commit.</summary>
    private bool HasRoomFor(long bytes) => _index.Segments.Current is { IsSealed: false } current && current.Header.Size - current.Used > (bytes * 3 / 2) + RelocatedAtOnce / 8;

    private async ValueTask SubmitRelocationAsync(Relocation relocation)
    {
        if (relocation.Bytes == 0)
            return;
        await KeepToShareAsync(relocation.Bytes);
        await SubmitAsync(relocation.Take(), pending => relocation.Recheck(pending, _index));
    }

    /// <summary>Submits what needs no check, as soon as there is room, and waits until it is on stable storage.</summary>
    /// <param name="pending">The operations, with their lengths.</param>
    /// <param name="prepare">Called under the lock before each attempt.</param>
    private async ValueTask SubmitAsync(PendingCommit pending, Action<PendingCommit> prepare)
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                ThrowIfOutOfService();
                prepare(pending);
                wait = Reserve(pending) ? pending.Task : (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            if (wait != pending.Task)
            {
                await wait;
                continue;
            }
            Fill(pending);
            await pending.Task;
            break;
        }
    }

    /// <summary>Waits while rewriting would take more of the disk than its share; not when the disk is full, since then it is what is needed most.</summary>
    private async ValueTask KeepToShareAsync(int bytes)
    {
        Interlocked.Add(ref _rewrittenBytes, bytes);
        _rewriteBudget.Take(bytes);
        while (!_isFull && !_rewriteBudget.IsOpen(Interlocked.Read(ref _writtenBytes) - _rewrittenBytes))
            await Task.Delay(TimeSpan.FromMilliseconds(10), _time, _stopping.Token);
    }
}

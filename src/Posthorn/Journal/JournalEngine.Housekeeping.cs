using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal;

/// <summary>
/// What nobody waits for, in loops beside the writer. Only <i>storage</i> gives space back, so it never waits for a commit, which might
/// itself wait for space; <i>chores</i> (dead letters, retention) and <i>rewriting</i> commit, and wait on their own. <i>Hinting</i>, the
/// <i>pager</i> and the <i>scrub</i> only read segments and write hints.
/// </summary>
public sealed partial class JournalEngine
{
    private const int RemovedAtOnce = 1000;
    private static readonly TimeSpan FullRetry = TimeSpan.FromSeconds(1);

    /// <summary>How often old messages are looked for: <see cref="QueuePolicy.Retention"/> promises a minute.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);

    private readonly Wakeup _storage = new();
    private readonly Wakeup _chores = new();
    private readonly Wakeup _rewriting = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _housekeepers = Task.CompletedTask;

    /// <summary>When housekeeping is to look again, on the monotonic clock.</summary>
    private long _housekeepingAt = long.MaxValue;
    private long _sweepAt;

    private void StartHousekeeping()
    {
        _housekeepers = Task.WhenAll(
            LoopAsync(_storage, StoreAsync),
            LoopAsync(_chores, DoChoresAsync),
            LoopAsync(_rewriting, RewriteSegmentsAsync),
            LoopAsync(_hinting, WriteHintsAsync),
            LoopAsync(_pager, PageAsync),
            LoopAsync(_scrubbing, ScrubAsync),
            LoopAsync(_collecting, CollectAsync));
        _scrubbing.Set();
        _collecting.Set();
        WakeHousekeepers();
    }

    private void WakeHousekeepers()
    {
        _storage.Set();
        _chores.Set();
        _rewriting.Set();
        _hinting.Set();
    }

    private async Task LoopAsync(Wakeup wakeup, Func<ValueTask> work)
    {
        try
        {
            while (true)
            {
                await wakeup.WaitAsync(_stopping.Token);
                await work();
                lock (_gate)
                    SetTimer();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Closing; what was not done is found again at the next start.
        }
        catch (Exception) when (_failure is not null || _isClosing)
        {
            // The engine has failed and says why itself.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async ValueTask StoreAsync()
    {
        await DeleteDeadFilesAsync();
        await RecycleDeadAsync();
        await RefillAsync();
    }

    private async ValueTask DoChoresAsync()
    {
        if (_isImporting)
            return; // what is too old here is so for whoever serves it; it is moved as it is
        await DeadLetterAsync();
        await RemoveOldAsync();
        await RemoveConsumedAsync();
    }

    private void HousekeepIn(TimeSpan time) => _housekeepingAt = Math.Min(_housekeepingAt, MonotonicNow + (long)time.TotalMilliseconds);

    /// <summary>Keeps the reserve whole, and the next segment at hand before the current one ends; so a full disk is known early, and its end too.</summary>
    private async ValueTask RefillAsync()
    {
        bool needsSpare;
        long timesFull;
        uint newest;
        lock (_gate)
        {
            newest = _index.Segments.Current.Number;
            timesFull = _timesFull;
            needsSpare = _isFull || (_current is { } current && current.Used > current.Header.Size / 2);
        }
        await _spares.DeleteEmptiedAsync(newest);
        try
        {
            await _spares.RefillAsync();
            if (needsSpare)
                await _spares.PrepareAsync();
            lock (_gate)
                _isFull &= timesFull != _timesFull; // unless the writer found no space meanwhile
            _space.Set();
        }
        catch (Exception e) when (NoSpace.Is(e))
        {
            SetFull();
        }
    }

    /// <summary>Removes messages that are older than their queue keeps them, a batch at a time.</summary>
    private async ValueTask RemoveOldAsync()
    {
        long startedAt;
        lock (_gate)
        {
            if (_index.VisibleQueues.All(queue => queue.Policy.Retention is null))
                return;
            HousekeepIn(TimeSpan.FromMilliseconds(Math.Max(_sweepAt - MonotonicNow, 1)));
            startedAt = MonotonicNow;
            if (startedAt < _sweepAt)
                return;
        }
        while (true)
        {
            var old = new List<MessageId>();
            (ColdRun Run, uint Limit)? cold = null;
            lock (_gate)
            {
                foreach (var queue in _index.VisibleQueues.Where(queue => queue.Policy.Retention is not null))
                {
                    var before = (WallNow - (long)queue.Policy.Retention!.Value.TotalMilliseconds - Entry.AcceptedEpoch) / 1000;
                    if (before <= 0)
                        continue;
                    var limit = (uint)Math.Min(before, uint.MaxValue - 1);
                    queue.CollectOlder(limit, old, RemovedAtOnce);
                    if (queue.Cold.All.FirstOrDefault(run => run.OldestAcceptedAt <= limit) is { } run)
                        cold ??= (run, limit);
                }
            }
            if (old.Count == 0 && cold is { } from)
                await CollectColdAsync(from.Run, from.Limit, old);
            if (old.Count == 0 || !await TryRemoveAsync(old))
                break;
        }
        lock (_gate)
        {
            // From when it began: what has become old while it worked was perhaps not seen.
            _sweepAt = startedAt + (long)SweepEvery.TotalMilliseconds;
            HousekeepIn(TimeSpan.FromMilliseconds(Math.Max(_sweepAt - MonotonicNow, 1)));
        }
    }

    /// <summary>Gathers messages of a cold run that were accepted at <paramref name="before"/> or earlier.</summary>
    private ValueTask<bool> CollectColdAsync(ColdRun run, uint before, List<MessageId> into) => PagingAsync(run.Segment, hint =>
    {
        lock (_gate)
        {
            var rows = hint.Rows;
            var lanes = _index.LanesOf(hint);
            for (var i = 0; i < rows.Length && into.Count < RemovedAtOnce; i++)
            {
                if (rows[i].AcceptedAt <= before && lanes[rows[i].Lane] == run.Lane && _index.IsCold(run.Segment, i, rows[i], run.Lane))
                    into.Add(new MessageId(rows[i].Id));
            }
        }
    });

    private async ValueTask<bool> TryRemoveAsync(List<MessageId> ids)
    {
        try
        {
            await CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Discard(id)), isInternal: true, CancellationToken.None);
            return true;
        }
        catch (CommitConflictException)
        {
            return false; // somebody was faster with one of them: the next sweep has the rest
        }
    }

    /// <summary>Moves messages that were received too often, and whose lease has ended, to their dead-letter queue.</summary>
    private async ValueTask DeadLetterAsync()
    {
        ulong[] ids;
        lock (_gate)
            ids = [.. _toDeadLetter.OrderBy(id => _index.Find(new MessageId(id)) is var slot and not 0 ? _index.Entries[slot].Number : 0L).ThenBy(id => id)];
        HashSet<Lane>? waiting = null;
        foreach (var id in ids)
        {
            Lane? lane;
            lock (_gate)
                lane = _index.Find(new MessageId(id)) is var slot and not 0 ? _index.LaneOf(_index.Entries[slot]) : null;
            // One that is busy keeps those behind it in its group: dead letters of a FIFO queue come in its order.
            if (lane is not null && waiting?.Contains(lane) == true)
                continue;
            var isDone = await TryDeadLetterAsync(new MessageId(id));
            lock (_gate)
            {
                if (isDone)
                    _toDeadLetter.Remove(id);
                else
                    HousekeepIn(FullRetry);
            }
            if (!isDone && lane is { Queue.Policy.IsFifo: true })
                (waiting ??= []).Add(lane);
        }
    }

    private async ValueTask<bool> TryDeadLetterAsync(MessageId id)
    {
        var commit = new Commit();
        lock (_gate)
        {
            var slot = _index.Find(id);
            if (slot == 0 || _index.IsLeased(slot))
                return true; // gone, or in somebody's hands again
            ref var entry = ref _index.Entries[slot];
            var queue = _index.QueueOf(entry);
            if (queue.Policy is not { DeadLetterQueue: { } target, ReceivesMax: { } max } || entry.ReceiveCount < max || entry.IsHeld)
            {
                // Its queue's policy or its count was changed meanwhile: it goes on where it is.
                if (entry.State == MessageState.Leased)
                    _index.Return(slot);
                ServeWaiters();
                return true;
            }
            commit.Move(id, target, new MessageChanges
            {
                Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MessageAttributes.DeadLetterSource] = queue.Name.Value },
            });
        }
        try
        {
            await CommitAsync(commit, isInternal: true, CancellationToken.None);
            return true;
        }
        catch (CommitConflictException)
        {
            return false; // busy: looked at again
        }
    }

    private async ValueTask DeleteDeadFilesAsync()
    {
        while (true)
        {
            LogPosition dead;
            lock (_gate)
            {
                if (!_index.DeadFiles.TryDequeue(out dead))
                    return;
            }
            if (dead.IsOutside)
                LeaveOutside(dead);
            else
                await _bodyFiles.DeleteAsync(dead.File);
        }
    }
}

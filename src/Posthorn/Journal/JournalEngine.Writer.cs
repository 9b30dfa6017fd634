using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>
/// The writer: one loop that puts batch after batch on disk and applies it; a caller may do so with one batch when the loop has nothing to do.
/// Any exception in it stops the engine for good.
/// </summary>
// Whoever has set _writing is the writer until it is null again: the chain's end and the current segment's end are his alone.
public sealed partial class JournalEngine
{
    /// <summary>So many lonely batches in a row, and a caller writes his own.</summary>
    private const int LonelyBatchesMin = 8;

    private readonly Wakeup _work = new();
    private readonly Queue<Batch> _sealed = new();
    private Batch? _open;
    private Batch? _writing;
    private TaskCompletionSource? _room;

    /// <summary>How many batches in a row were one caller's, and nobody else came while they were written.</summary>
    private int _lonelyBatches;
    private Task _writer = Task.CompletedTask;

    /// <summary>When the writer is to look for a batch that lingers, on the monotonic clock.</summary>
    private long _lingerAt = long.MaxValue;

    private ulong _lastNumber;
    private ulong _durableNumber;
    private uint _lastChecksum;

    private async Task WriteLoopAsync()
    {
        try
        {
            while (true)
            {
                Batch? batch;
                bool isClosing;
                lock (_gate)
                {
                    if (_failure is not null)
                        return;
                    batch = _writing is null ? StartWriting() : null; // else a caller is the writer now, and wakes this loop when he is done
                    isClosing = _isClosing && _writing is null;
                }
                if (batch is not null)
                    await WriteAsync(batch);
                else if (isClosing)
                    return;
                else
                    await _work.WaitAsync();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Writes a batch on its caller's thread; what came meanwhile is the loop's.</summary>
    private async ValueTask WriteAsCallerAsync(Batch batch)
    {
        try
        {
            await WriteAsync(batch);
            lock (_gate)
            {
                if (_open is not null || _sealed.Count > 0 || _areReceiveCountsDue || _isClosing)
                    _work.Set();
            }
        }
        catch (Exception e)
        {
            Fail(e);
            _work.Set();
        }
    }

    /// <summary>Makes whoever calls it the writer, under the lock.</summary>
    /// <returns>What he is to write; null when there is nothing, and he is not.</returns>
    private Batch? StartWriting()
    {
        AddReceiveCounts();
        return _writing = TakeBatch();
    }

    /// <summary>
    /// Whether a caller is to write his commit himself: nothing is being written, and for some time nobody else came while something was. With
    /// several at a time his thread has better to do, and the time in which the loop wakes is the one in which a batch gathers.
    /// </summary>
    private bool IsForCaller(PendingCommit pending) =>
        _options.CallersWrite && _writing is null && _sealed.Count == 0 && pending.LingersUntil == 0 && _lonelyBatches >= LonelyBatchesMin;

    /// <summary>Finds room for a commit; under the lock.</summary>
    /// <param name="pending">The commit.</param>
    /// <param name="wakes">Whether the loop is to write it; otherwise the caller starts writing himself.</param>
    private bool Reserve(PendingCommit pending, bool wakes = true)
    {
        var length = pending.RecordLength;
        if (_open is null || _open.Chunk.Bytes.Length - _open.Chunk.Used < length)
        {
            if (_recent.ChunkFor(length) is not { } chunk)
                return false;
            if (_open is not null)
            {
                _sealed.Enqueue(_open);
                _work.Set();
            }
            chunk.BatchesUnderWay++;
            _open = new Batch(chunk);
        }
        _open.Reserve(pending);
        if (pending.LingersUntil > 0)
            LingerUntil(pending.LingersUntil);
        else if (wakes)
            _work.Set();
        return true;
    }

    /// <summary>The next batch to be written; null when there is none, or its commits may wait for more.</summary>
    private Batch? TakeBatch()
    {
        if (_sealed.TryDequeue(out var batch))
            return batch;
        if (_open is { LingersUntil: > 0 } open && open.LingersUntil > MonotonicNow && !_isClosing)
        {
            LingerUntil(open.LingersUntil);
            return null;
        }
        (batch, _open) = (_open, null);
        return batch;
    }

    private void LingerUntil(long time)
    {
        if (time >= _lingerAt)
            return;
        _lingerAt = time;
        SetTimer();
    }

    private async Task WriteAsync(Batch batch)
    {
        await batch.WaitUntilFilledAsync();
        if (_failure is not null)
            throw _failure;
        var segment = await SegmentForAsync(batch.Length);
        var offset = segment.Used;
        var now = NowTicks;
        foreach (var commit in batch.Commits)
        {
            var header = new RecordHeader(
                _lastChecksum, ++_lastNumber, _durableNumber, commit.OperationsLength, commit.BodiesLength, commit.OperationsChecksum, commit.Type, now);
            _lastChecksum = header.WriteTo(commit.Record, segment.Header.Salt);
        }
        await WriteAheadAsync(segment, offset, batch.Length);
        await segment.File.WriteAsync(offset, batch.Memory);
        if (batch.NeedsSync)
        {
            var started = _time.GetTimestamp();
            await segment.File.FlushAsync();
            _durableNumber = _lastNumber;
            _metrics.Synced(_time.GetElapsedTime(started));
        }
        _metrics.Wrote(batch.Commits.Count, batch.Length);
        Interlocked.Add(ref _writtenBytes, batch.Length);
        lock (_gate)
        {
            Apply(batch, segment, offset);
            _writing = null;
            _lonelyBatches = batch.HastyCount <= 1 && (_open?.HastyCount ?? 0) == 0 ? _lonelyBatches + 1 : 0;
        }
        foreach (var commit in batch.Commits)
            commit.TrySetResult(new CommitResult(commit.Added) { Moved = commit.Moved });
    }

    private void Apply(Batch batch, Segment segment, long offset)
    {
        segment.Used = offset + batch.Length;
        _recent.Add(new LogPosition(segment.Number, (uint)offset), batch.Chunk, batch.Start, batch.Length);
        batch.Chunk.BatchesUnderWay--;
        _index.SetNow(NowTicks);
        var number = (long)_lastNumber - batch.Commits.Count;
        foreach (var commit in batch.Commits)
        {
            number++;
            var record = commit.Record;
            var operations = record.Slice(RecordHeader.Length, commit.OperationsLength);
            var at = (uint)(offset + commit.Offset - batch.Start + RecordHeader.Length);
            Discharge(commit);
            while (!operations.IsEmpty)
            {
                var length = Operation.Length(operations);
                _index.Apply(operations[..length], new LogPosition(segment.Number, at), number);
                operations = operations[length..];
                at += (uint)length;
            }
            ForgetUnderWay(commit);
            if (commit.Undo is not null)
                WakeHousekeepers(); // a queue that is new or has another policy may keep its messages for a time only
            foreach (var step in commit.Steps)
            {
                if (step.Consumes)
                    NoteConsumption(step.From!);
                if (step.Kind is OperationKind.Add or OperationKind.Remove || step.Moves || step.Consumes)
                    _metrics.Moved(step.From?.Name, step.To?.Name);
            }
        }
        Tick();
        ServeWaiters();
        CallLines();
        SetTimer();
        _room?.TrySetResult();
        _room = null;
        NoteHousekeeping(segment, offset);
    }

    /// <summary>Wakes housekeeping when there is something for it, not with every batch.</summary>
    private void NoteHousekeeping(Segment segment, long before)
    {
        var half = segment.Header.Size / 2;
        if (_index.DeadFiles.Count > 0 || (before <= half && segment.Used > half))
            WakeHousekeepers();
        if (_index.Entries.Count > _pageOutAt)
            _pager.Set();
    }
}

using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>The writer: one loop that puts batch after batch on disk and applies it. Any exception in it stops the engine for good.</summary>
// WriteLoopAsync and what it calls run on the writer loop only: the chain's end and the current segment's end are the loop's own.
public sealed partial class JournalEngine
{
    private readonly Wakeup _work = new();
    private readonly Queue<Batch> _sealed = new();
    private Batch? _open;
    private Batch? _writing;
    private TaskCompletionSource? _room;
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
                    AddReceiveCounts();
                    batch = _writing = TakeBatch();
                    isClosing = _isClosing;
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

    /// <summary>Finds room for a commit; guarded by the lock.</summary>
    private bool Reserve(PendingCommit pending)
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
        if (pending.LingersUntil == 0)
            _work.Set();
        else
            LingerUntil(pending.LingersUntil);
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
        }
        foreach (var commit in batch.Commits)
            commit.TrySetResult(new CommitResult(commit.Added));
    }

    private void Apply(Batch batch, Segment segment, long offset)
    {
        segment.Used = offset + batch.Length;
        _recent.Add(new LogPosition(segment.Number, (uint)offset), batch.Chunk, batch.Start, batch.Length);
        batch.Chunk.BatchesUnderWay--;
        _index.SetNow(NowTicks);
        foreach (var commit in batch.Commits)
        {
            var record = commit.Record;
            var operations = record.Slice(RecordHeader.Length, commit.OperationsLength);
            var at = (uint)(offset + commit.Offset - batch.Start + RecordHeader.Length);
            Discharge(commit);
            while (!operations.IsEmpty)
            {
                var length = Operation.Length(operations);
                _index.Apply(operations[..length], new LogPosition(segment.Number, at));
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

using System.Buffers;
using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Posthorn.Server.Operate.Timeline;

// Runs on the timeline's loop only, but for Find, which looks at the file being written.
public sealed partial class TimelineStore
{
    private const int BufferBytes = 256 * 1024;

    private static readonly TimeSpan s_maintenancePeriod = TimeSpan.FromMinutes(10);

    /// <summary>A file spans at most this, so that history ends about when it should on a quiet server, too.</summary>
    private static readonly TimeSpan s_fileSpanMax = TimeSpan.FromDays(1);

    private readonly Lock _lock = new(); // guards _current, what it holds, and _sealed
    private readonly TimelineLine _line = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes * 2);
    private readonly List<(ulong Key, uint Offset)> _bufferKeys = [];
    private readonly List<ulong> _keys = [];
    private Current? _current;
    private ImmutableArray<TimelineFile> _sealed;
    private long _nextSequence;
    private DateTimeOffset _bufferFirstAt;
    private DateTimeOffset _bufferLastAt;
    private int _bufferEvents;

    private async Task RunAsync()
    {
        var reader = _pending.Reader;
        while (await reader.WaitToReadAsync())
        {
            Drain();
            if (!reader.Completion.IsCompleted)
                await GatherAsync();
        }

        Drain();
        Seal();
        _line.Dispose();
    }

    // Half of what may be lost is spent gathering: one write for many events, and room for the write itself to be slow.
    private async Task GatherAsync()
    {
        using var gathering = new CancellationTokenSource();
        _gathering = gathering;
        if (Volatile.Read(ref _flushesWaiting) == 0 && Volatile.Read(ref _waiting) < _options.PendingMax / 2 && !_pending.Reader.Completion.IsCompleted)
        {
            await Task.Delay(_options.FlushDelayMax / 2, _time, gathering.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        _gathering = null;
    }

    private void Drain()
    {
        while (_pending.Reader.TryRead(out var pending))
        {
            if (pending.Event is { } happened)
            {
                Interlocked.Decrement(ref _waiting);
                Encode(pending.At, happened);
                if (_buffer.WrittenCount >= BufferBytes)
                    WriteBuffer();
            }
            else if (pending.Flushed is { } flushed)
            {
                WriteBuffer();
                flushed.TrySetResult();
            }
            else
            {
                RemoveOld();
            }
        }

        WriteBuffer();
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            LogDropped(dropped, _options.PendingMax);
    }

    private void Encode(DateTimeOffset at, TimelineEvent happened)
    {
        var offset = (uint)((_current?.Bytes ?? 0) + _buffer.WrittenCount);
        _line.Write(at, happened, _buffer);
        TimelineKey.Collect(happened, _keys);
        foreach (var key in _keys)
            _bufferKeys.Add((key, offset));
        if (_bufferEvents++ == 0)
            _bufferFirstAt = at;
        _bufferLastAt = at > _bufferLastAt ? at : _bufferLastAt;
    }

    private void WriteBuffer()
    {
        if (_bufferEvents == 0)
            return;
        try
        {
            _current ??= Begin();
            RandomAccess.Write(_current.Handle, _buffer.WrittenSpan, _current.Bytes);
            lock (_lock)
            {
                foreach (var (key, offset) in _bufferKeys)
                    _current.Index.Add(key, offset);
                _current.Bytes += _buffer.WrittenCount;
            }

            _current.LastAt = _bufferLastAt;
            TimelineMetrics.Events.Add(_bufferEvents);
            if (_current.Bytes >= _options.FileBytesMax || _current.LastAt - _current.FirstAt >= s_fileSpanMax)
                Seal();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was written of the batch is torn: nothing may follow it in that file.
            TimelineMetrics.Dropped.Add(_bufferEvents);
            LogWriteFailed(e, _bufferEvents, _folder);
            Seal();
        }

        _buffer.ResetWrittenCount();
        _bufferKeys.Clear();
        _bufferEvents = 0;
    }

    private Current Begin()
    {
        var file = new TimelineFile(_folder, _nextSequence++);
        var handle = File.OpenHandle(file.LinesPath, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var current = new Current(file, handle) { FirstAt = _bufferFirstAt };
        lock (_lock)
            _current = current;
        return current;
    }

    private void Seal()
    {
        if (_current is not { } current)
            return;
        current.Handle.Dispose();
        try
        {
            if (current.Bytes == 0)
            {
                File.Delete(current.File.LinesPath);
            }
            else
            {
                TimelineSidecar.Write(current.File.SidecarPath, current.Bytes, current.FirstAt, current.LastAt, current.Index.Sorted());
                // The age of a file is its last event's, by our clock.
                File.SetLastWriteTimeUtc(current.File.LinesPath, current.LastAt.UtcDateTime);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Found again from the lines when someone asks.
            LogSealFailed(e, current.File.SidecarPath);
        }

        lock (_lock)
        {
            _current = null;
            if (current.Bytes > 0)
                _sealed = _sealed.Add(current.File);
        }

        RemoveOld();
    }

    private void RemoveOld()
    {
        var oldest = _time.GetUtcNow() - _options.Retention;
        if (_current is { } current && current.LastAt < oldest)
        {
            Seal();
            return;
        }

        try
        {
            var files = _sealed.Select(f => (File: f, Lines: new FileInfo(f.LinesPath), Sidecar: new FileInfo(f.SidecarPath))).ToList();
            var bytes = files.Sum(f => BytesOf(f.Lines) + BytesOf(f.Sidecar)) + (_current?.Bytes ?? 0);
            foreach (var (file, lines, sidecar) in files.TakeWhile(f => bytes > _options.BytesMax || !f.Lines.Exists || f.Lines.LastWriteTimeUtc < oldest.UtcDateTime))
            {
                bytes -= BytesOf(lines) + BytesOf(sidecar);
                lock (_lock)
                    _sealed = _sealed.Remove(file);
                sidecar.Delete();
                lines.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogRemoveFailed(e, _folder);
        }
    }

    private static long BytesOf(FileInfo file) => file.Exists ? file.Length : 0;

    /// <summary>The file being written. Bytes and index change under the lock.</summary>
    private sealed class Current(TimelineFile file, SafeFileHandle handle)
    {
        public TimelineFile File { get; } = file;

        public SafeFileHandle Handle { get; } = handle;

        public TimelineIndex Index { get; } = new();

        public long Bytes { get; set; }

        public DateTimeOffset FirstAt { get; init; }

        public DateTimeOffset LastAt { get; set; }
    }
}

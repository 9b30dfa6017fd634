using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// The lives of messages: events are appended as lines of JSON to files in a folder, and found again by message, Message-ID and address.
/// </summary>
/// <remarks>
/// <para>Callers only queue an event with its time; one loop encodes, indexes and writes. The files are history, not the queue: they are not
/// synced. A killed process loses at most <see cref="TimelineOptions.FlushDelayMax"/> of events, a power cut what the system had not written.</para>
/// <para>Diagnostics: when more than <see cref="TimelineOptions.PendingMax"/> events wait, or the disk refuses a write, events are dropped, counted
/// (<c>posthorn_timeline_dropped_total</c>) and logged; the messages themselves are never held up by it.</para>
/// <para>Limits: history goes by whole files, oldest first, by age and by size; the size is at most a tenth of the volume.</para>
/// </remarks>
public sealed partial class TimelineStore : ITimelineStore, IAsyncDisposable
{
    private readonly string _folder;
    private readonly TimelineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Pending> _pending;
    private readonly ITimer _maintenance;
    private readonly Task _loop;

    private volatile CancellationTokenSource? _gathering;
    private int _waiting;
    private int _flushesWaiting;
    private long _dropped;

    private TimelineStore(string folder, TimelineOptions options, TimeProvider time, ILogger logger)
    {
        _folder = folder;
        _options = options;
        _time = time;
        _logger = logger;
        _pending = Channel.CreateBounded<Pending>(new BoundedChannelOptions(options.PendingMax) { SingleReader = true });
        _sealed = [.. TimelineFile.In(folder)];
        _nextSequence = _sealed.IsEmpty ? 1 : _sealed[^1].Sequence + 1;
        _maintenance = time.CreateTimer(_ => _pending.Writer.TryWrite(default), null, s_maintenancePeriod, s_maintenancePeriod);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Opens the store in a folder, which is made when it does not exist.</summary>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made or read.</exception>
    public static TimelineStore Open(string folder, TimelineOptions options, TimeProvider time, ILogger<TimelineStore> logger)
    {
        Directory.CreateDirectory(folder);
        var volumeBytes = new DriveInfo(Path.GetFullPath(folder)).TotalSize;
        var bytesMax = Math.Min(options.BytesMax, Math.Max(volumeBytes / 10, 1_000_000));
        var bounded = options with { BytesMax = bytesMax, FileBytesMax = Math.Min(options.FileBytesMax, Math.Max(bytesMax / 8, 100_000)) };
        return new TimelineStore(folder, bounded, time, logger);
    }

    /// <inheritdoc/>
    public void Record(TimelineEvent happened)
    {
        if (!_pending.Writer.TryWrite(new Pending(happened, _time.GetUtcNow(), Flushed: null)))
        {
            Interlocked.Increment(ref _dropped);
            TimelineMetrics.Dropped.Add(1);
        }
        else if (Interlocked.Increment(ref _waiting) == _options.PendingMax / 2)
        {
            Hurry();
        }
    }

    /// <summary>Completes when every event recorded before the call is with the operating system and can be found, or was dropped.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _flushesWaiting);
        Hurry();
        try
        {
            await _pending.Writer.WriteAsync(new Pending(null, default, flushed), cancellationToken);
            Hurry();
            await flushed.Task.WaitAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            // Closing: the loop writes what is left.
            await _loop.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _flushesWaiting);
        }
    }

    /// <summary>Writes what waits and seals the last file. Events recorded afterwards are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _maintenance.DisposeAsync();
        _pending.Writer.TryComplete();
        Hurry();
        await _loop;
    }

    private void Hurry()
    {
        try
        {
            _gathering?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just stopped gathering.
        }
    }

    /// <summary>What the loop takes: an event; or who waits for all before it to be written; or neither, which is a call to look at what is too old.</summary>
    private readonly record struct Pending(TimelineEvent? Event, DateTimeOffset At, TaskCompletionSource? Flushed);
}

using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// The lives of messages where several nodes share the queues: each writes its events into the history that all of them read, so a life is told whole by any
/// node, and the part of a node that is dead with it.
/// </summary>
/// <remarks>
/// <para>Callers only queue an event with its time; one loop writes what has gathered as one piece of lines, about ten a second at most, whatever the load.</para>
/// <para>Diagnostics: while the database cannot be reached, events wait; when more than <see cref="TimelineOptions.PendingMax"/> do, further ones are dropped,
/// counted (<c>posthorn_timeline_dropped_total</c>) and logged. Messages are never held up by it.</para>
/// <para>Limits: another node's events are seen about <see cref="TimelineOptions.FlushDelayMax"/> after they happened. Times are the nodes' own.</para>
/// </remarks>
internal sealed partial class SharedTimeline : ITimelineStore, IAsyncDisposable
{
    /// <summary>A piece ends when it has so many bytes.</summary>
    private const int PieceBytesMax = 256 * 1024;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1); // while the database cannot be reached
    private static readonly TimeSpan s_maintenancePeriod = TimeSpan.FromMinutes(10);

    private readonly ICluster _cluster;
    private readonly IChronicle _chronicle;
    private readonly TimelineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Pending> _pending;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _hurry = new(0, 1);
    private readonly Task _loop;
    private readonly Task _keeping;
    private long _dropped;

    public SharedTimeline(ICluster cluster, IChronicle chronicle, TimelineOptions options, TimeProvider time, ILogger<SharedTimeline> logger)
    {
        (_cluster, _chronicle, _options, _time, _logger) = (cluster, chronicle, options, time, logger);
        _pending = Channel.CreateBounded<Pending>(new BoundedChannelOptions(options.PendingMax) { SingleReader = true });
        _loop = Task.Run(RunAsync);
        _keeping = Task.Run(KeepAsync);
    }

    /// <inheritdoc/>
    public void Record(TimelineEvent happened)
    {
        if (_pending.Writer.TryWrite(new Pending(happened, _time.GetUtcNow(), null)))
            return;
        Interlocked.Increment(ref _dropped);
        TimelineMetrics.Dropped.Add(1);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> QueryAsync(TimelineQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        _ = LifeSearch.KeyOf(query);
        await FlushAsync(cancellationToken);
        return await LifeSearch.LivesAsync(query, new SharedLines(_chronicle), cancellationToken);
    }

    /// <summary>Writes what waits, as far as the database can be reached. Events recorded afterwards are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        Hurry();
        await _closing.CancelAsync();
        await Task.WhenAll(_loop, _keeping);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
    }

    private void Hurry()
    {
        lock (_hurry)
        {
            if (_hurry.CurrentCount == 0)
                _hurry.Release();
        }
    }

    private async Task RunAsync()
    {
        using var line = new TimelineLine();
        var reader = _pending.Reader;
        while (await reader.WaitToReadAsync())
        {
            if (!reader.Completion.IsCompleted)
                await GatherAsync();
            while (reader.TryPeek(out _))
                await WriteAsync(Gather(line));
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                LogDropped(dropped, _options.PendingMax);
        }
    }

    // Half of the time that an event may take is spent gathering.
    private async Task GatherAsync()
    {
        using var enough = new CancellationTokenSource();
        var hurry = _hurry.WaitAsync(enough.Token);
        await Task.WhenAny(hurry, Task.Delay(_options.FlushDelayMax / 2, _time, enough.Token));
        await enough.CancelAsync();
        await hurry.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>As much of what waits as makes a piece.</summary>
    private Gathered Gather(TimelineLine line)
    {
        var lines = new ArrayBufferWriter<byte>(4_096);
        var (all, keys, flushed, events) = (new HashSet<ulong>(), new List<ulong>(), new List<TaskCompletionSource>(), 0);
        var node = _cluster.View.Self.Name;
        while (lines.WrittenCount < PieceBytesMax && _pending.Reader.TryRead(out var pending))
        {
            if (pending.Flushed is { } waiting)
                flushed.Add(waiting);
            if (pending.Event is not { } happened)
                continue;
            line.Write(pending.At, happened with { Node = node }, lines);
            TimelineKey.Collect(happened, keys);
            all.UnionWith(keys);
            events++;
        }

        return new Gathered(new ChroniclePiece(0, all, lines.WrittenMemory), events, flushed);
    }

    private async Task WriteAsync(Gathered gathered)
    {
        while (gathered.Events > 0)
        {
            try
            {
                await _chronicle.AppendAsync(gathered.Piece, CancellationToken.None);
                TimelineMetrics.Events.Add(gathered.Events);
                break;
            }
            catch (EngineUnavailableException) when (!_closing.IsCancellationRequested)
            {
                await Task.Delay(s_pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                TimelineMetrics.Dropped.Add(gathered.Events);
                LogWriteFailed(e, gathered.Events);
                break;
            }
        }

        foreach (var flushed in gathered.Flushed)
            flushed.TrySetResult();
    }

    // One node does it for all.
    private async Task KeepAsync()
    {
        using var tick = new PeriodicTimer(s_maintenancePeriod, _time);
        try
        {
            do
            {
                if (_cluster.View.IsOwn("timeline"))
                    await TryRemoveOldAsync();
            }
            while (await tick.WaitForNextTickAsync(_closing.Token));
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task TryRemoveOldAsync()
    {
        try
        {
            await _chronicle.RemoveBeforeAsync(_time.GetUtcNow() - _options.Retention, _options.BytesMax, _closing.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogRemoveFailed(e); // again in ten minutes
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events of the timeline were dropped: {Max} were waiting to be written.")]
    private partial void LogDropped(long count, int max);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} events of the timeline could not be written, and are dropped.")]
    private partial void LogWriteFailed(Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The old days of the timeline could not be removed.")]
    private partial void LogRemoveFailed(Exception exception);

    /// <summary>What the loop takes: an event, or who waits for all before it to be written.</summary>
    private readonly record struct Pending(TimelineEvent? Event, DateTimeOffset At, TaskCompletionSource? Flushed);

    private readonly record struct Gathered(ChroniclePiece Piece, int Events, List<TaskCompletionSource> Flushed);
}

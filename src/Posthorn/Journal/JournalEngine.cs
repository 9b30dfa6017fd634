using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>The embedded engine: an append-only journal in one folder, one process, no server.</summary>
/// <remarks>
/// Callers encode their commits in parallel, check and submit them under one short lock, and wait; one writer loop puts what has gathered on
/// disk with one write and one sync, then applies it to the index. Readers read from memory or from the page cache; nothing but the
/// index is kept of a message.
/// <para><i>Diagnostics.</i> A failed write or sync: <see cref="EngineState.Failed"/>, every call fails, a restart recovers from what is on disk.
/// No space for another segment: <see cref="EngineState.Full"/>, adds are refused, the reserve serves the rest, and it is tried again every second.
/// A message whose record cannot be read: it is set aside (held) and named in <see cref="Health"/>. A body that cannot be read: <see cref="BodyLostException"/>.</para>
/// <para><i>Limits.</i> One process a folder. Leases and what is not yet written of receive counts (a tenth of a second) end with the process.
/// One commit is at most 1 GiB without the bodies that are files.</para>
/// </remarks>
public sealed partial class JournalEngine : IEngine
{
    private readonly IJournalFileSystem _files;
    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<ulong> _random;
    private readonly JournalMetrics _metrics;

    // Guards the index, the open batch, consumers, leases, keys: every field of this class that is not readonly, unless it says otherwise.
    private readonly Lock _gate = new();
    private readonly MessageIndex _index;
    private readonly RecentBytes _recent;
    private readonly BodyFiles _bodyFiles;
    private EngineFailedException? _failure;
    private string? _complaint;
    private bool _isClosing;

    private JournalEngine(IJournalFileSystem files, JournalOptions options, TimeProvider time, Func<ulong> random)
    {
        options.Validate();
        (_files, _options, _time, _random) = (files, options, time, random);
        _index = new MessageIndex(WallNow, MonotonicNow, options.KeysMax)
        {
            BecameReady = OnBecameReady,
            LeasesCame = OnLeasesCame,
            QueueRemoved = OnQueueRemoved,
            LeavingPlace = OnLeavingPlace,
            Shrunk = OnShrunk,
        };
        var chunkBytes = Math.Clamp(options.RecentBytesMax / 8, 64 << 10, 4 << 20);
        _recent = new RecentBytes(chunkBytes, Math.Max(options.RecentBytesMax / chunkBytes, 3));
        _bodyFiles = new BodyFiles(files, random);
        _hintFiles = new HintFiles(files);
        _spares = new SpareFiles(files, options);
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _rewriteBudget = new RewriteBudget(time, options.RewriteBytesPerSecond, Math.Max(options.RewriteBytesPerSecond, options.SegmentBytes));
        _metrics = new JournalMetrics(this);
    }

    /// <inheritdoc/>
    public EngineHealth Health
    {
        get
        {
            lock (_gate)
            {
                var reason = _failure?.Message ?? (_isFull ? "There is no space for another journal segment: what adds is refused until there is." : _complaint ?? _outsideComplaint);
                return new EngineHealth(StateNow, reason, _files.FreeBytes);
            }
        }
    }

    /// <inheritdoc/>
    public EngineState State
    {
        get
        {
            lock (_gate)
                return StateNow;
        }
    }

    private EngineState StateNow => _failure is not null ? EngineState.Failed : _isFull ? EngineState.Full : EngineState.Serving;

    /// <summary>Opens the journal of a folder, made when the folder is empty; recovers what a crash left.</summary>
    /// <param name="files">The folder. The caller's; it must outlive the engine.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="random">64 bits that nobody can guess, each call others; null takes the system's.</param>
    /// <param name="progress">Is told every two seconds how much of a long start is done, 0 to 1; null when nobody asks.</param>
    /// <param name="cancellationToken">Ends the start; nothing is lost by it.</param>
    /// <exception cref="JournalDamagedException">What was acknowledged is not on the disk; see there.</exception>
    /// <exception cref="Bodies.BodyStoreUnusableException">The store of bodies cannot be used; the message says what to do.</exception>
    /// <exception cref="JournalVersionException">It was written by a later version.</exception>
    /// <exception cref="Engine.Transfer.TransferUnfinishedException">Another store is being moved into it.</exception>
    public static async Task<JournalEngine> OpenAsync(
        IJournalFileSystem files, JournalOptions options, TimeProvider time, Func<ulong>? random = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var engine = new JournalEngine(files, options, time, random ?? SecretNumbers.Next);
        return await OpenAsync(engine, async () =>
        {
            await engine.RecoverAsync(progress, cancellationToken);
            engine.ThrowIfTransferIsUnfinished();
            engine.Start();
        });
    }

    private static async Task<JournalEngine> OpenAsync(JournalEngine engine, Func<Task> open)
    {
        try
        {
            await open();
            return engine;
        }
        catch
        {
            await engine.AbandonAsync();
            throw;
        }
    }

    /// <summary>Puts on disk what is under way and closes the journal in order; whoever waits for messages gets none.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosing)
                return;
            _isClosing = true;
        }
        await StopAsync();
        await AbandonAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes its files without writing anything.</summary>
    internal async Task AbandonAsync()
    {
        await _timer.DisposeAsync();
        _metrics.Dispose();
        foreach (var segment in _index.Segments.All)
            await segment.File.DisposeAsync();
        if (_options.Bodies is { } bodies)
            await bodies.DisposeAsync();
    }

    /// <summary>Latches the engine out of service: memory and disk might disagree.</summary>
    private void Fail(Exception cause)
    {
        List<PendingCommit> commits = [];
        EngineFailedException failure;
        lock (_gate)
        {
            if (_failure is not null)
                return;
            failure = _failure = new EngineFailedException($"The engine has stopped: {cause.Message} Restart the process: it recovers from what is on the disk.", cause);
            foreach (var batch in _sealed.Append(_open).Append(_writing))
                commits.AddRange(batch?.Commits ?? []);
            FailConsumers(failure);
            DissolveLines();
            _room?.TrySetResult();
        }
        foreach (var commit in commits)
            commit.TrySetException(failure);
    }

    private void ThrowIfOutOfService()
    {
        if (_failure is { } failure)
            throw new EngineFailedException(failure.Message, failure.InnerException);
        ObjectDisposedException.ThrowIf(_isClosing, this);
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    private long WallNow => Now.ToUnixTimeMilliseconds();

    /// <summary>Milliseconds on the clock that nobody sets.</summary>
    private long MonotonicNow => _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks / TimeSpan.TicksPerMillisecond;
}

using System.Diagnostics.CodeAnalysis;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>
/// A queue as a mailbox, one for all sessions that have it selected: its messages in order with flags, state and mod-sequence, kept true by a watch of the
/// engine. A message costs 26 bytes, 34 where something changed, and an idle session nothing.
/// </summary>
/// <remarks>
/// <see cref="DrainAsync"/> takes over what has happened so far; who has committed sees his own commit behind it. One loop does so by itself whenever
/// something happens, and tells the <see cref="IViewer"/>s.
/// <para>Diagnostics: a watch that was lost is listed anew. When the queue is removed, or the engine fails, <see cref="IsGone"/> says so, and the view shows
/// what was there last.</para>
/// </remarks>
internal sealed partial class MailboxView : IAsyncDisposable
{
    /// <summary>Changes that may wait to be read. Beyond it the mailbox is listed anew, which costs about as much as that many changes.</summary>
    private const int WatchCapacity = 16_384;

    /// <summary>Up to here a mailbox is listed before it counts as opened; a larger one is listed aside, while its client thinks of its next command.</summary>
    private const int ListedAtOnceMax = 10_000;

    /// <summary>How much is listed at once: a list of these stays below what the garbage collector counts as large.</summary>
    private const int ListStep = 1_000;

    private readonly IEngine _engine;
    private readonly IQueueWatch _watch;
    private readonly SemaphoreSlim _draining = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new(); // guards what follows
    private readonly FlagTable _flags = new();
    private readonly HashSet<IViewer> _viewers = [];
    private List<ViewChunk> _chunks = [];
    private MailboxSnapshot? _snapshot;
    private long _version;
    private long _versionTold;
    private long _highestModSeq;
    private Task _loading = Task.CompletedTask;
    private Task _pump = Task.CompletedTask;

    private MailboxView(IEngine engine, QueueName queue, IQueueWatch watch) => (_engine, Queue, _watch) = (engine, queue, watch);

    public QueueName Queue { get; }

    public UidSpace Uids { get; private set; }

    /// <summary>How many sessions have it selected; negative when it is closed. Guarded by <see cref="MailboxViews"/>.</summary>
    public int Sessions { get; set; }

    /// <summary>Whether the queue was removed, or the engine has failed: there will be no changes any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>What made it end, when it was neither the queue's removal nor the engine's failure: a fault of ours.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Grows with every change.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
                return _version;
        }
    }

    /// <summary>The mod-sequence up to which the view knows all changes, removals included (RFC 7162 3.1.2.1).</summary>
    public long HighestModSeq
    {
        get
        {
            lock (_gate)
                return _highestModSeq;
        }
    }

    /// <summary>Opens the view of a queue; null when there is no such queue.</summary>
    public static async ValueTask<MailboxView?> OpenAsync(IEngine engine, QueueName queue)
    {
        // Watched first and listed then: what happens between comes twice, and not never.
        var view = new MailboxView(engine, queue, engine.Watch(queue, WatchCapacity));
        try
        {
            if (engine.Status(queue) is not { } status)
            {
                await view.DisposeAsync();
                return null;
            }
            view.Uids = await UidSpace.OfAsync(engine, status);
            view._loading = view.LoadAsync();
            // Numbers beyond 32 bits are not all shown, so that the queue's figures would not be the mailbox's.
            if (status.Messages <= ListedAtOnceMax || status.NextNumber > uint.MaxValue)
                await view._loading;
            if (view.IsGone)
            {
                await view.DisposeAsync();
                return null;
            }
        }
        catch
        {
            await view.DisposeAsync();
            throw;
        }
        view._pump = view.PumpAsync();
        return view;
    }

    /// <summary>Whether it knows its messages; before it does, <see cref="DrainAsync"/> waits for that.</summary>
    public bool IsLoaded => _loading.IsCompletedSuccessfully;

    /// <summary>The messages there are now.</summary>
    public MailboxSnapshot Snapshot
    {
        get
        {
            lock (_gate)
                return _snapshot ??= MailboxSnapshot.Of(_chunks);
        }
    }

    /// <summary>How it stands, for a session that knows nothing yet.</summary>
    public (MailboxSnapshot Snapshot, long Version, long HighestModSeq) Look()
    {
        lock (_gate)
            return (_snapshot ??= MailboxSnapshot.Of(_chunks), _version, _highestModSeq);
    }

    /// <summary>All that sessions need to be told, of one moment.</summary>
    /// <param name="sinceVersion">What they know already.</param>
    /// <param name="changed">Takes the messages that are others since.</param>
    public (MailboxSnapshot Snapshot, long Version, long HighestModSeq) Look(long sinceVersion, List<ViewedMessage> changed)
    {
        lock (_gate)
        {
            if (_version != sinceVersion)
            {
                foreach (var chunk in _chunks)
                {
                    if (chunk.VersionMax <= sinceVersion)
                        continue;
                    for (var i = 0; i < chunk.Count; i++)
                    {
                        if (chunk.VersionOf(i) > sinceVersion)
                            changed.Add(chunk.At(i, _flags));
                    }
                }
            }
            return (_snapshot ??= MailboxSnapshot.Of(_chunks), _version, _highestModSeq);
        }
    }

    /// <summary>A message as it is now; false when it is gone.</summary>
    public bool TryGet(uint uid, out ViewedMessage message)
    {
        lock (_gate)
        {
            if (TryPlace(uid, out var chunk, out var index))
            {
                message = chunk.At(index, _flags);
                return true;
            }
        }
        message = default;
        return false;
    }

    /// <summary>Messages as they are now; those that are gone are left out.</summary>
    public void Get(IReadOnlyList<uint> uids, List<ViewedMessage> messages)
    {
        lock (_gate)
        {
            foreach (var uid in uids)
            {
                if (TryPlace(uid, out var chunk, out var index))
                    messages.Add(chunk.At(index, _flags));
            }
        }
    }

    /// <summary>The messages whose mod-sequence is above another, in order.</summary>
    public void ChangedSince(long modSeq, List<ViewedMessage> changed)
    {
        lock (_gate)
        {
            foreach (var chunk in _chunks)
            {
                for (var i = 0; i < chunk.Count; i++)
                {
                    if (chunk.ModSeqOf(i) > modSeq)
                        changed.Add(chunk.At(i, _flags));
                }
            }
        }
    }

    /// <summary>The messages with a flag, in order.</summary>
    public void With(string flag, List<ViewedMessage> messages)
    {
        lock (_gate)
        {
            var having = _flags.Having(flag);
            foreach (var chunk in _chunks)
            {
                for (var i = 0; i < chunk.Count; i++)
                {
                    if (having[chunk.FlagSetOf(i)])
                        messages.Add(chunk.At(i, _flags));
                }
            }
        }
    }

    /// <summary>The UID of the first message without a flag; 0 when all have it.</summary>
    public uint FirstWithout(string flag)
    {
        lock (_gate)
        {
            var having = _flags.Having(flag);
            foreach (var chunk in _chunks)
            {
                for (var i = 0; i < chunk.Count; i++)
                {
                    if (!having[chunk.FlagSetOf(i)])
                        return chunk.Uids[i];
                }
            }
        }
        return 0;
    }

    /// <summary>What was looked up of a message before; see <see cref="Keep"/>.</summary>
    public bool TryFacts(uint uid, out MessageFacts facts)
    {
        facts = default;
        lock (_gate)
        {
            if (!TryPlace(uid, out var chunk, out var index) || chunk.FactsOf(index) is not { Date: not 0 } known)
                return false;
            facts = new MessageFacts(known.Size, new DateTimeOffset(known.Date, TimeSpan.Zero));
            return true;
        }
    }

    /// <summary>Keeps what only the message's record tells, and what never changes, for who asks next.</summary>
    public void Keep(uint uid, MessageFacts facts)
    {
        lock (_gate)
        {
            if (TryPlace(uid, out var chunk, out var index))
                chunk.SetFacts(index, facts.Size, facts.Date.UtcTicks);
        }
    }

    /// <summary>Lets somebody hear of changes until he is removed.</summary>
    public void Add(IViewer viewer)
    {
        lock (_gate)
            _viewers.Add(viewer);
    }

    public void Remove(IViewer viewer)
    {
        lock (_gate)
            _viewers.Remove(viewer);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _watch.Dispose();
        await _pump;
        _closing.Dispose();
        _draining.Dispose();
    }

    private bool TryPlace(uint uid, [NotNullWhen(true)] out ViewChunk? chunk, out int index)
    {
        var (low, high) = (0, _chunks.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_chunks[middle].LastUid < uid)
                low = middle + 1;
            else
                high = middle;
        }
        chunk = low < _chunks.Count ? _chunks[low] : null;
        index = chunk?.Find(uid) ?? -1;
        return index >= 0;
    }
}

using System.Diagnostics.CodeAnalysis;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Leases;

/// <summary>What a session has claimed in the mailbox that it has selected: <c>STORE n +FLAGS ($Lease)</c> is a lease of the engine's.</summary>
/// <remarks>
/// A lease lasts for the queue's visibility timeout. NOOP and CHECK renew it, and so do an IDLE and a command that runs long, by the door's heartbeat: it costs
/// no timer. What is left when the session ends, or goes to another mailbox, is given back at once.
/// </remarks>
internal sealed class SessionLeases(ImapContext context, MailboxView view, string account)
{
    /// <summary>Bounds the memory of leased messages, which come with bodies of up to 128 KiB each.</summary>
    private const int LeasedAtOnce = 128;

    private readonly Lock _gate = new(); // guards _held, which is made for the first lease
    private Dictionary<uint, HeldLease>? _held;
    private int _isRenewing;

    private QueueName Queue => view.Queue;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _held is null or { Count: 0 };
        }
    }

    /// <summary>The lease on a message; false when the session holds none, or one whose time has ended.</summary>
    public bool TryGet(uint uid, [NotNullWhen(true)] out HeldLease? lease)
    {
        lock (_gate)
        {
            lease = null;
            return _held is not null && _held.TryGetValue(uid, out lease) && lease.ExpiresAt > context.Time.GetUtcNow();
        }
    }

    public bool Holds(uint uid) => TryGet(uid, out _);

    /// <summary>How an operation names a message: by the lease when it was claimed, so that it fails when the lease has ended, else by its id.</summary>
    public MessageReference ReferenceTo(in ViewedMessage message)
    {
        lock (_gate)
            return _held is not null && _held.TryGetValue(message.Uid, out var lease) ? lease.Handle : message.Id;
    }

    /// <summary>The message from which one came, when it is known here; else itself.</summary>
    public MessageId OriginOf(in ViewedMessage message)
    {
        lock (_gate)
            return _held is not null && _held.TryGetValue(message.Uid, out var lease) ? lease.Origin : message.Id;
    }

    /// <summary>Claims messages; each that is ready and was not changed since the mod-sequence named, if one is. Those held already are renewed.</summary>
    /// <returns>The UIDs of those that the session holds now.</returns>
    public async ValueTask<HashSet<uint>> TakeAsync(IReadOnlyList<uint> uids, long? unchangedSince)
    {
        var taken = new HashSet<uint>();
        var targets = new List<LeaseTarget>(uids.Count);
        foreach (var uid in uids)
        {
            if (TryGet(uid, out var lease) && await RenewAsync(uid, lease))
                taken.Add(uid); // ours already: nobody else could change who holds it
            else
                targets.Add(new LeaseTarget(view.Uids.NumberOf(uid), unchangedSince));
        }
        if (targets.Count == 0)
            return taken;
        foreach (var chunk in targets.Chunk(LeasedAtOnce))
        {
            foreach (var leased in await context.Engine.LeaseAsync(Queue, chunk))
                Took(leased, taken);
        }
        context.Metrics.Leases("taken", taken.Count);
        context.Metrics.Leases("refused", uids.Count - taken.Count);
        return taken;
    }

    private void Took(LeasedMessage leased, HashSet<uint> taken)
    {
        if (!view.Uids.TryUid(leased.Message.Number, out var uid))
            return;
        lock (_gate)
            (_held ??= [])[uid] = new HeldLease(leased.Handle, leased.Message.Origin, leased.ExpiresAt);
        taken.Add(uid);
        context.Record(TimelineKind.Leased, leased.Message.Id, leased.Message.Origin, Queue, $"by imap, account {account}, receive {leased.Message.ReceiveCount}");
    }

    /// <summary>Gives messages back, so that others can have them at once; how often they were received stays counted.</summary>
    public async ValueTask ReleaseAsync(IEnumerable<uint> uids)
    {
        foreach (var uid in uids)
        {
            HeldLease? lease;
            lock (_gate)
            {
                if (_held is null || !_held.Remove(uid, out lease))
                    continue;
            }
            await GiveBackAsync(lease);
        }
    }

    /// <summary>A message is not in this mailbox any more, or a commit has ended its lease.</summary>
    public void Forget(uint uid)
    {
        lock (_gate)
            _held?.Remove(uid);
    }

    /// <summary>A lease has ended by its time, or by another's hand.</summary>
    public void Expired(uint uid)
    {
        lock (_gate)
        {
            if (_held is null || !_held.TryGetValue(uid, out var lease) || lease.ExpiresAt == DateTimeOffset.MinValue)
                return;
            _held[uid] = lease with { ExpiresAt = DateTimeOffset.MinValue };
        }
        context.Metrics.Leases("expired");
    }

    /// <summary>Renews all leases that last.</summary>
    public async ValueTask RenewAllAsync()
    {
        KeyValuePair<uint, HeldLease>[] all;
        lock (_gate)
            all = _held is null ? [] : [.. _held.Where(h => h.Value.ExpiresAt != DateTimeOffset.MinValue)];
        foreach (var (uid, lease) in all)
        {
            if (!await RenewAsync(uid, lease))
                Expired(uid);
        }
    }

    /// <summary>Renews, aside, leases of which half the time has passed.</summary>
    public void OnHeartbeat()
    {
        if (IsEmpty || Volatile.Read(ref _isRenewing) != 0 || !IsAnyHalfOver() || Interlocked.Exchange(ref _isRenewing, 1) != 0)
            return;
        _ = RenewAsideAsync();
    }

    /// <summary>Gives all back: the session has ended, or left the mailbox.</summary>
    public async ValueTask GiveBackAllAsync()
    {
        HeldLease[] all;
        lock (_gate)
        {
            all = _held is null ? [] : [.. _held.Values];
            _held = null;
        }
        foreach (var lease in all)
            await GiveBackAsync(lease);
    }

    private bool IsAnyHalfOver()
    {
        var halfAway = context.Time.GetUtcNow() + (VisibilityTimeout / 2);
        lock (_gate)
            return _held is not null && _held.Values.Any(lease => lease.ExpiresAt <= halfAway && lease.ExpiresAt != DateTimeOffset.MinValue);
    }

    private TimeSpan VisibilityTimeout => context.Engine.Status(Queue)?.Policy.VisibilityTimeout ?? QueuePolicy.Default.VisibilityTimeout;

    private async Task RenewAsideAsync()
    {
        try
        {
            await RenewAllAsync();
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is ObjectDisposedException)
        {
            // Its leases have ended with the engine; the session learns it too.
        }
        catch (Exception e)
        {
            ImapLog.NotRenewed(context.Logger, Queue, e);
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    private async ValueTask<bool> RenewAsync(uint uid, HeldLease lease)
    {
        if (await context.Engine.ExtendAsync(lease.Handle, VisibilityTimeout) is not { } end)
            return false;
        lock (_gate)
        {
            // Given back or settled meanwhile: then it is not ours any more.
            if (_held is not null && _held.TryGetValue(uid, out var current) && current.Handle == lease.Handle)
                _held[uid] = lease with { ExpiresAt = end };
        }
        return true;
    }

    private async ValueTask GiveBackAsync(HeldLease lease)
    {
        try
        {
            if (await context.Engine.ExtendAsync(lease.Handle, TimeSpan.Zero) is null)
                return;
            context.Metrics.Leases("released");
            context.Record(TimelineKind.Released, lease.Handle.Message, lease.Origin, Queue, $"by imap, account {account}");
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is CommitConflictException or ObjectDisposedException)
        {
            // Ended by itself meanwhile, or with the engine.
        }
    }
}

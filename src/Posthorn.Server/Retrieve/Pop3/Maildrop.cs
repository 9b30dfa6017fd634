using System.Globalization;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>
/// The messages of one session: leased when it opens, renewed while it lasts, given back when it is disposed of. The lock of RFC 1939 4 is these leases:
/// nobody else gets these messages, and everybody else gets the others.
/// </summary>
/// <remarks>
/// Used by the session's loop alone, except <see cref="RenewAsync"/>, which only reads what never changes.
/// <para>Diagnostics: a lease that has ended all the same (the machine slept, an administrator took the message) is found out when the message is removed:
/// it is left out, and QUIT says so. What cannot be given back comes back when its lease ends.</para>
/// <para>A message that the client did not get whole does not count as received where that matters, in a queue that limits receives: a mail program that
/// looks at a mailbox every few minutes must not make dead letters of what it leaves there. Elsewhere the count stays, which saves the commit.</para>
/// </remarks>
internal sealed class Maildrop : IAsyncDisposable
{
    /// <summary>Bounds the memory of leased messages, which come with bodies of up to 128 KiB each.</summary>
    private const int LeasedAtOnce = 128;

    private const int ListedAtOnce = 4_096;

    /// <summary>Most removals in one commit.</summary>
    private const int CommitMax = 1_000;

    private const int BusyRoundsMax = 20;

    /// <summary>How long a message that another commit has in hand is waited for.</summary>
    private static readonly TimeSpan s_busyPause = TimeSpan.FromMilliseconds(50);

    private readonly Pop3Context _context;
    private readonly string _account;
    private readonly QueueStatus? _status;
    private readonly List<MaildropEntry> _entries = [];
    private ReceiptHandle[] _handles = []; // all that were leased; never changed once the maildrop is open
    private int _isRenewing;

    private Maildrop(Pop3Context context, string account, QueueName queue)
    {
        (_context, _account, Queue, _status) = (context, account, queue, context.Engine.Status(queue));
    }

    public QueueName Queue { get; }

    /// <summary>All messages, marked ones too; their places are the session's numbers less one.</summary>
    public IReadOnlyList<MaildropEntry> Entries => _entries;

    /// <summary>How long messages are kept at most; null is for ever.</summary>
    public TimeSpan? Retention => _status?.Policy.Retention;

    /// <summary>Messages that are not marked.</summary>
    public int Count => _entries.Count(e => !e.IsMarked);

    /// <summary>Their bytes.</summary>
    public long Bytes => _entries.Sum(e => e.IsMarked ? 0 : e.Length);

    /// <summary>Leases what is ready, in the order of the queue's numbers.</summary>
    public static async ValueTask<Maildrop> OpenAsync(Pop3Context context, string account, QueueName queue)
    {
        var maildrop = new Maildrop(context, account, queue);
        try
        {
            if (maildrop._status is not null)
                await maildrop.LeaseAsync();
            maildrop._handles = [.. maildrop._entries.Select(e => e.Handle)];
            return maildrop;
        }
        catch
        {
            await maildrop.DisposeAsync();
            throw;
        }
    }

    /// <summary>The message's unique id (RFC 1939 7): the queue's identity and the number, which is never used again.</summary>
    public string UidOf(MaildropEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{_status!.Identity}.{entry.Number}");

    /// <summary>Notes that the client has a message whole.</summary>
    public void Sent(MaildropEntry entry)
    {
        if (!entry.IsSent)
            Record(TimelineKind.Leased, entry, $"sent by pop3, account {_account}");
        entry.IsSent = true;
    }

    /// <summary>Lengthens all leases; one that has ended stays so.</summary>
    public async Task RenewAsync()
    {
        if (Interlocked.Exchange(ref _isRenewing, 1) != 0)
            return;
        try
        {
            foreach (var handle in _handles)
                await _context.Engine.ExtendAsync(handle, _context.Options.LeaseTime);
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is ObjectDisposedException)
        {
            // The session learns it with its next command.
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    /// <summary>Removes what is marked; durable when the task completes.</summary>
    /// <returns>How many were removed, and how many could not be, because they were not this session's any more.</returns>
    public async ValueTask<(int Removed, int Lost)> RemoveMarkedAsync()
    {
        var (removed, lost) = (0, 0);
        foreach (var batch in _entries.Where(e => e.IsMarked).ToArray().Chunk(CommitMax))
        {
            var done = await CommitAsync(batch, (commit, entry) => commit.Remove(entry.Handle));
            removed += done.Count;
            lost += batch.Length - done.Count;
            foreach (var entry in done)
                Record(TimelineKind.Consumed, entry, $"by pop3, account {_account}");
            _entries.RemoveAll(batch.ToHashSet().Contains);
        }
        _context.Metrics.Removed(removed);
        return (removed, lost);
    }

    /// <summary>Gives back what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            var isCounted = _context.Engine.Status(Queue)?.Policy.ReceivesMax is not null;
            foreach (var entry in _entries.Where(e => e.IsSent || !isCounted))
            {
                if (await _context.Engine.ExtendAsync(entry.Handle, TimeSpan.Zero) is not null && entry.IsSent)
                    Record(TimelineKind.Released, entry, $"a pop3 session of account {_account} ended");
            }
            foreach (var batch in _entries.Where(e => !e.IsSent && isCounted).Chunk(CommitMax))
            {
                await CommitAsync(batch, static (commit, entry) =>
                    commit.Release(entry.Handle, TimeSpan.Zero, new MessageChanges { ReceiveCount = Math.Max(0, entry.ReceiveCount - 1) }));
            }
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is ObjectDisposedException)
        {
            // All leases have ended with the engine.
        }
        _entries.Clear();
    }

    private async ValueTask LeaseAsync()
    {
        var (engine, from) = (_context.Engine, 0L);
        while (_entries.Count < _context.Options.MessagesMax)
        {
            var listed = await engine.ListAsync(Queue, from, ListedAtOnce);
            var ready = listed.Where(m => m.State == MessageState.Ready).Take(_context.Options.MessagesMax - _entries.Count).Select(m => new LeaseTarget(m.Number));
            foreach (var targets in ready.Chunk(LeasedAtOnce))
            {
                var leased = await engine.LeaseAsync(Queue, targets, _context.Options.LeaseTime);
                _entries.AddRange(leased.OrderBy(l => l.Message.Number).Select(l => new MaildropEntry(l)));
                if (leased.Count < targets.Length && engine.Status(Queue) is null or { IsAtLeasesMax: true } or { Policy.IsPaused: true })
                    return;
            }
            if (listed.Count < ListedAtOnce)
                return;
            from = listed[^1].Number + 1;
        }
    }

    /// <summary>Commits an operation on each; what stands in the way of one message hinders no other.</summary>
    /// <returns>Those that it was done to.</returns>
    private async ValueTask<List<MaildropEntry>> CommitAsync(IEnumerable<MaildropEntry> entries, Action<Commit, MaildropEntry> operation)
    {
        List<MaildropEntry> left = [.. entries], busy = [], done = [];
        for (var round = 0; left.Count > 0; round++)
        {
            var commit = new Commit();
            foreach (var entry in left)
                operation(commit, entry);
            try
            {
                await _context.Engine.CommitAsync(commit);
                done.AddRange(left);
                left = [];
            }
            catch (CommitConflictException e)
            {
                foreach (var conflict in e.Conflicts.OrderByDescending(c => c.Operation))
                {
                    if (conflict.Reason == ConflictReason.MessageBusy)
                        busy.Add(left[conflict.Operation]);
                    left.RemoveAt(conflict.Operation);
                }
            }
            if (left.Count > 0 || busy.Count == 0 || round >= BusyRoundsMax)
                continue;
            (left, busy) = (busy, left);
            await Task.Delay(s_busyPause, _context.Time);
        }
        return done;
    }

    private void Record(TimelineKind kind, MaildropEntry entry, string detail) =>
        _context.Timeline.Record(new TimelineEvent(kind, entry.Handle.Message, entry.Origin, Queue, detail) { IsOfProgram = true });
}

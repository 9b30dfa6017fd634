using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>The messages a stream has in flight: renews their leases, tells which have ended, and gives all back in the end.</summary>
/// <remarks>
/// <para>One timer a stream, which runs only while something is in flight; it ticks three times a lease, so that one late tick ends no lease.</para>
/// <para>Diagnostics: a lease that the engine says has ended is told (<c>onEnded</c>); what cannot be renewed for another reason is logged and tried at
/// the next tick; what cannot be given back comes back when its lease ends.</para>
/// </remarks>
internal sealed class HeldMessages : IAsyncDisposable
{
    private readonly StreamContext _context;
    private readonly StreamRequest _request;
    private readonly Credits _credits;
    private readonly Func<HeldMessage, ValueTask> _onEnded;
    private readonly long _startedAt;
    private readonly ITimer _timer;

    private readonly Lock _gate = new(); // guards both below, and what is in the messages
    private readonly Dictionary<ReceiptHandle, HeldMessage> _held = [];
    private bool _isClosed;

    private int _isRenewing;

    /// <param name="context">What all streams share.</param>
    /// <param name="request">What the client asked for.</param>
    /// <param name="credits">Gets back what is in flight no more.</param>
    /// <param name="onEnded">Told of a message whose lease has ended without the client's doing.</param>
    public HeldMessages(StreamContext context, StreamRequest request, Credits credits, Func<HeldMessage, ValueTask> onEnded)
    {
        (_context, _request, _credits, _onEnded, _startedAt) = (context, request, credits, onEnded, context.Time.GetTimestamp());
        _timer = context.Time.CreateTimer(static held => _ = ((HeldMessages)held!).RenewAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _context.Time.GetElapsedTime(_startedAt);

    private TimeSpan Tick => _request.Visibility / 3;

    public int Count
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>Takes messages over that were leased just now.</summary>
    public void Add(IReadOnlyList<LeasedMessage> leased)
    {
        var now = Now;
        lock (_gate)
        {
            if (_held.Count == 0)
                _timer.Change(Tick, Tick);
            foreach (var message in leased)
            {
                _held.Add(message.Handle, new HeldMessage(message, now, now + _request.Visibility));
                _context.Watch.Add(message.Handle, this);
            }
        }
    }

    /// <summary>Notes that a message goes to the client; false when its lease has ended, so that it must not.</summary>
    public bool TrySend(ReceiptHandle handle)
    {
        lock (_gate)
            return _held.TryGetValue(handle, out var message) && (message.IsSent = true);
    }

    /// <summary>Takes the right to settle a message; false when it is not in flight here, or somebody settles it already.</summary>
    public bool TryBeginSettling(ReceiptHandle handle, [NotNullWhen(true)] out HeldMessage? message)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(handle, out message) || message.IsSettling)
                return false;
            return message.IsSettling = true;
        }
    }

    /// <summary>A message was settled, or its lease had ended before.</summary>
    public void EndSettling(HeldMessage message) => Take(message.Handle);

    /// <summary>The commit did not happen; it can be tried again.</summary>
    public void KeepAfterSettling(HeldMessage message)
    {
        lock (_gate)
            message.IsSettling = false;
    }

    /// <summary>Sets the end of a lease.</summary>
    /// <returns>What came of it, and the new end when it is done.</returns>
    public async ValueTask<(SettleOutcome Outcome, DateTimeOffset? ExpiresAt)> ExtendAsync(ReceiptHandle handle, TimeSpan visibility)
    {
        HeldMessage? message;
        lock (_gate)
        {
            if (!_held.TryGetValue(handle, out message) || message.IsSettling)
                return (SettleOutcome.UnknownHandle, null);
        }
        if (await ExtendAsync(message, visibility) is { } end)
            return (SettleOutcome.Done, end);
        if (TryLose(message))
            _credits.Settle(1);
        return (SettleOutcome.LeaseEnded, null);
    }

    public void SettledByOthers(ReceiptHandle handle)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(handle, out var message) || message.IsSettling)
                return;
        }
        Take(handle);
    }

    public void ExtendedByOthers(ReceiptHandle handle, TimeSpan visibility)
    {
        var endsAt = Now + visibility;
        lock (_gate)
        {
            if (_held.TryGetValue(handle, out var message))
                message.EndsAt = endsAt;
        }
    }

    /// <summary>Gives back what never went to the client: no more is sent.</summary>
    public async ValueTask ReturnUnsentAsync()
    {
        HeldMessage[] unsent;
        lock (_gate)
            unsent = [.. _held.Values.Where(m => !m.IsSent)];
        foreach (var message in unsent)
        {
            Take(message.Handle);
            await GiveBackAsync(message);
        }
    }

    /// <summary>Gives all back at once; what never went to the client as if it had not been received.</summary>
    public async ValueTask DisposeAsync()
    {
        HeldMessage[] left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _held.Values];
            _held.Clear();
            foreach (var message in left)
                _context.Watch.Remove(message.Handle);
        }
        await _timer.DisposeAsync();
        foreach (var message in left)
            await GiveBackAsync(message);
    }

    /// <summary>Lengthens all leases that have less left than a new one; finds those that have ended.</summary>
    private async Task RenewAsync()
    {
        if (Interlocked.Exchange(ref _isRenewing, 1) != 0)
            return;
        try
        {
            var now = Now;
            foreach (var message in All())
            {
                var isRenewed = now - message.Since + _request.Visibility <= _request.RenewFor;
                var hasEnded = isRenewed && message.EndsAt < now + _request.Visibility
                    ? await ExtendAsync(message, _request.Visibility) is null
                    : message.EndsAt <= now;
                if (!hasEnded || !TryLose(message))
                    continue;
                // Told before its credit brings another message.
                await _onEnded(message);
                _credits.Settle(1);
            }
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is ObjectDisposedException)
        {
            // Ended with the engine; who pumps its messages learns it too.
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client is gone, and the stream about to end.
        }
        catch (Exception e)
        {
            StreamLog.NotRenewed(_context.Logger, _request.Queue, e);
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    private async ValueTask<DateTimeOffset?> ExtendAsync(HeldMessage message, TimeSpan visibility)
    {
        var now = Now; // before the engine's, so that the end is never thought to be later than it is
        var end = await _context.Engine.ExtendAsync(message.Handle, visibility);
        lock (_gate)
        {
            if (end is not null)
                message.EndsAt = now + visibility;
        }
        return end;
    }

    private HeldMessage[] All()
    {
        lock (_gate)
            return [.. _held.Values];
    }

    /// <summary>Of a message that somebody settles, the commit decides.</summary>
    private bool TryLose(HeldMessage message)
    {
        lock (_gate)
            return !message.IsSettling && Remove(message.Handle);
    }

    /// <summary>It is in flight no more.</summary>
    private void Take(ReceiptHandle handle)
    {
        lock (_gate)
        {
            if (!Remove(handle))
                return;
        }
        _credits.Settle(1);
    }

    private bool Remove(ReceiptHandle handle)
    {
        if (!_held.Remove(handle))
            return false;
        _context.Watch.Remove(handle);
        if (_held.Count == 0 && !_isClosed)
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return true;
    }

    private async ValueTask GiveBackAsync(HeldMessage message)
    {
        try
        {
            var isBack = message.IsSent ? await _context.Engine.ExtendAsync(message.Handle, TimeSpan.Zero) is not null : await ReturnUnseenAsync(message);
            if (isBack)
                _context.Record(TimelineKind.Released, message, $"a stream of account {_request.Caller.Name} ended");
        }
        catch (Exception e) when (EngineOutage.Is(e) || e is CommitConflictException or ObjectDisposedException)
        {
            // Ended by itself meanwhile, or with the engine.
        }
        catch (Exception e)
        {
            StreamLog.NotReturned(_context.Logger, message.Handle.Message, e);
        }
    }

    private async ValueTask<bool> ReturnUnseenAsync(HeldMessage message)
    {
        await _context.Engine.CommitAsync(
            new Commit().Release(message.Handle, TimeSpan.Zero, new MessageChanges { ReceiveCount = Math.Max(0, message.ReceiveCount - 1) }));
        return true;
    }
}

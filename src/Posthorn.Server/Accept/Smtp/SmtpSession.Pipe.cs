using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Session;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Reading, writing, and the times after which waiting ends.</summary>
internal sealed partial class SmtpSession
{
    /// <summary>How many bytes of replies gather before they leave although more commands are there to be read: one memory block of the transport.</summary>
    private const int RepliesBytesMax = 4_096;

    /// <summary>How long a peer may take to receive our last words.</summary>
    private static readonly TimeSpan s_endTimeMax = TimeSpan.FromSeconds(10);

    private readonly Action<ConnectionAbortedException> _abort;
    private readonly long _endsAt;
    private PipeReader _input;
    private PipeWriter _output;

    // Set by OnHeartbeat and Stop, read by the loop.
    private long _deadline = long.MaxValue;
    private volatile bool _isTimedOut;
    private volatile bool _isTooOld;
    private volatile bool _isStopping;

    /// <summary>The server stops: an idle session ends at once, any other after its mail.</summary>
    public void Stop()
    {
        _isStopping = true;
        Volatile.Read(ref _input).CancelPendingRead();
    }

    /// <summary>Ends the wait of a session whose peer is too slow; one that does not even take our last words is cut off.</summary>
    /// <param name="now">The time provider's timestamp.</param>
    public void OnHeartbeat(long now)
    {
        if (now >= _endsAt && !_isTooOld)
        {
            _isTooOld = true;
            Volatile.Read(ref _input).CancelPendingRead();
        }
        if (now < Volatile.Read(ref _deadline))
            return;
        if (_isTimedOut)
        {
            _abort(new ConnectionAbortedException("The peer is too slow."));
            return;
        }
        _isTimedOut = true;
        SetDeadline(s_endTimeMax);
        Volatile.Read(ref _input).CancelPendingRead();
        Volatile.Read(ref _output).CancelPendingFlush();
    }

    /// <summary>Reads what has come, or waits for it. Replies leave when there is nothing more to read, so that pipelined commands share one packet (RFC 2920 3.2).</summary>
    private async ValueTask<ReadResult> ReadAsync()
    {
        if (_input.TryRead(out var result))
        {
            if (_output.UnflushedBytes > RepliesBytesMax)
                await _output.FlushAsync();
            return result;
        }
        if (_output.UnflushedBytes > 0)
            await _output.FlushAsync();
        return await _input.ReadAsync();
    }

    /// <summary>Waits for a line; a command may take as long as <see cref="SmtpOptions.IdleTimeout"/>, however many pieces it comes in.</summary>
    /// <returns>Incomplete: there will be none, the session is over.</returns>
    private async ValueTask<SmtpLine> ReadLineAsync(int bytesMax, LineTaker take)
    {
        SetDeadline(Options.IdleTimeout);
        while (true)
        {
            if (EndingReply() is { } ending)
            {
                Close(ending);
                return SmtpLine.Incomplete;
            }
            var result = await ReadAsync();
            if (result.IsCanceled)
            {
                _input.AdvanceTo(result.Buffer.Start);
                continue; // the reason is looked at above
            }
            var buffer = result.Buffer;
            var found = _lines.Read(ref buffer, bytesMax, out var line);
            if (found == SmtpLine.Complete)
                Take(line, take);
            // What was looked at in vain is not looked at again before more has come.
            _input.AdvanceTo(buffer.Start, found == SmtpLine.Incomplete ? buffer.End : buffer.Start);
            if (found != SmtpLine.Incomplete)
            {
                ClearDeadline();
                return found;
            }
            if (result.IsCompleted)
            {
                LogLost(_context.Logger, _peer, _transaction is null ? "" : " during a mail", null);
                _state = SmtpState.Closed;
                return SmtpLine.Incomplete;
            }
        }
    }

    private static void Take(ReadOnlySequence<byte> line, LineTaker take)
    {
        if (line.IsSingleSegment)
        {
            take(line.FirstSpan);
            return;
        }
        var copy = ArrayPool<byte>.Shared.Rent((int)line.Length); // not longer than was asked for
        line.CopyTo(copy);
        take(copy.AsSpan(0, (int)line.Length));
        ArrayPool<byte>.Shared.Return(copy);
    }

    /// <summary>Waits for more of a mail; it may pause for <see cref="SmtpOptions.IdleTimeout"/>, but not be slower than <see cref="SmtpOptions.DataBytesPerSecondMin"/> on the whole.</summary>
    /// <param name="startedAt">The timestamp when it began.</param>
    /// <param name="received">Bytes so far.</param>
    /// <returns>Null: nothing more will come, the session is over.</returns>
    private async ValueTask<ReadOnlySequence<byte>?> ReadMailAsync(long startedAt, long received)
    {
        var pace = TimeSpan.FromSeconds(received / Options.DataBytesPerSecondMin) + Options.IdleTimeout;
        var left = pace - _context.Time.GetElapsedTime(startedAt);
        SetDeadline(left < Options.IdleTimeout ? left : Options.IdleTimeout);
        while (true)
        {
            var result = await ReadAsync();
            if (_isTimedOut || _isTooOld)
            {
                _input.AdvanceTo(result.Buffer.Start);
                Close(SmtpReplies.TimedOut);
                return null;
            }
            if (!result.Buffer.IsEmpty)
            {
                ClearDeadline();
                return result.Buffer;
            }
            _input.AdvanceTo(result.Buffer.Start);
            if (result.IsCompleted)
            {
                LogLost(_context.Logger, _peer, " during a mail", null);
                _state = SmtpState.Closed;
                return null;
            }
        }
    }

    private void Reply(SmtpReply reply) => SmtpReplyFormat.Write(_output, reply);

    /// <summary>Says a last word.</summary>
    private void Close(SmtpReply reply)
    {
        Reply(reply);
        _state = SmtpState.Closed;
    }

    private SmtpReply? EndingReply() => _isStopping ? SmtpReplies.ShuttingDown : _isTimedOut || _isTooOld ? SmtpReplies.TimedOut : null;

    /// <summary>Sends what was said last, and says that nothing more comes.</summary>
    private async ValueTask EndAsync()
    {
        SetDeadline(s_endTimeMax);
        await _output.FlushAsync();
        if (_tls is not null)
            await _tls.ShutdownAsync();
        ClearDeadline();
    }

    private async ValueTask TryCloseAsync(SmtpReply reply)
    {
        try
        {
            Close(reply);
            await EndAsync();
        }
        catch (Exception e)
        {
            LogLost(_context.Logger, _peer, "", e);
        }
    }

    /// <summary>Answers slowly whoever makes too many mistakes.</summary>
    private Task DelayAsync() => Task.Delay(Options.ErrorDelay, _context.Time);

    private void SetDeadline(TimeSpan time) => Volatile.Write(ref _deadline, After(time));

    /// <summary>While the server works, the peer is not late.</summary>
    private void ClearDeadline() => Volatile.Write(ref _deadline, long.MaxValue);

    private long After(TimeSpan time) => _context.Time.GetTimestamp() + (long)(time.TotalSeconds * _context.Time.TimestampFrequency);
}

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Posthorn.Protocols.Lines;

namespace Posthorn.Server.Connections;

/// <summary>
/// The connection of a session that talks in lines (SMTP, POP3, IMAP): reads them, gathers what is answered, ends waiting that takes too long, and goes over to TLS.
/// </summary>
/// <remarks>
/// One loop, the session's, reads and writes; <see cref="OnHeartbeat"/> and <see cref="Stop"/> come from outside and only set flags and wake it.
/// Costs no timer, and no buffer while it waits.
/// </remarks>
internal sealed partial class LineConnection : IHeartbeat, IAsyncDisposable
{
    /// <summary>How many bytes of answers gather before they leave although more commands are there to be read: one memory block of the transport.</summary>
    private const int AnswerBytesMax = 4_096;

    /// <summary>How long a peer may take to receive our last words.</summary>
    private static readonly TimeSpan s_endTimeMax = TimeSpan.FromSeconds(10);

    private readonly LineReader _lines = new();
    private readonly TimeProvider _time;
    private readonly Action<ConnectionAbortedException> _abort;
    private readonly long _endsAt;
    private PipeReader _input;
    private PipeWriter _output;

    // Set by OnHeartbeat and Stop, read by the loop.
    private long _deadline = long.MaxValue;
    private volatile bool _isTimedOut;
    private volatile bool _isTooOld;
    private volatile bool _isStopping;

    /// <param name="transport">The pipes; whoever owns them completes them.</param>
    /// <param name="abort">Cuts the connection off.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lastsMax">The longest session.</param>
    public LineConnection(IDuplexPipe transport, Action<ConnectionAbortedException> abort, TimeProvider time, TimeSpan lastsMax)
    {
        (_input, _output, _abort, _time) = (transport.Input, transport.Output, abort, time);
        _endsAt = After(lastsMax);
    }

    /// <summary>Where answers are written; they leave when there is nothing more to read, so that answers to pipelined commands share one packet (RFC 2920 3.2).</summary>
    public PipeWriter Output => _output;

    /// <summary>Whether the server stops: what is under way is still finished.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>The server stops: a session that waits for a command ends at once.</summary>
    public void Stop()
    {
        _isStopping = true;
        Volatile.Read(ref _input).CancelPendingRead();
    }

    /// <summary>Ends the wait of a session whose peer is too slow; one that does not even take our last words is cut off.</summary>
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

    /// <summary>Waits for a line.</summary>
    /// <param name="bytesMax">Longest line, in bytes including CRLF.</param>
    /// <param name="timeMax">How long it may take to come, however many pieces it comes in.</param>
    /// <param name="take">Given the line.</param>
    public async ValueTask<LineRead> ReadLineAsync(int bytesMax, TimeSpan timeMax, LineTaker take)
    {
        SetDeadline(timeMax);
        while (true)
        {
            if (_isStopping)
                return LineRead.Stopping;
            if (_isTimedOut || _isTooOld)
                return LineRead.TimedOut;
            var result = await ReadAsync();
            if (result.IsCanceled)
            {
                _input.AdvanceTo(result.Buffer.Start);
                continue; // the reason is looked at above
            }
            var buffer = result.Buffer;
            var found = _lines.Read(ref buffer, bytesMax, out var line);
            if (found == LineStatus.Complete)
                Take(line, take);
            // What was looked at in vain is not looked at again before more has come.
            _input.AdvanceTo(buffer.Start, found == LineStatus.Incomplete ? buffer.End : buffer.Start);
            if (found != LineStatus.Incomplete)
            {
                ClearDeadline();
                return found == LineStatus.Complete ? LineRead.Complete : LineRead.TooLong;
            }
            if (result.IsCompleted)
                return LineRead.Lost;
        }
    }

    /// <summary>Waits for bytes that are no lines; a server that stops waits for them too. <see cref="Advance(SequencePosition)"/> says what was consumed of them.</summary>
    public async ValueTask<(LineRead Status, ReadOnlySequence<byte> Bytes)> ReadBytesAsync(TimeSpan timeMax)
    {
        SetDeadline(timeMax);
        while (true)
        {
            var result = await ReadAsync();
            if (_isTimedOut || _isTooOld)
            {
                _input.AdvanceTo(result.Buffer.Start);
                return (LineRead.TimedOut, default);
            }
            if (!result.Buffer.IsEmpty)
            {
                ClearDeadline();
                return (LineRead.Complete, result.Buffer);
            }
            _input.AdvanceTo(result.Buffer.Start);
            if (result.IsCompleted)
                return (LineRead.Lost, default);
        }
    }

    /// <summary>What comes before this place is consumed.</summary>
    public void Advance(SequencePosition consumed) => _input.AdvanceTo(consumed);

    /// <summary>Sends what was written; the peer may take <paramref name="timeMax"/> to make room for it.</summary>
    /// <returns>False when it took longer: the session is over.</returns>
    public async ValueTask<bool> FlushAsync(TimeSpan timeMax)
    {
        SetDeadline(timeMax);
        var result = await _output.FlushAsync();
        if (_isTimedOut || _isTooOld)
            return false;
        ClearDeadline();
        return !result.IsCompleted;
    }

    /// <summary>Sends what was said last, and says that nothing more comes.</summary>
    public async ValueTask EndAsync()
    {
        SetDeadline(s_endTimeMax);
        await _output.FlushAsync();
        if (Tls is not null)
            await Tls.ShutdownAsync();
        ClearDeadline();
    }

    /// <summary>Reads what has come, or waits for it.</summary>
    private async ValueTask<ReadResult> ReadAsync()
    {
        if (_input.TryRead(out var result))
        {
            if (_output.UnflushedBytes > AnswerBytesMax)
                await _output.FlushAsync();
            return result;
        }
        if (_output.UnflushedBytes > 0)
            await _output.FlushAsync();
        return await _input.ReadAsync();
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

    private void SetDeadline(TimeSpan time) => Volatile.Write(ref _deadline, After(time));

    /// <summary>While the server works, the peer is not late.</summary>
    private void ClearDeadline() => Volatile.Write(ref _deadline, long.MaxValue);

    private long After(TimeSpan time) => _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency);
}

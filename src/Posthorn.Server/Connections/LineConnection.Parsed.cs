using System.Buffers;

namespace Posthorn.Server.Connections;

/// <content>Reading for a protocol that is more than lines (IMAP): its own parser takes what it needs, and comes back for more.</content>
internal sealed partial class LineConnection
{
    private volatile bool _isWaitOver;

    /// <summary>From now on the peer may take so long for what is waited for, in however many pieces it comes.</summary>
    public void BeginWait(TimeSpan timeMax) => SetDeadline(timeMax);

    /// <summary>What was waited for is here: while the server works, the peer is not late.</summary>
    public void EndWait() => ClearDeadline();

    /// <summary>Waits for bytes beyond those that were examined. <see cref="Advance(SequencePosition, SequencePosition)"/> must follow when there are some.</summary>
    /// <param name="isBetweenCommands">Whether a server that stops ends the wait.</param>
    /// <returns>The bytes not consumed yet, and whether nothing comes behind them any more.</returns>
    public async ValueTask<(LineRead Status, ReadOnlySequence<byte> Bytes, bool IsLast)> ReadMoreAsync(bool isBetweenCommands)
    {
        while (true)
        {
            if (_isStopping && isBetweenCommands)
                return (LineRead.Stopping, default, true);
            if (_isTimedOut || _isTooOld)
                return (LineRead.TimedOut, default, true);
            var result = await ReadAsync();
            if (!result.IsCanceled && (!result.Buffer.IsEmpty || result.IsCompleted))
                return (result.Buffer.IsEmpty ? LineRead.Lost : LineRead.Complete, result.Buffer, result.IsCompleted);
            _input.AdvanceTo(result.Buffer.Start); // the reason is looked at above
        }
    }

    /// <summary>What comes before <paramref name="consumed"/> is done with; what comes before <paramref name="examined"/> is not enough.</summary>
    public void Advance(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    /// <summary>Waits until there are bytes, or there will be none, and takes nothing. Meanwhile one may write and flush; nothing may be unsent at the call.</summary>
    public async Task WaitForMoreAsync()
    {
        _isWaitOver = false;
        while (!_isWaitOver && !_isStopping && !_isTimedOut && !_isTooOld)
        {
            var result = await _input.ReadAsync();
            _input.AdvanceTo(result.Buffer.Start);
            if (!result.IsCanceled && (!result.Buffer.IsEmpty || result.IsCompleted))
                return;
        }
    }

    /// <summary>Ends <see cref="WaitForMoreAsync"/>.</summary>
    public void StopWaiting()
    {
        _isWaitOver = true;
        _input.CancelPendingRead();
    }
}

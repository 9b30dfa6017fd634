using System.IO.Pipelines;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>A reader that tells whether its owner waits for more: then it has done with what came before.</summary>
internal sealed class ObservedReader(PipeReader inner) : PipeReader
{
    private int _waits;
    private volatile bool _isWaiting;

    /// <summary>How often its owner had to wait so far.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public bool IsWaiting => _isWaiting;

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompleted ? reading : WaitAsync(reading);
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
    {
        _isWaiting = true;
        Interlocked.Increment(ref _waits);
        try
        {
            return await reading;
        }
        finally
        {
            _isWaiting = false;
        }
    }
}

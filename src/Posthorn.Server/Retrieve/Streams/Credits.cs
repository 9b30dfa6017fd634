namespace Posthorn.Server.Retrieve.Streams;

/// <summary>The right to be sent messages: each takes a credit. What is in flight is never more than was granted.</summary>
/// <param name="max">Most credits, free and in flight together.</param>
/// <param name="first">How many there are at the start.</param>
/// <param name="comeBack">Whether the credit of a message comes back when the message is settled.</param>
internal sealed class Credits(int max, int first, bool comeBack)
{
    private readonly Lock _gate = new(); // guards all below
    private int _free = first;
    private int _inFlight;
    private TaskCompletionSource? _awaited;

    /// <summary>Adds credits; false when that would be more than there may be, and then adds none.</summary>
    public bool TryGrant(int count)
    {
        lock (_gate)
        {
            if (count > max - _free - _inFlight)
                return false;
            Free(count);
            return true;
        }
    }

    /// <summary>Waits until there is a credit; takes none.</summary>
    /// <returns>How many there are.</returns>
    public async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task awaited;
            lock (_gate)
            {
                if (_free > 0)
                    return _free;
                awaited = (_awaited ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await awaited.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes credits that <see cref="WaitAsync"/> saw; only one caller does.</summary>
    public void Take(int count)
    {
        lock (_gate)
        {
            _free -= count;
            _inFlight += count;
        }
    }

    /// <summary>So many messages are in flight no more.</summary>
    public void Settle(int count)
    {
        lock (_gate)
        {
            _inFlight -= count;
            if (comeBack)
                Free(count);
        }
    }

    private void Free(int count)
    {
        _free += count;
        _awaited?.TrySetResult();
        _awaited = null;
    }
}

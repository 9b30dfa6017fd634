using Posthorn.Queues;

namespace Posthorn.Engine;

/// <summary>A watch as engines hand it out: a bounded line of changes between the engine, which never waits for its reader, and him.</summary>
/// <param name="capacity">Most changes that wait to be read, 1 or more; with one more they are forgotten, and <see cref="QueueChangeKind.Lost"/> says so.</param>
/// <param name="disposed">Called once, when the reader has gone.</param>
public sealed class QueueWatch(int capacity, Action<QueueWatch> disposed) : IQueueWatch
{
    /// <summary>A line that was longer than this is given up when it was read: watches are many and mostly idle.</summary>
    private const int KeptLength = 64;

    private static readonly QueueChange Lost = new(0, QueueChangeKind.Lost, 0);

    // Guards all fields below. Taken under an engine's lock too, and under it no other.
    private readonly Lock _lock = new();
    private Queue<QueueChange> _unread = new();
    private TaskCompletionSource<bool>? _waiting;
    private Exception? _failure;
    private bool _isEnded;

    /// <summary>Tells a change; never waits.</summary>
    public void Tell(in QueueChange change)
    {
        TaskCompletionSource<bool>? waiting;
        lock (_lock)
        {
            if (_isEnded)
                return;
            if (_unread.Count >= capacity)
            {
                _unread = new Queue<QueueChange>();
                _unread.Enqueue(Lost);
            }
            _unread.Enqueue(change);
            (waiting, _waiting) = (_waiting, null);
        }
        waiting?.TrySetResult(true);
    }

    /// <summary>Nothing more will come; what is unread can still be read.</summary>
    /// <param name="failure">Why, when the engine has failed; null when it was closed.</param>
    public void End(Exception? failure = null)
    {
        TaskCompletionSource<bool>? waiting;
        lock (_lock)
        {
            if (_isEnded)
                return;
            (_isEnded, _failure) = (true, failure);
            (waiting, _waiting) = (_waiting, null);
        }
        if (failure is null)
            waiting?.TrySetResult(false);
        else
            waiting?.TrySetException(failure);
    }

    /// <inheritdoc/>
    public bool TryRead(out QueueChange change)
    {
        lock (_lock)
        {
            if (!_unread.TryDequeue(out change))
                return false;
            if (_unread.Count == 0 && _unread.Capacity > KeptLength)
                _unread = new Queue<QueueChange>();
            return true;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<bool> waiting;
        lock (_lock)
        {
            if (_unread.Count > 0)
                return ValueTask.FromResult(true);
            if (_isEnded)
                return _failure is null ? ValueTask.FromResult(false) : ValueTask.FromException<bool>(_failure);
            if (_waiting is not null)
                throw new InvalidOperationException("Somebody waits for this watch already: it has one reader.");
            waiting = _waiting = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return WaitAsync(waiting, cancellationToken);
    }

    /// <summary>Ends the watch; what is unread is gone.</summary>
    public void Dispose()
    {
        lock (_lock)
            _unread = new Queue<QueueChange>();
        End();
        disposed(this);
    }

    private async ValueTask<bool> WaitAsync(TaskCompletionSource<bool> waiting, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (_lock)
                {
                    if (_waiting == waiting)
                        _waiting = null;
                }
                waiting.TrySetCanceled(cancellationToken);
            },
            null);
        return await waiting.Task;
    }
}

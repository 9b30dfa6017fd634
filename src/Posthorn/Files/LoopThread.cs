namespace Posthorn.Files;

/// <summary>A thread that runs one asynchronous loop: what the loop awaits comes back to this thread.</summary>
internal sealed class LoopThread : SynchronizationContext
{
    // Guards _work and _ended.
    private readonly object _gate = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _work = new();
    private bool _ended;

    public static Task RunAsync(string name, Func<Task> loop)
    {
        var context = new LoopThread();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => context.Pump(loop, done)) { IsBackground = true, Name = name }.Start();
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _work.Enqueue((d, state));
                Monitor.Pulse(_gate);
                return;
            }
        }
        // The loop has ended; what still comes back has nothing to do with it.
        ThreadPool.UnsafeQueueUserWorkItem(_ => d(state), null);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for the loop's thread.");

    private void Pump(Func<Task> loop, TaskCompletionSource done)
    {
        SetSynchronizationContext(this);
        var task = loop();
        task.GetAwaiter().OnCompleted(() => Post(_ => End(), null));
        while (TryTake(out var item))
            item.Callback(item.State);
        if (task.IsFaulted)
            done.SetException(task.Exception.InnerExceptions);
        else
            done.SetResult();
    }

    private void End()
    {
        lock (_gate)
            _ended = true;
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) item)
    {
        lock (_gate)
        {
            while (_work.Count == 0 && !_ended)
                Monitor.Wait(_gate);
            return _work.TryDequeue(out item);
        }
    }
}

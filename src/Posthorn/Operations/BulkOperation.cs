using Posthorn.Engine;

namespace Posthorn.Operations;

/// <summary>Work on many messages, under way or ended; see <see cref="Embedded.IQueue.Start"/>.</summary>
/// <remarks>It lives in memory: a restart ends it. What it had committed stays done, and the same work may be started again.</remarks>
public sealed class BulkOperation
{
    private readonly CancellationTokenSource _stop; // no timer and no handle in it: nothing to dispose of
    private readonly BulkTally _tally = new();

    private BulkOperation(BulkAction action, CancellationTokenSource stop) => (Action, _stop) = (action, stop);

    /// <summary>What is done with each message.</summary>
    public BulkAction Action { get; }

    /// <summary>How far it has come.</summary>
    public BulkProgress Progress => _tally.Progress;

    /// <summary>
    /// Completes when all is done or it was stopped. Fails when a queue or the disk is full (<see cref="QueueFullException"/>,
    /// <see cref="StorageFullException"/>) or the engine failed; what was committed before stays done.
    /// </summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Whether it was told to stop.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Stops it after the commit it is in; what it has done stays done.</summary>
    public void Stop() => _stop.Cancel();

    internal static BulkOperation Start(IEngine engine, TimeProvider time, IMessageSelection selection, BulkAction action, BulkOptions? options)
    {
        var operation = new BulkOperation(action, new CancellationTokenSource());
        var run = new BulkRun(engine, time, selection, new ActionWork(engine, time, action), operation._tally, options ?? new BulkOptions());
        operation.Completion = operation.RunAsync(run);
        return operation;
    }

    private async Task RunAsync(BulkRun run)
    {
        await Task.Yield(); // the caller gets the operation before it is done
        try
        {
            await run.RunAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Told to: the progress says how far it came.
        }
    }
}

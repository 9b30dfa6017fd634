namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>
/// The time limit of whatever a connection does at the moment: one timer for its whole life, set anew for each stage.
/// Passing it, or the abort of the program's shutdown, cancels what is under way; the connection is of no use afterwards.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _abort;

    public Deadline(TimeProvider time, CancellationToken abort)
    {
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _abort = abort.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Starts the time for a stage.</summary>
    public CancellationToken Start(TimeSpan limit)
    {
        _source.CancelAfter(limit);
        return _source.Token;
    }

    public void Stop()
    {
        if (!_source.IsCancellationRequested)
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _abort.Dispose();
        _source.Dispose();
    }
}

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>One clock for a batch's runs; let go of when the last of them is through.</summary>
internal sealed class RunTimeout
{
    private readonly CancellationTokenSource _clock;
    private readonly CancellationTokenSource _either;
    private int _users = 1;

    public RunTimeout(PipelineServices services, CancellationToken stopping)
    {
        _clock = new CancellationTokenSource(services.Settings.RunTimeout, services.Time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_clock.Token, stopping);
        Limits = new RunLimits(_either.Token, stopping);
    }

    public RunLimits Limits { get; }

    public void Hold() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        _either.Dispose();
        _clock.Dispose();
    }
}

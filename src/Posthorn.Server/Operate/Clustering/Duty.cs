using Posthorn.Clustering;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>Whether this node takes on work: not while it drains.</summary>
internal sealed class Duty : IDisposable
{
    private readonly ICluster _cluster;
    private readonly Lock _gate = new(); // guards what follows
    private TaskCompletionSource _begins = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _ends = new();
    private bool _isOn = true;

    public Duty(ICluster cluster)
    {
        _cluster = cluster;
        cluster.Changed += Look;
        _begins.SetResult();
        Look();
    }

    /// <summary>Raised when it begins or ends to drain.</summary>
    public event Action? Changed;

    public bool IsOn => _cluster.View.Self.State != NodeState.Draining;

    /// <summary>Waits while the node drains.</summary>
    /// <returns>Cancelled when it drains again.</returns>
    public async ValueTask<CancellationToken> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task begins;
            lock (_gate)
            {
                if (_isOn)
                    return _ends.Token;
                begins = _begins.Task;
            }

            await begins.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _cluster.Changed -= Look;
        _ends.Dispose();
    }

    private void Look()
    {
        CancellationTokenSource? ended = null;
        lock (_gate)
        {
            if (_isOn == IsOn)
                return;
            _isOn = !_isOn;
            if (_isOn)
            {
                _ends = new CancellationTokenSource();
                _begins.TrySetResult();
            }
            else
            {
                _begins = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ended = _ends;
            }
        }

        // Outside: whoever waits goes on within this call. Not disposed of, since somebody may just be linking to it; it holds nothing.
        ended?.Cancel();
        Changed?.Invoke();
    }
}

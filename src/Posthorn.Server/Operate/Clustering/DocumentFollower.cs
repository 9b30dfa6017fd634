using Posthorn.Clustering;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>Takes up what other nodes change in the engine's documents, until it is disposed of.</summary>
internal sealed class DocumentFollower : IDisposable
{
    private readonly ICluster _cluster;
    private readonly SemaphoreSlim _changing;
    private readonly Action _takeUp;
    private readonly CancellationTokenSource _closing = new();

    /// <param name="cluster">Tells of the changes.</param>
    /// <param name="changing">Held by whoever changes something here, and while it is taken up.</param>
    /// <param name="takeUp">Reads the documents again.</param>
    public DocumentFollower(ICluster cluster, SemaphoreSlim changing, Action takeUp)
    {
        (_cluster, _changing, _takeUp) = (cluster, changing, takeUp);
        cluster.DocumentsChanged += OnChanged;
    }

    public void Dispose()
    {
        _cluster.DocumentsChanged -= OnChanged;
        _closing.Cancel();
    }

    // Off the engine's thread.
    private void OnChanged() => _ = Task.Run(TakeUpAsync);

    private async Task TakeUpAsync()
    {
        try
        {
            await _changing.WaitAsync(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        try
        {
            _takeUp();
        }
        catch (ObjectDisposedException)
        {
            // The engine is closed.
        }
        finally
        {
            _changing.Release();
        }
    }
}

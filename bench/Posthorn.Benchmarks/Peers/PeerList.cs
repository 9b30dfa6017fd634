namespace Posthorn.Benchmarks.Peers;

/// <summary>Peers that end together.</summary>
internal sealed class PeerList(params IPeer[] peers) : IAsyncDisposable
{
    public IReadOnlyList<IPeer> All => peers;

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in peers)
            await peer.DisposeAsync();
    }
}

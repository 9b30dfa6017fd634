namespace Posthorn.Benchmarks.Peers;

/// <summary>A queue that is compared with others: durable where it acknowledges, with one queue that all clients share.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>Makes its queue anew, empty, and what each client needs.</summary>
    Task PrepareAsync(int clients);

    /// <summary>Sends so many messages of <see cref="PeerBenchmark.Body"/> in one step, and returns when they are durable.</summary>
    Task SendAsync(int client, int count);

    /// <summary>Receives up to so many messages and acknowledges them.</summary>
    /// <returns>How many there were.</returns>
    Task<int> TakeAsync(int client, int count);
}

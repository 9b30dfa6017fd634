namespace Posthorn.Benchmarks.Peers.Wire;

/// <summary>A connection a client, opened when first needed and kept.</summary>
/// <param name="port">Where the server listens on loopback.</param>
/// <param name="greet">What a client, told by its number, says before anything else; null says nothing.</param>
internal sealed class WireClients(int port, Func<WireConnection, int, Task>? greet = null) : IDisposable
{
    private readonly List<WireConnection> _connections = [];

    public WireConnection this[int client] => _connections[client];

    public int Count => _connections.Count;

    public async Task OpenAsync(int clients)
    {
        while (_connections.Count < clients)
        {
            var connection = await WireConnection.ConnectAsync(port);
            _connections.Add(connection);
            if (greet is not null)
                await greet(connection, _connections.Count - 1);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
    }
}

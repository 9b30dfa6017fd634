using System.Threading.Channels;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A queue of a STOMP broker (ActiveMQ): persistent SEND with a receipt; messages are pushed, one at a time and connection, and each ACK has a receipt.</summary>
/// <remarks>What is pushed belongs to whichever client takes next: one that has ended keeps no message from the others.</remarks>
internal sealed class StompQueue(string name, int port) : IPeer
{
    private readonly WireClients _wires = new(port);
    private readonly List<StompConnection> _connections = [];
    private Channel<StompDelivery> _deliveries = Channel.CreateUnbounded<StompDelivery>();
    private bool[] _isSubscribed = [];
    private int _queues;
    private string _destination = "";

    public string Name => name;

    /// <summary>A destination of its own each time; the protocol cannot empty one.</summary>
    public async Task PrepareAsync(int clients)
    {
        await _wires.OpenAsync(clients);
        while (_connections.Count < clients)
        {
            var connection = new StompConnection(_wires[_connections.Count]);
            await connection.GreetAsync();
            _connections.Add(connection);
        }
        _deliveries = Channel.CreateUnbounded<StompDelivery>();
        _destination = $"/queue/bench-{++_queues}";
        _isSubscribed = new bool[clients];
    }

    public async Task SendAsync(int client, int count)
    {
        for (var i = 0; i < count; i++)
            await _connections[client].SendAsync(_destination);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        if (!_isSubscribed[client])
        {
            _isSubscribed[client] = true;
            await _connections[client].SubscribeAsync(_destination, _deliveries.Writer);
        }
        var delivery = await _deliveries.Reader.ReadAsync();
        await delivery.Connection.AcknowledgeAsync(delivery.Ack);
        return 1;
    }

    public ValueTask DisposeAsync()
    {
        _wires.Dispose();
        return ValueTask.CompletedTask;
    }
}

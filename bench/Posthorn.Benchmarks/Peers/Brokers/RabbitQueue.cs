using System.Net;
using System.Threading.Channels;
using RabbitMQ.Client;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A durable queue of RabbitMQ by its own client library: persistent messages with publisher confirms; messages are pushed, one at a time and client, and acked.</summary>
/// <remarks>AMQP 0-9-1 has no answer to an ack. As with <see cref="StompQueue"/>, what is pushed belongs to whichever client takes next.</remarks>
/// <param name="name">Its name in the table.</param>
/// <param name="port">Where the broker listens.</param>
/// <param name="type">classic or quorum.</param>
internal sealed class RabbitQueue(string name, int port, string type) : IPeer
{
    private static readonly BasicProperties s_persistent = new() { Persistent = true };
    private static readonly CreateChannelOptions s_confirming =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);
    private readonly List<IConnection> _connections = [];
    private readonly List<IChannel> _publishing = [];
    private readonly List<IChannel> _consuming = [];
    private Channel<RabbitDelivery> _deliveries = Channel.CreateUnbounded<RabbitDelivery>();
    private bool[] _isConsuming = [];
    private int _queues;
    private string _queue = "";

    public string Name => name;

    public async Task PrepareAsync(int clients)
    {
        var factory = new ConnectionFactory { HostName = IPAddress.Loopback.ToString(), Port = port, AutomaticRecoveryEnabled = false };
        while (_connections.Count < clients)
        {
            var connection = await factory.CreateConnectionAsync();
            _connections.Add(connection);
            _publishing.Add(await connection.CreateChannelAsync(s_confirming));
            _consuming.Add(await connection.CreateChannelAsync());
            await _consuming[^1].BasicQosAsync(0, prefetchCount: 1, global: false);
        }
        if (_queues > 0)
            await _publishing[0].QueueDeleteAsync(_queue);
        _queue = $"bench-{type}-{++_queues}";
        await _publishing[0].QueueDeclareAsync(_queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = type });
        _deliveries = Channel.CreateUnbounded<RabbitDelivery>();
        _isConsuming = new bool[clients];
    }

    public async Task SendAsync(int client, int count)
    {
        for (var i = 0; i < count; i++)
            await _publishing[client].BasicPublishAsync("", _queue, mandatory: false, s_persistent, PeerBenchmark.Body);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        if (!_isConsuming[client])
        {
            _isConsuming[client] = true;
            await _consuming[client].BasicConsumeAsync(_queue, autoAck: false, new RabbitConsumer(_consuming[client], _deliveries.Writer));
        }
        var delivery = await _deliveries.Reader.ReadAsync();
        await delivery.Channel.BasicAckAsync(delivery.Tag, multiple: false);
        return 1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }
}

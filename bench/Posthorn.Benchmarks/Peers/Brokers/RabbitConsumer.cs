using System.Threading.Channels;
using RabbitMQ.Client;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>Takes what RabbitMQ pushes into a channel that all clients read.</summary>
internal sealed class RabbitConsumer(IChannel channel, ChannelWriter<RabbitDelivery> deliveries) : AsyncDefaultBasicConsumer(channel)
{
    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
        IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        deliveries.TryWrite(new RabbitDelivery(Channel, deliveryTag));
        return Task.CompletedTask;
    }
}

using RabbitMQ.Client;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A message that came over a channel and is acknowledged there.</summary>
/// <param name="Channel">Where it came.</param>
/// <param name="Tag">What names it there.</param>
internal readonly record struct RabbitDelivery(IChannel Channel, ulong Tag);

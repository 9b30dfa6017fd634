namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A message that came over a connection and is acknowledged there.</summary>
/// <param name="Connection">Where it came.</param>
/// <param name="Ack">What names it in an ACK.</param>
internal readonly record struct StompDelivery(StompConnection Connection, string Ack);

using Posthorn.Server.Deliver.Rates;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>Limits of one destination: the set of mail exchangers, so that many domains at one provider count as one.</summary>
public sealed record DestinationOptions
{
    /// <summary>Most connections at once. Postfix smtp_destination_concurrency_limit is 20 too.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>How many connections a destination starts with before its answers raise or lower it (Postfix initial_destination_concurrency).</summary>
    public int InitialConnections { get; init; } = 5;

    /// <summary>Mails sent over one connection before it is closed in good order.</summary>
    public int MessagesPerConnection { get; init; } = 100;

    /// <summary>Most mails in a time; null is no limit.</summary>
    public DeliveryRate? Rate { get; init; }

    /// <summary>How long a connection without work is kept open. Short: an idle connection costs the other side a process.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

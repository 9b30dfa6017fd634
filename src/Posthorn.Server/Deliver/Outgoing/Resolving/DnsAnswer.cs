using Posthorn.Protocols.Dns;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>The answer to a question.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Records">The records of the type asked for, CNAMEs followed; empty unless found.</param>
/// <param name="Detail">Of a failure, what happened.</param>
public sealed record DnsAnswer(DnsAnswerKind Kind, IReadOnlyList<DnsRecord> Records, string? Detail = null)
{
    /// <summary>How long it may be remembered.</summary>
    public TimeSpan TimeToLive { get; init; }
}

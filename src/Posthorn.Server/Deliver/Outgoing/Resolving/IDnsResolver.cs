using Posthorn.Protocols.Dns;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>Asks the DNS.</summary>
public interface IDnsResolver
{
    /// <summary>The records of a name, which is written in A-labels. Never throws for what the network does: that is <see cref="DnsAnswerKind.Failed"/>.</summary>
    ValueTask<DnsAnswer> ResolveAsync(string name, DnsRecordType type, CancellationToken cancellationToken);
}

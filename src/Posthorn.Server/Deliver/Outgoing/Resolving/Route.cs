using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>Where a domain's mail goes.</summary>
public abstract record Route
{
    private Route()
    {
    }

    /// <summary>To these hosts, in the order of preference. Domains with the same hosts are one destination, named by them.</summary>
    public sealed record To(IReadOnlyList<Exchanger> Exchangers) : Route
    {
        public string Name { get; } = string.Join(',', Exchangers.Select(e => e.Port == 25 ? e.Host : $"{e.Host}:{e.Port}").Distinct(StringComparer.Ordinal));
    }

    /// <summary>Nowhere: a reply of our own says why, 4xx when another time may succeed and 5xx when none will.</summary>
    public sealed record Nowhere(SmtpReply Reply) : Route;
}

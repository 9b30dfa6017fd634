using System.Net;
using System.Net.Sockets;
using Posthorn.Protocols.Dns;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>Finds where a domain's mail goes (RFC 5321 5.1): the smart host, or the domain's mail exchangers, or, when it names none, the domain itself.</summary>
public sealed class RouteFinder(OutgoingOptions options, string ownName, IDnsResolver dns)
{
    private readonly Route.To? _relay = options.Relay is { } relay
        ? new Route.To([new Exchanger(relay.Host, relay.Port, 0) { Address = IPAddress.TryParse(relay.Host, out var address) ? address : null }])
        : null;

    public async ValueTask<Route> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (_relay is not null)
            return _relay;
        if (domain.StartsWith('['))
            return Literal(domain);
        if (domain.Length == 0)
            return Nowhere(550, 5, 1, 3, "the recipient's address has no domain");

        var answer = await dns.ResolveAsync(domain, DnsRecordType.Mx, cancellationToken);
        switch (answer.Kind)
        {
            case DnsAnswerKind.Found:
                return Exchangers(domain, answer.Records);
            case DnsAnswerKind.NoData:
                return await ItselfAsync(domain, cancellationToken);
            case DnsAnswerKind.NoSuchName:
                return Nowhere(550, 5, 1, 2, $"there is no domain {domain}");
            default:
                return Nowhere(451, 4, 4, 3, $"the mail exchangers of {domain} can't be looked up: {answer.Detail}");
        }
    }

    private Route Exchangers(string domain, IReadOnlyList<DnsRecord> records)
    {
        // RFC 7505: a single MX that points to the root says that the domain takes no mail.
        var named = records.Where(r => r.Target is { Length: > 0 }).ToList();
        if (named.Count == 0)
            return Nowhere(556, 5, 1, 10, $"{domain} takes no mail (null MX)");

        // RFC 5321 5.1: when we are one of them, only those before us may get it, or it would go round in circles.
        if (named.Where(r => r.Target!.Equals(ownName, StringComparison.OrdinalIgnoreCase)).Select(r => (int?)r.Preference).Min() is { } own)
        {
            named.RemoveAll(r => r.Preference >= own);
            if (named.Count == 0)
                return Nowhere(550, 5, 4, 6, $"mail for {domain} loops back to {ownName}");
        }

        return new Route.To(named
            .OrderBy(r => r.Preference).ThenBy(r => r.Target, StringComparer.Ordinal)
            .Select(r => new Exchanger(r.Target!, options.Port, r.Preference) { Address = IPAddress.TryParse(r.Target, out var address) ? address : null })
            .ToList());
    }

    // The implicit MX: the domain itself, when it has an address.
    private async ValueTask<Route> ItselfAsync(string domain, CancellationToken cancellationToken)
    {
        var v4 = await dns.ResolveAsync(domain, DnsRecordType.A, cancellationToken);
        var v6 = v4.Kind == DnsAnswerKind.Found ? v4 : await dns.ResolveAsync(domain, DnsRecordType.Aaaa, cancellationToken);
        if (v4.Kind == DnsAnswerKind.Found || v6.Kind == DnsAnswerKind.Found)
            return new Route.To([new Exchanger(domain, options.Port, 0)]);
        return v4.Kind == DnsAnswerKind.Failed || v6.Kind == DnsAnswerKind.Failed
            ? Nowhere(451, 4, 4, 3, $"the address of {domain} can't be looked up: {v4.Detail ?? v6.Detail}")
            : Nowhere(550, 5, 4, 4, $"{domain} has neither mail exchangers nor an address");
    }

    // user@[192.0.2.1], user@[IPv6:2001:db8::1] (RFC 5321 4.1.3).
    private Route Literal(string domain)
    {
        var text = domain.TrimEnd(']')[1..];
        if (text.StartsWith("ipv6:", StringComparison.OrdinalIgnoreCase))
            text = text[5..];
        return domain.EndsWith(']') && IPAddress.TryParse(text, out var address)
            ? new Route.To([new Exchanger(text, options.Port, 0) { Address = address }])
            : Nowhere(550, 5, 1, 2, $"{domain} is no address literal");
    }

    /// <summary>The addresses of a host, both families in turn; none with the reply that says why.</summary>
    public async ValueTask<(IReadOnlyList<IPAddress> Addresses, SmtpReply? Reply)> AddressesAsync(Exchanger exchanger, CancellationToken cancellationToken)
    {
        if (exchanger.Address is { } known)
            return ([known], null);
        var asked = dns.ResolveAsync(exchanger.Host, DnsRecordType.A, cancellationToken).AsTask();
        var v6 = Socket.OSSupportsIPv6 ? await dns.ResolveAsync(exchanger.Host, DnsRecordType.Aaaa, cancellationToken) : new DnsAnswer(DnsAnswerKind.NoData, []);
        var v4 = await asked;
        var addresses = new List<IPAddress>();
        for (var i = 0; i < Math.Max(v4.Records.Count, v6.Records.Count); i++)
        {
            if (i < v4.Records.Count && v4.Records[i].Address is { } four)
                addresses.Add(four);
            if (i < v6.Records.Count && v6.Records[i].Address is { } six)
                addresses.Add(six);
        }

        if (addresses.Count > 0)
            return (addresses, null);
        return ([], v4.Kind == DnsAnswerKind.Failed || v6.Kind == DnsAnswerKind.Failed
            ? Reply(451, 4, 4, 3, $"the address of {exchanger.Host} can't be looked up: {v4.Detail ?? v6.Detail}")
            : Reply(550, 5, 4, 4, $"the mail exchanger {exchanger.Host} has no address"));
    }

    private static Route.Nowhere Nowhere(int code, int c, int subject, int detail, string text) => new(Reply(code, c, subject, detail, text));

    private static SmtpReply Reply(int code, int c, int subject, int detail, string text) => new(code, new EnhancedStatusCode(c, subject, detail), text);
}

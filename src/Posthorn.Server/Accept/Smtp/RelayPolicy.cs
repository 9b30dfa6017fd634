using System.Net;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Paths;
using Posthorn.Server.Deliver.Mailboxes;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>
/// Who may send to whom. What the address book knows is taken from everyone; mail for other hosts only from peers we vouch for. Nothing within a local
/// part (<c>%</c>, <c>!</c>, a quoted <c>@</c>) and no source route makes a recipient another host's or ours: only the domain behind the last <c>@</c> counts.
/// </summary>
internal sealed class RelayPolicy
{
    private readonly IAddressBook _addresses;
    private readonly IReadOnlyList<IPNetwork> _relayNetworks;
    private readonly bool _isOpen;
    private readonly bool _relaysForLoopback;
    private readonly string _hostname;

    /// <param name="addresses">What is ours.</param>
    /// <param name="hostname">Our name: the domain of <c>&lt;Postmaster&gt;</c>.</param>
    /// <param name="relayNetworks">Peers that may relay.</param>
    /// <param name="isOpen">No accounts are configured, so that everyone on this machine is whoever they say.</param>
    /// <param name="hasPipeline">Whether a pipeline is configured that could pass mail on; without one nothing leaves for other hosts.</param>
    public RelayPolicy(IAddressBook addresses, string hostname, IReadOnlyList<IPNetwork> relayNetworks, bool isOpen, bool hasPipeline)
    {
        _addresses = addresses;
        _hostname = hostname;
        _relayNetworks = relayNetworks;
        _isOpen = isOpen;
        _relaysForLoopback = isOpen && hasPipeline;
    }

    /// <summary>Whether the peer is one of ours, whose wishes for priority count (RFC 6710 5.1).</summary>
    public bool IsTrusted(IPAddress? peer, bool isAuthenticated) =>
        isAuthenticated || IsRelayPeer(peer) || (_isOpen && peer is not null && IPAddress.IsLoopback(peer));

    /// <summary>Whether the peer is in a relay network.</summary>
    public bool IsRelayPeer(IPAddress? peer)
    {
        if (peer is null)
            return false;
        if (peer.IsIPv4MappedToIPv6)
            peer = peer.MapToIPv4();
        foreach (var network in _relayNetworks)
        {
            if (network.Contains(peer))
                return true;
        }
        return false;
    }

    /// <summary>Decides about one recipient.</summary>
    /// <param name="recipient">The forward-path, its source route already dropped.</param>
    /// <param name="peer">The peer's address; null when unknown.</param>
    /// <param name="isAuthenticated">Whether it has authenticated.</param>
    /// <param name="address">The address to be kept: with our domain when it was <c>&lt;Postmaster&gt;</c>.</param>
    /// <param name="route">Where it goes.</param>
    /// <returns>Null: accepted. Otherwise why not.</returns>
    public SmtpReply? Decide(SmtpPath recipient, IPAddress? peer, bool isAuthenticated, out string address, out AddressRoute route)
    {
        if (recipient.Domain.Length == 0)
            recipient = recipient with { Domain = _hostname };
        address = recipient.ToString();
        route = _addresses.Resolve(address);
        return route switch
        {
            AddressRoute.Mailbox or AddressRoute.Alias => null,
            AddressRoute.Unknown => SmtpReplies.UnknownUser,
            AddressRoute.Remote when MayRelay(peer, isAuthenticated) => null,
            AddressRoute.Remote => SmtpReplies.RelayingDenied,
            _ => throw new InvalidOperationException($"A {route.GetType().Name} is no kind of route."),
        };
    }

    private bool MayRelay(IPAddress? peer, bool isAuthenticated) =>
        isAuthenticated || IsRelayPeer(peer) || (_relaysForLoopback && peer is not null && IPAddress.IsLoopback(peer));
}

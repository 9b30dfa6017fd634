using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>
/// The addresses of the configuration. Of the rules that fit an address the most exact one counts:
/// <c>mq+tag@d</c>, <c>mq@d</c> (for a sub-address), <c>*@d</c>, <c>mq+tag@*</c>, <c>mq@*</c>, <c>*@*</c>; then the account of that name at our own
/// host name, or of that whole address; then postmaster (RFC 5321 4.5.1). A star for the domain means every domain that is ours.
/// </summary>
/// <remarks>
/// Ours are the host name and the domains that rules name; without any rule every domain is, and each local part names its queue.
/// Aliases are followed to their ends when an address is resolved: each address is visited once, so loops end, and the work is bounded by what is configured.
/// </remarks>
public sealed class AddressBook : IAddressBook
{
    private const string Any = "*";
    private const string Postmaster = "postmaster";

    private readonly Dictionary<(string Local, string Domain), AddressRule> _rules = [];
    private readonly Dictionary<string, QueueName> _accounts = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _domains = [];
    private readonly string _hostname;
    private readonly bool _isOpen;

    public AddressBook(PosthornOptions options)
    {
        _isOpen = options.Addresses.Count == 0;
        _hostname = MailDomain.Normalize(options.Hostname);
        _domains.Add(_hostname);
        foreach (var rule in options.Addresses)
        {
            var (local, domain) = Pattern(rule.Pattern);
            _rules.TryAdd((local, domain), rule); // of two rules for one pattern the first counts
            if (domain != Any)
                _domains.Add(domain);
        }
        foreach (var account in options.Accounts)
        {
            if (QueueName.TryParse(account.Name, out var queue, out _))
                _accounts.TryAdd(account.Name, queue);
        }
    }

    public AddressRoute Resolve(string address)
    {
        var parsed = LocalAddress.Of(address);
        if (FindRule(parsed) is { Aliases: not null })
            return Expand(address);
        return ResolveHere(parsed);
    }

    private AddressRoute ResolveHere(LocalAddress address)
    {
        if (!_isOpen && !_domains.Contains(address.Domain ?? _hostname))
            return new AddressRoute.Remote();
        if (FindRule(address)?.Queue is { } queue)
            return new AddressRoute.Mailbox(queue, address.Detail);
        if (_isOpen || address.Domain is null || address.Domain == _hostname)
        {
            if (_accounts.TryGetValue(address.LocalPart, out var account) || _accounts.TryGetValue(address.Base, out account))
                return new AddressRoute.Mailbox(account, address.Detail);
        }
        // An account may be named by its whole address.
        if (_accounts.TryGetValue($"{address.LocalPart}@{address.Domain}", out var named) || _accounts.TryGetValue($"{address.Base}@{address.Domain}", out named))
            return new AddressRoute.Mailbox(named, address.Detail);
        if (_isOpen || address.Base == Postmaster)
            return new AddressRoute.Mailbox(MailboxName.Of(address.Base), address.Detail);
        return new AddressRoute.Unknown();
    }

    /// <summary>Follows an alias to addresses that are none; an alias of nothing but itself leads nowhere.</summary>
    private AddressRoute Expand(string address)
    {
        var visited = new HashSet<(string, string?)>();
        var ends = new List<string>();
        var left = new Stack<string>([address]);
        while (left.TryPop(out var next))
        {
            var parsed = LocalAddress.Of(next);
            if (!visited.Add((parsed.LocalPart, parsed.Domain)))
                continue;
            if (FindRule(parsed)?.Aliases is not { } aliases)
                ends.Add(next);
            else
                for (var i = aliases.Count - 1; i >= 0; i--)
                    left.Push(aliases[i]); // in the order written
        }
        return ends.Count == 0 ? new AddressRoute.Unknown() : new AddressRoute.Alias(ends);
    }

    private AddressRule? FindRule(LocalAddress address)
    {
        var domain = address.Domain ?? _hostname;
        if (_isOpen || !_domains.Contains(domain))
            return null;
        return Rule(address.LocalPart, domain) ?? Rule(address.Base, domain) ?? Rule(Any, domain)
            ?? Rule(address.LocalPart, Any) ?? Rule(address.Base, Any) ?? Rule(Any, Any);
    }

    private AddressRule? Rule(string local, string domain) => _rules.GetValueOrDefault((local, domain));

    /// <summary>A pattern without a domain is for every domain that is ours.</summary>
    private static (string Local, string Domain) Pattern(string pattern)
    {
        var parsed = LocalAddress.Of(pattern.Trim());
        return (parsed.LocalPart, parsed.Domain ?? Any);
    }
}

using System.Globalization;
using System.Net;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>Whom to ask and how patiently.</summary>
public sealed record ResolverOptions
{
    /// <summary>Asked in this order; the next one when one does not answer.</summary>
    public required IReadOnlyList<IPEndPoint> Servers { get; init; }

    /// <summary>How long to wait for one server. resolv.conf(5) "timeout".</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often to go round the servers. resolv.conf(5) "attempts".</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Most answers remembered; beyond it the oldest are forgotten.</summary>
    public int CacheEntriesMax { get; init; } = 20_000;

    /// <summary>Longest time an answer is remembered, whatever it says itself.</summary>
    public TimeSpan TimeToLiveMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest time it is remembered that there is no such thing. RFC 2308 5 suggests one to three hours at most; mail in wait asks for less.</summary>
    public TimeSpan NegativeTimeToLiveMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Addresses of names that are not asked for: <c>/etc/hosts</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Hosts { get; init; } = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the text of a resolv.conf(5) says; what it leaves out or gets wrong has the defaults, the name server 127.0.0.1 among them.</summary>
    public static ResolverOptions ParseResolvConf(string text)
    {
        var servers = new List<IPEndPoint>();
        var options = new ResolverOptions { Servers = servers };
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
                continue;
            if (words[0] == "nameserver" && IPAddress.TryParse(words[1], out var address) && servers.Count < 3)
                servers.Add(new IPEndPoint(address, 53));
            if (words[0] != "options")
                continue;
            foreach (var word in words.AsSpan(1))
            {
                // The bounds are those of resolv.conf(5).
                if (Number(word, "timeout:") is { } seconds)
                    options = options with { Timeout = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 30)) };
                else if (Number(word, "attempts:") is { } attempts)
                    options = options with { Attempts = Math.Clamp(attempts, 1, 5) };
            }
        }

        if (servers.Count == 0)
            servers.Add(new IPEndPoint(IPAddress.Loopback, 53));
        return options;
    }

    /// <summary>What the text of a hosts(5) file says.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> ParseHosts(string text)
    {
        var hosts = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out var address))
                continue;
            foreach (var name in words.AsSpan(1))
                hosts[name] = hosts.TryGetValue(name, out var known) ? [.. known, address] : [address];
        }

        return hosts;
    }

    private static int? Number(string word, string prefix) =>
        word.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(word.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

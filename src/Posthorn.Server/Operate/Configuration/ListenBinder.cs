using System.Net;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds <c>listen</c> and checks what it asks of the other sections.</summary>
internal static class ListenBinder
{
    public static ListenOptions Bind(ConfigReader root, bool hasAccounts)
    {
        if (root.Section("listen") is not { } section)
            return new ListenOptions();
        var byDefault = new ListenOptions();
        var listen = new ListenOptions
        {
            Smtp = section.Endpoint("smtp", byDefault.Smtp),
            Smtps = section.Endpoint("smtps", byDefault.Smtps),
            Lmtp = section.Endpoint("lmtp", byDefault.Lmtp),
            Pop3 = section.Endpoint("pop3", byDefault.Pop3),
            Pop3s = section.Endpoint("pop3s", byDefault.Pop3s),
            Imap = section.Endpoint("imap", byDefault.Imap),
            Imaps = section.Endpoint("imaps", byDefault.Imaps),
            Http = section.Endpoint("http", byDefault.Http),
            Https = section.Endpoint("https", byDefault.Https),
        };
        section.Close();
        (string Key, IPEndPoint? Place)[] doors =
        [
            ("smtp", listen.Smtp), ("smtps", listen.Smtps), ("lmtp", listen.Lmtp), ("pop3", listen.Pop3), ("pop3s", listen.Pop3s),
            ("imap", listen.Imap), ("imaps", listen.Imaps), ("http", listen.Http), ("https", listen.Https),
        ];
        CheckAccounts(section, doors, hasAccounts);
        CheckPorts(section, doors);
        foreach (var (key, place) in doors)
        {
            if (place is not null && (key is "smtps" or "pop3s" or "imaps" or "https") && !root.Has("tls"))
                section.Refuse(key, "needs a certificate; add \"tls: { certificate: cert.pem, key: key.pem }\"");
        }

        return listen;
    }

    private static void CheckAccounts(ConfigReader section, (string Key, IPEndPoint? Place)[] doors, bool hasAccounts)
    {
        foreach (var (key, place) in doors)
        {
            if (!hasAccounts && place is not null && !IPAddress.IsLoopback(place.Address))
            {
                section.Refuse(key, $"{place} can be reached from other machines, where without accounts anyone could act as anyone; "
                    + $"add \"accounts:\" with a name and a password each, or listen on 127.0.0.1:{place.Port}");
            }
        }
    }

    private static void CheckPorts(ConfigReader section, (string Key, IPEndPoint? Place)[] doors)
    {
        var taken = new List<(string Key, IPEndPoint Place)>();
        foreach (var (key, place) in doors)
        {
            if (place is null)
                continue;
            var other = taken.Find(t => Overlap(t.Place, place));
            if (other.Key is not null)
                section.Refuse(section.Has(key) ? key : other.Key, $"{place} is where {other.Key} listens already; give each door a port of its own");
            taken.Add((key, place));
        }
    }

    private static bool Overlap(IPEndPoint a, IPEndPoint b) =>
        a.Port == b.Port && a.Port != 0 && (a.Address.Equals(b.Address) || IsAny(a.Address) || IsAny(b.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}

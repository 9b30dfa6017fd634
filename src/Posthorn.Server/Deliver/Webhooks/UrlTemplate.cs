using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.Server.Deliver.Endpoints;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// A webhook's URL, in which attributes of the message may stand: <c>http://127.0.0.1:9000/rpc/{attribute(service)}</c>. In the path and the query a
/// value is percent-encoded whole, so that none leads out of its place; in the host it is a name that the list of hosts allows.
/// </summary>
public sealed partial class UrlTemplate
{
    private const int UrlLengthMax = 2_048;

    private static readonly SearchValues<char> s_hostChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
    private static readonly SearchValues<char> s_pathStarts = SearchValues.Create("/?#");

    private readonly List<Part> _parts;
    private readonly IReadOnlyList<string> _hosts;
    private readonly Uri _sample;

    private UrlTemplate(string text, List<Part> parts, IReadOnlyList<string> hosts, Uri sample) => (Text, _parts, _hosts, _sample) = (text, parts, hosts, sample);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The same without its password.</summary>
    public string Shown => Password().Replace(Text, "${user}:********@");

    /// <summary>Whether every message goes to the same URL.</summary>
    public bool IsFixed => _parts.TrueForAll(p => p.Attribute is null);

    /// <summary>Whether an attribute decides the host.</summary>
    public bool HasHostPlace => _parts.Exists(p => p.IsHost);

    /// <summary>Whether it says itself that it leads to this machine or a private network: by an address, or as <c>localhost</c>.</summary>
    public bool IsPrivate => !HasHostPlace
        && (_sample.Host is "localhost" || (IPAddress.TryParse(_sample.Host.Trim('[', ']'), out var address) && !PublicAddress.Is(address)));

    /// <summary>Reads a template, or says in <paramref name="reason"/> what is wrong with it.</summary>
    /// <param name="text">The template.</param>
    /// <param name="hosts">The hosts that an attribute may lead to: names, or <c>*.example.com</c> for those below.</param>
    /// <param name="template">What was read.</param>
    /// <param name="reason">What is wrong.</param>
    public static bool TryParse(string text, IReadOnlyList<string> hosts, [NotNullWhen(true)] out UrlTemplate? template, [NotNullWhen(false)] out string? reason)
    {
        template = null;
        reason = null;
        var parts = new List<Part>();
        var sample = new StringBuilder();
        var at = 0;
        foreach (Match place in Place().Matches(text))
        {
            Literal(text[at..place.Index]);
            if (Attribute().Match(place.Groups["what"].Value) is not { Success: true } match)
            {
                reason = $"'{place.Value}' stands for nothing; write {{attribute(name)}} for an attribute of the message";
                return false;
            }
            var isHost = IsInAuthority(sample.ToString());
            reason ??= isHost ? FaultOfHostPlace(sample.ToString(), text[(place.Index + place.Length)..], hosts) : null;
            parts.Add(new Part("", match.Groups["name"].Value, isHost));
            sample.Append('x');
            at = place.Index + place.Length;
        }
        Literal(text[at..]);
        var isUrl = Uri.TryCreate(sample.ToString(), UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0;
        reason ??= !isUrl ? $"'{text}' is no http or https URL"
            : text.Length > UrlLengthMax ? $"has more than {UrlLengthMax} characters"
            : parts.Exists(p => p.Text.AsSpan().ContainsAny('{', '}')) ? "has a brace that stands alone; write {attribute(name)} for an attribute, or %7B and %7D for braces"
            : url!.Fragment.Length > 0 ? "has a fragment (#…), which is never sent; leave it out" : null;
        if (reason is not null)
            return false;
        template = new UrlTemplate(text, parts, hosts, url!);
        return true;

        void Literal(string literal)
        {
            if (literal.Length > 0)
                parts.Add(new Part(literal, null, IsHost: false));
            sample.Append(literal);
        }
    }

    /// <summary>The URL for a message.</summary>
    /// <param name="attribute">The text of an attribute; null when there is none.</param>
    /// <param name="url">The URL.</param>
    /// <param name="reason">Why there is none: the message is at fault.</param>
    public bool TryExpand(Func<string, string?> attribute, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? reason)
    {
        (url, reason) = (null, null);
        if (IsFixed)
        {
            url = _sample;
            return true;
        }
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Attribute is not { } name)
            {
                text.Append(part.Text);
                continue;
            }
            if (attribute(name) is not { Length: > 0 } value)
                reason = $"it has no attribute '{name}', which its webhook's URL needs";
            else if (part.IsHost ? value.AsSpan().ContainsAnyExcept(s_hostChars) : value is "." or "..")
                reason = $"its attribute '{name}' cannot stand in its webhook's URL";
            else
                text.Append(part.IsHost ? value : Uri.EscapeDataString(value));
            if (reason is not null)
                return false;
        }
        var expanded = text.ToString();
        if (expanded.Length > UrlLengthMax || !Uri.TryCreate(expanded, UriKind.Absolute, out var made) || made.AbsolutePath.Count('/') != Math.Max(1, SlashesOf(expanded)))
            reason = "its attributes make no URL that leads where its webhook's should";
        else if (HasHostPlace && !IsAllowed(made.Host))
            reason = $"its attributes lead to the host '{made.Host}', which is none of its webhook's 'hosts'";
        else
            url = made;
        return url is not null;
    }

    /// <summary>A URL without its query and password: what tells one endpoint from another.</summary>
    public static string EndpointOf(Uri url) => $"{url.Scheme}://{url.Authority}{url.AbsolutePath}";

    /// <summary>Whether a text can stand in a list of hosts.</summary>
    public static bool IsHostPattern(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return name.Length is > 0 and <= 253 && !name.AsSpan().ContainsAnyExcept(s_hostChars) && !name.StartsWith('.') && !name.EndsWith('.');
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool IsInAuthority(string before)
    {
        var start = before.IndexOf("://", StringComparison.Ordinal);
        return start >= 0 && before.AsSpan(start + 3).IndexOfAny(s_pathStarts) < 0;
    }

    private static string? FaultOfHostPlace(string before, string after, IReadOnlyList<string> hosts)
    {
        var end = after.AsSpan().IndexOfAny(s_pathStarts);
        var isInHost = !before[(before.IndexOf("://", StringComparison.Ordinal) + 3)..].Contains(':', StringComparison.Ordinal)
            && !(end < 0 ? after : after[..end]).Contains('@', StringComparison.Ordinal);
        return !isInHost ? "takes attributes in its host, path and query only, not in its port or password"
            : hosts.Count == 0 ? "has an attribute in its host; list the hosts that it may lead to in 'hosts', like [\"*.example.com\"]" : null;
    }

    private static int SlashesOf(string url)
    {
        var path = url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3);
        var query = path.IndexOf('?');
        return (query < 0 ? path : path[..query]).Count('/');
    }

    private bool IsAllowed(string host) => _hosts.Any(h => h.StartsWith("*.", StringComparison.Ordinal)
        ? host.Length > h.Length - 1 && host.EndsWith(h[1..], StringComparison.OrdinalIgnoreCase)
        : host.Equals(h, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"\{(?<what>[^{}]*)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Place();

    [GeneratedRegex(@"^\s*attribute\(\s*(?<name>[^()\s][^()]{0,254}?)\s*\)\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"(?<user>://[^/@:\s]*):[^/@\s]*@", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Password();

    /// <summary>A text that stands as it is, or the place of an attribute.</summary>
    private sealed record Part(string Text, string? Attribute, bool IsHost);
}

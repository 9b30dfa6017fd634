using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.Protocols.Smtp.Paths;

/// <summary>
/// Reads paths by the grammar of RFC 5321 4.1.2 with the internationalised forms of RFC 6531 3.3. Strict: angle brackets, no white space, no
/// domain that ends with a dot; what this refuses no later stage has to think about.
/// </summary>
/// <remarks>
/// More is taken than the grammar says in three places, as all large servers do: local parts up to <see cref="LocalPartBytesMax"/>, underscores in
/// domains, and a source route, which is read and dropped.
/// </remarks>
public static class PathReader
{
    /// <summary>Longest local part, in bytes. RFC 5321 4.5.3.1.1 says 64, but senders made by SRS and VERP are longer; Postfix and Exim have no limit of their own.</summary>
    public const int LocalPartBytesMax = 255;

    /// <summary>Longest domain, in bytes (RFC 5321 4.5.3.1.2).</summary>
    public const int DomainBytesMax = 255;

    /// <summary>Longest label of a domain, in bytes (RFC 1035 2.3.4).</summary>
    public const int LabelBytesMax = 63;

    private static readonly SearchValues<byte> s_atext =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~"u8);

    private static readonly SearchValues<char> s_dotString =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.");

    private static readonly SearchValues<byte> s_domain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."u8);

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a path in angle brackets from the start of <paramref name="text"/>.</summary>
    /// <param name="text">The text; not longer than a command line.</param>
    /// <param name="path">The path; the null path is returned as such, the caller knows whether it may stand here.</param>
    /// <param name="rest">What follows the closing bracket.</param>
    /// <returns>False when there is no path, or one against the grammar.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out SmtpPath path, out ReadOnlySpan<byte> rest)
    {
        path = default;
        rest = text;
        if (text.IsEmpty || text[0] != '<')
            return false;
        text = text[1..];
        if (!text.IsEmpty && text[0] == '>')
        {
            path = SmtpPath.Null;
            rest = text[1..];
            return true;
        }
        if (!TrySkipRoute(ref text) || !TryLocalPart(ref text, out var local) || text.IsEmpty)
            return false;
        var domain = "";
        if (text[0] == '@')
        {
            text = text[1..];
            if (!TryDomain(ref text, out domain))
                return false;
        }
        else if (!local.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
        {
            return false; // only <Postmaster> may stand without a domain (RFC 5321 4.1.1.3)
        }
        if (text.IsEmpty || text[0] != '>')
            return false;
        path = new SmtpPath(local, domain);
        rest = text[1..];
        return true;
    }

    /// <summary>Reads an address without angle brackets, all of it: <c>joe@a.example</c>.</summary>
    public static bool TryReadMailbox(string address, out SmtpPath path)
    {
        path = default;
        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes(address);
        if (!TryLocalPart(ref text, out var local) || text.IsEmpty || text[0] != '@')
            return false;
        text = text[1..];
        if (!TryDomain(ref text, out var domain) || !text.IsEmpty)
            return false;
        path = new SmtpPath(local, domain);
        return true;
    }

    /// <summary>Whether a local part needs no quotes.</summary>
    internal static bool IsDotString(ReadOnlySpan<char> local)
    {
        if (local.IsEmpty || local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal))
            return false;
        foreach (var c in local)
        {
            if (c < 0x80 && !s_dotString.Contains(c))
                return false;
        }
        return true;
    }

    /// <summary><c>@a.example,@b.example:</c> in front of the mailbox.</summary>
    private static bool TrySkipRoute(ref ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '@')
            return true;
        while (true)
        {
            if (text.IsEmpty || text[0] != '@')
                return false;
            text = text[1..];
            if (!TryDomain(ref text, out _) || text.IsEmpty)
                return false;
            var separator = text[0];
            text = text[1..];
            if (separator == ':')
                return true;
            if (separator != ',')
                return false;
        }
    }

    private static bool TryLocalPart(ref ReadOnlySpan<byte> text, out string local)
    {
        local = "";
        return !text.IsEmpty && (text[0] == '"' ? TryQuoted(ref text, out local) : TryDotString(ref text, out local));
    }

    private static bool TryDotString(ref ReadOnlySpan<byte> text, out string local)
    {
        local = "";
        var length = 0;
        while (length < text.Length && (text[length] >= 0x80 || text[length] == '.' || s_atext.Contains(text[length])))
            length++;
        if (length is 0 or > LocalPartBytesMax || !TryDecode(text[..length], out local) || !IsDotString(local))
            return false;
        text = text[length..];
        return true;
    }

    private static bool TryQuoted(ref ReadOnlySpan<byte> text, out string local)
    {
        local = "";
        Span<byte> plain = stackalloc byte[LocalPartBytesMax];
        var length = 0;
        for (var i = 1; i < text.Length; i++)
        {
            var b = text[i];
            if (b == '"')
            {
                text = text[(i + 1)..];
                return length > 0 && TryDecode(plain[..length], out local);
            }
            if (b == '\\')
            {
                if (++i == text.Length)
                    return false;
                b = text[i];
                if (b >= 0x80)
                    return false; // quoted-pairSMTP is ASCII, also in RFC 6531
            }
            if (b is < 0x20 or 0x7F || length == plain.Length)
                return false;
            plain[length++] = b;
        }
        return false;
    }

    private static bool TryDomain(ref ReadOnlySpan<byte> text, out string domain)
    {
        domain = "";
        if (!text.IsEmpty && text[0] == '[')
            return TryLiteral(ref text, out domain);
        var length = 0;
        while (length < text.Length && (text[length] >= 0x80 || s_domain.Contains(text[length])))
            length++;
        if (length is 0 or > DomainBytesMax)
            return false;
        foreach (var range in text[..length].Split((byte)'.'))
        {
            var label = text[..length][range];
            if (label.Length is 0 or > LabelBytesMax || label[0] == '-' || label[^1] == '-')
                return false;
        }
        if (!TryDecode(text[..length], out domain))
            return false;
        text = text[length..];
        return true;
    }

    /// <summary><c>[192.0.2.1]</c> or <c>[IPv6:2001:db8::1]</c> (RFC 5321 4.1.3).</summary>
    private static bool TryLiteral(ref ReadOnlySpan<byte> text, out string domain)
    {
        domain = "";
        var end = text.IndexOf((byte)']');
        if (end is < 0 or > 64)
            return false;
        var literal = Encoding.Latin1.GetString(text[..(end + 1)]);
        var inner = literal.AsSpan(1, literal.Length - 2);
        var isV6 = inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
        if (isV6)
            inner = inner[5..];
        // IPAddress takes "1.2", "0x7f.1" and zones as well: three dots or colons, and digits only, leave the two forms of the RFC.
        if (inner.ContainsAnyExcept(isV6 ? "0123456789abcdefABCDEF:." : "0123456789.")
            || (!isV6 && inner.Count('.') != 3)
            || !IPAddress.TryParse(inner, out var address)
            || address.AddressFamily != (isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork))
            return false;
        domain = literal;
        text = text[(end + 1)..];
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (Ascii.IsValid(bytes))
        {
            text = Encoding.ASCII.GetString(bytes);
            return true;
        }
        try
        {
            text = s_strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        foreach (var c in text)
        {
            if (char.IsControl(c)) // C1 controls have no place in an address, whoever allows them
                return false;
        }
        return true;
    }
}

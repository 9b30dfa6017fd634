using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>An address in a header (RFC 5322 3.4; UTF-8 as RFC 6532 allows).</summary>
/// <param name="DisplayName">The name for people, decoded; null without one.</param>
/// <param name="LocalPart">What stands before the last at sign, without the quotes that it may need.</param>
/// <param name="Domain">The domain as written, an address literal with its brackets; empty when the header gave none.</param>
public sealed record MailAddress(string? DisplayName, string LocalPart, string Domain)
{
    private static readonly SearchValues<char> AtomSpecials = SearchValues.Create("()<>[]:;@\\,.\" \t");
    private static readonly SearchValues<char> PhraseSpecials = SearchValues.Create("()<>[]:;@\\,.\"\t");
    private static readonly SearchValues<char> LiteralSpecials = SearchValues.Create("[]\\ \t\r\n\0");

    /// <summary>As it stands in an envelope or between angle brackets: <c>local@domain</c>, the local part quoted when it must be.</summary>
    public string Address => Domain.Length == 0 ? QuotedLocalPart : $"{QuotedLocalPart}@{Domain}";

    private string QuotedLocalPart => IsDotAtom(LocalPart) ? LocalPart : Quote(LocalPart);

    /// <summary>Reads one address without name and comments: <c>local@domain</c>, the local part perhaps quoted, the domain a name or an address literal.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MailAddress? address)
    {
        address = null;
        var at = text?.LastIndexOf('@') ?? -1;
        if (at <= 0 || at == text!.Length - 1)
            return false;
        string local = text[..at], domain = text[(at + 1)..];
        if (local[0] == '"' ? !TryUnquote(local, out local) : !IsDotAtom(local))
            return false;
        if (!IsDomain(domain))
            return false;
        address = new MailAddress(null, local, domain);
        return true;
    }

    /// <summary>As it stands in a header: the name encoded or quoted as it must be, then the address.</summary>
    public string ToHeader()
    {
        if (string.IsNullOrEmpty(DisplayName))
            return Address;
        var name = HeaderFolding.NeedsEncoding(DisplayName) ? EncodedWord.Encode(DisplayName)
            : DisplayName.AsSpan().ContainsAny(PhraseSpecials) ? Quote(DisplayName)
            : DisplayName;
        return $"{name} <{Address}>";
    }

    /// <summary>For people: the name as it is, then the address.</summary>
    public override string ToString() => string.IsNullOrEmpty(DisplayName) ? Address : $"{DisplayName} <{Address}>";

    internal static bool IsDotAtom(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.' || text.IndexOf("..") >= 0)
            return false;
        foreach (var c in text)
            if (c != '.' && (AtomSpecials.Contains(c) || char.IsControl(c) || char.IsWhiteSpace(c)))
                return false;
        return true;
    }

    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\');
            quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    private static bool TryUnquote(string quoted, out string text)
    {
        text = "";
        if (quoted.Length < 2 || quoted[^1] != '"')
            return false;
        var plain = new StringBuilder(quoted.Length);
        for (var i = 1; i < quoted.Length - 1; i++)
        {
            if (quoted[i] == '"' || char.IsControl(quoted[i]))
                return false;
            if (quoted[i] == '\\' && ++i == quoted.Length - 1)
                return false; // the closing quote is escaped
            plain.Append(quoted[i]);
        }
        text = plain.ToString();
        return true;
    }

    private static bool IsDomain(string domain) =>
        domain[0] == '['
            ? domain[^1] == ']' && domain.Length > 2 && !domain.AsSpan(1, domain.Length - 2).ContainsAny(LiteralSpecials)
            : domain.Length <= 255 && IsDotAtom(domain);
}

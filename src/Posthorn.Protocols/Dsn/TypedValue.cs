using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Protocols.Dsn;

/// <summary>A value with the name of what kind it is, as reports carry addresses, hosts and diagnostics (RFC 3464 2.1.2): <c>rfc822; a@b</c>.</summary>
/// <param name="Type">The kind, as written; compared without case: <c>rfc822</c>, <c>utf-8</c>, <c>dns</c>, <c>smtp</c>.</param>
/// <param name="Value">The value, decoded.</param>
public sealed record TypedValue(string Type, string Value)
{
    /// <summary>A mail address: type <c>rfc822</c>, or <c>utf-8</c> when it needs that (RFC 6533 3).</summary>
    public static TypedValue Address(string address) => new(Ascii.IsValid(address) ? "rfc822" : "utf-8", address);

    /// <summary>A host by its name in the DNS.</summary>
    public static TypedValue Host(string name) => new("dns", name);

    /// <summary>What an SMTP server replied.</summary>
    public static TypedValue SmtpReply(string reply) => new("smtp", reply);

    /// <summary>Reads <c>type; value</c> or <c>type;value</c>; false without a semicolon or with an empty side.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TypedValue? value)
    {
        value = null;
        var semicolon = text?.IndexOf(';') ?? -1;
        if (semicolon <= 0)
            return false;
        string type = text![..semicolon].Trim(), rest = text[(semicolon + 1)..].Trim();
        if (type.Length == 0 || rest.Length == 0)
            return false;
        if (type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && Smtp.Utf8Address.TryDecode(rest, out var decoded))
            rest = decoded;
        value = new TypedValue(type, rest);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type}; {Value}";
}

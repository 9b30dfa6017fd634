using System.Globalization;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Domains in the one form in which they can be compared: lower case, IDN as A-labels (RFC 5890 2.3.2.1), without the root's dot.</summary>
public static class MailDomain
{
    /// <summary>The comparable form; what cannot be an IDN (an address literal, a label too long) is compared as written, without case.</summary>
    /// <remarks>Under invariant globalization the framework maps and composes no characters; the case is mapped here, and decomposed characters stay what they are.</remarks>
    public static string Normalize(string domain)
    {
        var lower = domain.EndsWith('.') ? domain[..^1].ToLowerInvariant() : domain.ToLowerInvariant();
        if (System.Text.Ascii.IsValid(lower))
            return lower;
        try
        {
            return new IdnMapping().GetAscii(lower);
        }
        catch (ArgumentException)
        {
            return lower;
        }
    }
}

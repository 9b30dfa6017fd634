using System.Globalization;

namespace Posthorn.Protocols.Dns;

/// <summary>Domain names as text.</summary>
public static class DomainNames
{
    // IdnMapping is stateless once configured. Unassigned code points are allowed: a look-up must not fail for a script newer than this runtime (RFC 5891 5.4).
    private static readonly IdnMapping s_idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>
    /// A domain as it is looked up and compared: U-labels as A-labels (RFC 5890), in small letters, without a root dot.
    /// What is no domain (an address literal, too long a label) comes back as it is, in small letters: no look-up will find it.
    /// </summary>
    public static string ToAscii(string domain)
    {
        // Small letters first: under invariant globalization the framework encodes what it is given, and Ü would be another name than ü.
        var text = (domain.EndsWith('.') ? domain[..^1] : domain).ToLowerInvariant();
        if (System.Text.Ascii.IsValid(text))
            return text;
        try
        {
            return s_idn.GetAscii(text);
        }
        catch (ArgumentException)
        {
            return text;
        }
    }

    /// <summary>The domain of a mail address: what follows the last @; empty without one.</summary>
    public static string OfAddress(string address) => address.LastIndexOf('@') is >= 0 and var at ? address[(at + 1)..] : "";
}

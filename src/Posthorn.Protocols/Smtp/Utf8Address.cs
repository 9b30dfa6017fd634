using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Smtp;

/// <summary>Addresses of type <c>utf-8</c> in ORCPT and delivery reports (RFC 6533 3): <c>\x{FC}</c> for what 7 bits cannot carry.</summary>
public static class Utf8Address
{
    /// <summary>Encodes an address for a peer or a report without UTF-8 (utf-8-addr-xtext): fit for an ORCPT parameter as it is.</summary>
    public static string EncodeXtext(string address) => Encode(address, isUnicode: false);

    /// <summary>Encodes an address where UTF-8 is allowed (utf-8-addr-unitext): only what could be misread is escaped.</summary>
    public static string EncodeUnitext(string address) => Encode(address, isUnicode: true);

    /// <summary>Decodes either form; false when an escape is none.</summary>
    public static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? address)
    {
        address = null;
        var decoded = new StringBuilder(encoded.Length);
        while (!encoded.IsEmpty)
        {
            if (encoded[0] != '\\')
            {
                decoded.Append(encoded[0]);
                encoded = encoded[1..];
                continue;
            }
            var end = encoded.IndexOf('}');
            if (!encoded.StartsWith("\\x{") || end is < 4 or > 9
                || !int.TryParse(encoded[3..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var scalar)
                || !Rune.TryCreate(scalar, out var rune))
                return false;
            decoded.Append(rune.ToString());
            encoded = encoded[(end + 1)..];
        }
        address = decoded.ToString();
        return true;
    }

    private static string Encode(string address, bool isUnicode)
    {
        var encoded = new StringBuilder(address.Length + 8);
        foreach (var rune in address.EnumerateRunes())
        {
            var isPlain = rune.Value is > ' ' and < 0x7f and not '+' and not '=' and not '\\' || (isUnicode && rune.Value > 0x7f);
            if (isPlain)
                encoded.Append(rune.ToString());
            else
                encoded.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }
        return encoded.ToString();
    }
}

using System.Text;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>Writes xtext (RFC 3461 4): printable ASCII but for <c>+</c> and <c>=</c>, everything else as <c>+XX</c>.</summary>
public static class Xtext
{
    /// <summary>Text as xtext; what is not ASCII as its UTF-8.</summary>
    public static string Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('+', '='))
            return text;
        var xtext = new StringBuilder(text.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= (byte)'!' and <= (byte)'~' and not ((byte)'+' or (byte)'='))
                xtext.Append((char)b);
            else
                xtext.Append('+').Append(b.ToString("X2"));
        }

        return xtext.ToString();
    }
}

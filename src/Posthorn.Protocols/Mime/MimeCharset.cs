using System.Text;
using System.Text.Unicode;

namespace Posthorn.Protocols.Mime;

/// <summary>Character sets by the names that mail uses (RFC 2045 5.1, RFC 2047 2, RFC 2978).</summary>
public static class MimeCharset
{
    private const int NameLengthMax = 40;

    /// <summary>The encoding of a charset name, compared without case; null when it is unknown (UTF-7 counts as unknown: it was used for attacks only).</summary>
    public static Encoding? Find(string? name)
    {
        name = name?.Trim().Trim('"', '\'').ToLowerInvariant();
        switch (name)
        {
            case null or "" or { Length: > NameLengthMax }:
                return null;
            case "utf-8" or "utf8" or "unicode-1-1-utf-8" or "utf-8n":
                return Encoding.UTF8;
            case "us-ascii" or "ascii" or "ansi_x3.4-1968" or "iso646-us" or "646":
                return Encoding.ASCII;
            case "iso-8859-1" or "iso8859-1" or "iso_8859-1" or "latin1" or "latin-1" or "l1":
                return Encoding.Latin1;
            case "utf-7" or "unicode-1-1-utf-7":
                return null;
        }
        if (name.StartsWith("cp-", StringComparison.Ordinal) || name.StartsWith("cp125", StringComparison.Ordinal))
            name = "windows-" + name.AsSpan(2).TrimStart('-').ToString();
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null; // the framework says "unknown" by throwing
        }
    }

    /// <summary>Bytes in a charset as text. Never fails: what the charset does not explain is read as UTF-8 when valid, else as Windows-1252.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="charset">The charset's name; null or unknown lets the bytes decide.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? charset)
    {
        var encoding = Find(charset);
        if (encoding is null || ReferenceEquals(encoding, Encoding.ASCII) || ReferenceEquals(encoding, Encoding.UTF8))
            encoding = Utf8.IsValid(bytes) ? Encoding.UTF8 : ReferenceEquals(encoding, Encoding.UTF8) ? Encoding.UTF8 : Windows1252;
        return encoding.GetString(bytes);
    }

    internal static Encoding Windows1252 { get; } = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
}

using System.Collections.Frozen;
using System.Text;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>Strings that stand in most mails, written as a number. Part of version 1 of the compact form: only added to at the end, never reordered.</summary>
internal static class KnownStrings
{
    private static readonly string[] s_strings =
    [
        "text", "plain", "html", "multipart", "mixed", "alternative", "related", "report", "signed", "digest",
        "message", "rfc822", "delivery-status", "disposition-notification", "external-body", "partial", "global",
        "application", "octet-stream", "pdf", "zip", "json", "xml", "pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "ms-tnef",
        "image", "png", "jpeg", "gif", "svg+xml", "audio", "video", "calendar", "csv", "rfc822-headers",
        "charset", "us-ascii", "US-ASCII", "utf-8", "UTF-8", "iso-8859-1", "ISO-8859-1", "windows-1252", "iso-8859-15",
        "boundary", "format", "flowed", "delsp", "yes", "no", "name", "filename", "name*", "filename*", "type", "report-type", "start",
        "micalg", "protocol", "size", "creation-date", "modification-date", "method", "x-mac-type", "x-mac-creator",
        "attachment", "inline", "en", "de", "text/html", "text/plain", "multipart/alternative", "", "vnd.ms-excel", "msword",
        "vnd.openxmlformats-officedocument.wordprocessingml.document", "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ];

    private static readonly ReadOnlyMemory<byte>[] s_bytes = [.. s_strings.Select(s => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(s))];

    private static readonly FrozenDictionary<string, int> s_indexes =
        s_strings.Select((s, i) => (s, i)).ToFrozenDictionary(p => p.s, p => p.i, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_indexes.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly int s_lengthMax = s_strings.Max(s => s.Length);

    /// <summary>The string of a number; null for a number that is none.</summary>
    public static ReadOnlyMemory<byte>? At(long index) => index < s_bytes.Length ? s_bytes[index] : default(ReadOnlyMemory<byte>?);

    /// <summary>The number of a string; negative for others.</summary>
    public static int IndexOf(ReadOnlySpan<byte> text)
    {
        if (text.Length > s_lengthMax)
            return -1;
        Span<char> chars = stackalloc char[text.Length];
        return Ascii.ToUtf16(text, chars, out var length) == System.Buffers.OperationStatus.Done && s_lookup.TryGetValue(chars[..length], out var index)
            ? index
            : -1;
    }
}

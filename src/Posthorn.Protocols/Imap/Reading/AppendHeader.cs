namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What stands in front of a message that APPEND brings (RFC 9051 6.3.12, RFC 3502, RFC 3516, RFC 6855).</summary>
/// <param name="Flags">Each once; may be empty.</param>
/// <param name="InternalDate">When it came; null for now.</param>
/// <param name="Size">Bytes of the message that follow; 0 gives the whole APPEND up (RFC 3502 6.3.11).</param>
/// <param name="IsSynchronizing">Whether the client waits for <c>+</c> before it sends them. Otherwise they are under way, wanted or not.</param>
/// <param name="IsBinary">Whether it may hold NUL (<c>~{n}</c>, RFC 3516 4.4).</param>
/// <param name="IsUtf8">Whether it came as UTF8 (…) and may have UTF-8 in its headers (RFC 6855 4).</param>
public sealed record AppendHeader(
    IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, long Size, bool IsSynchronizing, bool IsBinary, bool IsUtf8);

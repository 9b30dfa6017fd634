namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>A piece of a section: <c>&lt;0.1024&gt;</c> (RFC 9051 6.4.5).</summary>
/// <param name="Offset">Of its first byte, from 0; the answer tells it.</param>
/// <param name="Length">Most bytes, 1 or more.</param>
public readonly record struct PartialRange(uint Offset, uint Length);

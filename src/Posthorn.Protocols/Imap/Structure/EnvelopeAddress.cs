namespace Posthorn.Protocols.Imap.Structure;

/// <summary>An address of an ENVELOPE (RFC 9051 7.5.2), bytes as they stand in the mail without quotes; encoded words are left to the client.</summary>
/// <remarks>A group is a first one with only <paramref name="Mailbox"/>, its name; its members; and a last one with nothing.</remarks>
/// <param name="Name">The name for people; null without one.</param>
/// <param name="Route">The obsolete source route; null nearly always.</param>
/// <param name="Mailbox">What stands before the at sign.</param>
/// <param name="Host">What stands behind it; null for the marks of a group.</param>
public readonly record struct EnvelopeAddress(
    ReadOnlyMemory<byte>? Name, ReadOnlyMemory<byte>? Route, ReadOnlyMemory<byte>? Mailbox, ReadOnlyMemory<byte>? Host)
{
    /// <summary>Whether it marks the beginning or end of a group, and is no address.</summary>
    public bool IsGroupMark => Host is null;
}

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>How much a command may be. What exceeds it is refused, and the session goes on with the next command.</summary>
public sealed record ImapLimits
{
    /// <summary>All defaults.</summary>
    public static ImapLimits Default { get; } = new();

    /// <summary>Longest line, in bytes including its end; each line of a command with literals by itself. 64 KiB as Dovecot (imap_max_line_length): clients send sets of thousands of UIDs. RFC 7162 4 asks for 8 KiB at least.</summary>
    public int LineBytesMax { get; init; } = 64 * 1024;

    /// <summary>Most bytes of all literals of one command together, messages of APPEND not counted: names, passwords, search texts.</summary>
    public int LiteralBytesMax { get; init; } = 64 * 1024;

    /// <summary>How deep search keys may be nested.</summary>
    public int SearchDepthMax { get; init; } = 50;

    /// <summary>Most search keys in one command.</summary>
    public int SearchKeysMax { get; init; } = 1_000;

    /// <summary>Most numbers and ranges in one set.</summary>
    public int SequenceMembersMax { get; init; } = 10_000;

    /// <summary>Most items in a list: flags, fetch items, header fields, patterns.</summary>
    public int ListItemsMax { get; init; } = 500;

    /// <summary>Longest pattern of LIST and LSUB with its reference, in characters: some times the longest name of a mailbox (255).</summary>
    public int PatternCharactersMax { get; init; } = 1_000;

    /// <summary>Most messages in one APPEND (RFC 3502); they become one commit.</summary>
    public int AppendMessagesMax { get; init; } = 1_000;
}

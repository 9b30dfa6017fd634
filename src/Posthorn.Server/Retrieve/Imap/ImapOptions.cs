namespace Posthorn.Server.Retrieve.Imap;

/// <summary>Limits of the IMAP doors.</summary>
public sealed record ImapOptions
{
    /// <summary>Most sessions at once; a further one is greeted with BYE.</summary>
    /// <remarks>An idle session is cheap, so it is far above Dovecot's 1,000 clients; it keeps file handles for the rest of the program.</remarks>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Most sessions at once from one IPv4 address or IPv6 /64; loopback is exempt.</summary>
    /// <remarks>Mail programs keep five or so, and an office shares an address.</remarks>
    public int ConnectionsPerAddressMax { get; init; } = 100;

    /// <summary>Most sessions at once of one account; a further login is answered NO [LIMIT].</summary>
    /// <remarks>Dovecot's mail_max_userip_connections is 10 from one address; consumers are many here.</remarks>
    public int ConnectionsPerAccountMax { get; init; } = 1_000;

    /// <summary>Longest command line without its literals, in bytes.</summary>
    /// <remarks>RFC 7162 4 asks for 8,192 at least; Dovecot's imap_max_line_length is 64 KiB.</remarks>
    public int LineBytesMax { get; init; } = 65_536;

    /// <summary>Most bytes of a command's literals, messages that are appended aside.</summary>
    public int LiteralBytesMax { get; init; } = 65_536;

    /// <summary>Largest message that is appended, in bytes (APPENDLIMIT, RFC 7889).</summary>
    /// <remarks>As large as a mail that comes over SMTP.</remarks>
    public long MessageBytesMax { get; init; } = 150L << 20;

    /// <summary>Most messages of one APPEND (RFC 3502): they are one commit.</summary>
    public int MessagesPerAppendMax { get; init; } = 1_000;

    /// <summary>How long a session may say nothing, IDLE included, once its account is known: then BYE.</summary>
    /// <remarks>RFC 9051 5.4 says at least 30 minutes.</remarks>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a session may take until its account is known, between two commands; and how long the rest of a command that has begun.</summary>
    /// <remarks>Dovecot's login processes wait 3 minutes.</remarks>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a client may take to receive what it asked for, between two pieces; then the session ends.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How late a failed login is answered.</summary>
    public TimeSpan ErrorDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many failed logins end the session.</summary>
    public int AuthFailuresMax { get; init; } = 3;

    /// <summary>How many commands that are none (BAD) end the session; a good one forgives them.</summary>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>Whether passwords may be sent without TLS by peers that are not on this machine.</summary>
    public bool AllowsPlainAuthWithoutTls { get; init; }

    /// <summary>Whether COMPRESS=DEFLATE is offered; it costs a session that uses it about 300 KiB.</summary>
    public bool Compresses { get; init; } = true;

    /// <summary>Memory for structures of mails that carry none of their own, in bytes, in all.</summary>
    public long StructureCacheBytesMax { get; init; } = 16L << 20;
}

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Limits of the POP3 door.</summary>
public sealed record Pop3Options
{
    /// <summary>Longest command line, in bytes including CRLF; a longer one is answered -ERR and the session goes on.</summary>
    /// <remarks>RFC 2449 4 obliges us to take 255; names and passwords may be long.</remarks>
    public int LineBytesMax { get; init; } = 1_024;

    /// <summary>Most messages of one session: those with the lowest numbers. The next session gets what is left then.</summary>
    /// <remarks>Each is leased, and costs about 80 bytes while the session lasts. Programs that empty a queue get as much at once as they can work on.</remarks>
    public int MessagesMax { get; init; } = 10_000;

    /// <summary>How long a lease lasts that is not renewed: then its message is others' again.</summary>
    /// <remarks>Leases are renewed three times in it, whatever the client does. Five minutes is what a stopped machine may sleep.</remarks>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a client that has not logged in may take for a command; then the connection is closed.</summary>
    /// <remarks>Dovecot's three minutes.</remarks>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a client may be silent, or take no bytes, after the login; then the connection is closed and nothing is removed.</summary>
    /// <remarks>RFC 1939 3 says at least 10 minutes.</remarks>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest session; it is closed after the command it is at, and nothing is removed.</summary>
    public TimeSpan SessionTimeMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>From how many errors in a row on each further one is answered late.</summary>
    public int ErrorsBeforeDelay { get; init; } = 10;

    /// <summary>How late; also every failed login.</summary>
    public TimeSpan ErrorDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many errors in a row end the session.</summary>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>How many failed logins end the session.</summary>
    public int AuthFailuresMax { get; init; } = 3;

    /// <summary>Most sessions at once; a further one is greeted with -ERR.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Most sessions at once from one IPv4 address or IPv6 /64, loopback excepted; a further one is greeted with -ERR.</summary>
    public int ConnectionsPerAddressMax { get; init; } = 50;

    /// <summary>Whether passwords may be sent without TLS by peers that are not on this machine.</summary>
    public bool AllowsPlainAuthWithoutTls { get; init; }
}

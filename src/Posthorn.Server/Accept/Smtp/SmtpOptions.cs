using System.Net;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Limits and policy of the SMTP and LMTP doors.</summary>
public sealed record SmtpOptions
{
    /// <summary>Longest command line, in bytes including CRLF; a longer one is answered 500 5.5.2 and the session goes on.</summary>
    /// <remarks>RFC 5321 4.5.3.1.4 obliges us to take 512 and what extensions add. 2,048 is Postfix's line_length_limit.</remarks>
    public int LineBytesMax { get; init; } = 2_048;

    /// <summary>Most recipients of one mail; more are answered 452 4.5.3, and the client sends them in another mail.</summary>
    /// <remarks>RFC 5321 4.5.3.1.8 obliges us to take 100. 1,000 is Postfix's smtpd_recipient_limit.</remarks>
    public int RecipientsMax { get; init; } = 1_000;

    /// <summary>Largest mail, in bytes as they are received; refused at MAIL when declared (SIZE), at its end when counted: 552 5.3.4.</summary>
    /// <remarks>150 MiB is what Microsoft 365 can be set to take (Gmail 50 MB, Postfix 10 MB): memory does not grow with it here.</remarks>
    public long MessageBytesMax { get; init; } = 150L << 20;

    /// <summary>Most mails of one session; the next MAIL is answered 421 and the client connects again.</summary>
    /// <remarks>KumoMTA's max_messages_per_connection.</remarks>
    public int MailsPerSessionMax { get; init; } = 10_000;

    /// <summary>Most commands without a mail between them (NOOP, RSET, VRFY, EHLO …): then 421.</summary>
    /// <remarks>Postfix's smtpd_junk_command_limit.</remarks>
    public int CommandsBetweenMailsMax { get; init; } = 100;

    /// <summary>From how many errors without a mail on each further one is answered late.</summary>
    /// <remarks>Postfix's smtpd_soft_error_limit.</remarks>
    public int ErrorsBeforeDelay { get; init; } = 10;

    /// <summary>How late; also every failed authentication.</summary>
    /// <remarks>Postfix's smtpd_error_sleep_time.</remarks>
    public TimeSpan ErrorDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many errors (5xx) without a mail end the session: 421.</summary>
    /// <remarks>Postfix's smtpd_hard_error_limit.</remarks>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>How many failed authentications end the session: 421.</summary>
    public int AuthFailuresMax { get; init; } = 3;

    /// <summary>Most sessions at once; a further one is greeted with 421.</summary>
    /// <remarks>Idle sessions are cheap here (RSS grew by 2 KB each over 3,000, by 29 KB within TLS), so the limit is far above Postfix's 100 processes; it keeps file handles for the rest of the program.</remarks>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Most sessions at once from one IPv4 address or IPv6 /64; a further one is greeted with 421. Loopback and <see cref="RelayNetworks"/> are exempt.</summary>
    /// <remarks>Postfix's smtpd_client_connection_count_limit, with the same exemption.</remarks>
    public int ConnectionsPerAddressMax { get; init; } = 50;

    /// <summary>How long a whole command may take to come, and the time between two pieces of a mail: then 421 4.4.2.</summary>
    /// <remarks>RFC 5321 4.5.3.2.7 says at least 5 minutes.</remarks>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Slowest mail, in bytes a second, counted from <see cref="IdleTimeout"/> after its start; a slower one ends the session.</summary>
    /// <remarks>Postfix's smtpd_min_data_rate: without it, a byte a minute holds a session for ever.</remarks>
    public int DataBytesPerSecondMin { get; init; } = 500;

    /// <summary>Longest session; it ends with 421 after the mail it is at.</summary>
    public TimeSpan SessionTimeMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Most <c>Received</c> fields of a mail; with more it is looping: 554 5.4.6.</summary>
    /// <remarks>RFC 5321 6.3 says at least 100. Postfix's hopcount_limit is 50.</remarks>
    public int HopsMax { get; init; } = 100;

    /// <summary>What becomes of a mail with CR or LF that do not stand together.</summary>
    public BareNewlines BareNewlines { get; init; } = BareNewlines.Refuse;

    /// <summary>Longest time a mail may be held by its sender's wish (FUTURERELEASE), counted from its acceptance; zero: the extension is not offered.</summary>
    public TimeSpan FutureReleaseMax { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whether passwords may be sent without TLS by peers that are not on this machine.</summary>
    public bool AllowsPlainAuthWithoutTls { get; init; }

    /// <summary>Peers that may send mail to other hosts without authenticating; none by default.</summary>
    public IReadOnlyList<IPNetwork> RelayNetworks { get; init; } = [];
}

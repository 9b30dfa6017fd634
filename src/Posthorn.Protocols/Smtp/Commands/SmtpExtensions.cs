namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The service extensions that bring parameters or commands of their own. What a session does not announce it does not take.</summary>
[Flags]
public enum SmtpExtensions
{
    /// <summary>Plain RFC 5321.</summary>
    None = 0,
    /// <summary>SIZE (RFC 1870).</summary>
    Size = 1 << 0,
    /// <summary>8BITMIME (RFC 6152).</summary>
    EightBitMime = 1 << 1,
    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    SmtpUtf8 = 1 << 2,
    /// <summary>DSN (RFC 3461).</summary>
    Dsn = 1 << 3,
    /// <summary>AUTH (RFC 4954).</summary>
    Auth = 1 << 4,
    /// <summary>FUTURERELEASE (RFC 4865).</summary>
    FutureRelease = 1 << 5,
    /// <summary>MT-PRIORITY (RFC 6710).</summary>
    MtPriority = 1 << 6,
    /// <summary>REQUIRETLS (RFC 8689).</summary>
    RequireTls = 1 << 7,
    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls = 1 << 8,
    /// <summary>CHUNKING (RFC 3030), without BINARYMIME: what comes in chunks must be able to leave through DATA.</summary>
    Chunking = 1 << 9,
    /// <summary>All of them.</summary>
    All = (1 << 10) - 1,
}

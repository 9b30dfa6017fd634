namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>What a command line asks for.</summary>
public enum SmtpVerb
{
    /// <summary>A word that is no command here.</summary>
    Unknown,
    /// <summary>The first line of another protocol (HTTP, a mail's header): a browser or a proxy was talked into speaking to us.</summary>
    Foreign,
    /// <summary>HELO (RFC 5321 4.1.1.1).</summary>
    Helo,
    /// <summary>EHLO (RFC 5321 4.1.1.1).</summary>
    Ehlo,
    /// <summary>LHLO (RFC 2033 4.1).</summary>
    Lhlo,
    /// <summary>MAIL (RFC 5321 4.1.1.2).</summary>
    Mail,
    /// <summary>RCPT (RFC 5321 4.1.1.3).</summary>
    Rcpt,
    /// <summary>DATA (RFC 5321 4.1.1.4).</summary>
    Data,
    /// <summary>BDAT with more chunks to come (RFC 3030 2).</summary>
    Bdat,
    /// <summary>BDAT with LAST (RFC 3030 2).</summary>
    BdatLast,
    /// <summary>RSET (RFC 5321 4.1.1.5).</summary>
    Rset,
    /// <summary>NOOP (RFC 5321 4.1.1.9).</summary>
    Noop,
    /// <summary>HELP (RFC 5321 4.1.1.8).</summary>
    Help,
    /// <summary>VRFY (RFC 5321 4.1.1.6).</summary>
    Vrfy,
    /// <summary>EXPN (RFC 5321 4.1.1.7).</summary>
    Expn,
    /// <summary>QUIT (RFC 5321 4.1.1.10).</summary>
    Quit,
    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls,
    /// <summary>AUTH (RFC 4954).</summary>
    Auth,
}

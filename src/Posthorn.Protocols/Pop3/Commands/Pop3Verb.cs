namespace Posthorn.Protocols.Pop3.Commands;

/// <summary>What a command line asks for.</summary>
public enum Pop3Verb
{
    /// <summary>A word that is no command here.</summary>
    Unknown,
    /// <summary>The first line of another protocol: a browser or a proxy was talked into speaking to us.</summary>
    Foreign,
    /// <summary>CAPA (RFC 2449 5).</summary>
    Capa,
    /// <summary>STLS (RFC 2595 4).</summary>
    Stls,
    /// <summary>UTF8 (RFC 6856 2).</summary>
    Utf8,
    /// <summary>AUTH (RFC 5034 4).</summary>
    Auth,
    /// <summary>USER (RFC 1939 7).</summary>
    User,
    /// <summary>PASS (RFC 1939 7).</summary>
    Pass,
    /// <summary>APOP (RFC 1939 7), which is never offered.</summary>
    Apop,
    /// <summary>STAT (RFC 1939 5).</summary>
    Stat,
    /// <summary>LIST (RFC 1939 5).</summary>
    List,
    /// <summary>RETR (RFC 1939 5).</summary>
    Retr,
    /// <summary>DELE (RFC 1939 5).</summary>
    Dele,
    /// <summary>NOOP (RFC 1939 5).</summary>
    Noop,
    /// <summary>RSET (RFC 1939 5).</summary>
    Rset,
    /// <summary>TOP (RFC 1939 7).</summary>
    Top,
    /// <summary>UIDL (RFC 1939 7).</summary>
    Uidl,
    /// <summary>QUIT (RFC 1939 4, 6).</summary>
    Quit,
}

namespace Posthorn.Protocols.Pop3.Session;

/// <summary>Where a session stands between two commands (RFC 1939 3). UPDATE is what QUIT does, not a state in which commands are read.</summary>
public enum Pop3State
{
    /// <summary>Nobody has logged in.</summary>
    Authorization,
    /// <summary>USER was said, PASS is waited for.</summary>
    Named,
    /// <summary>The maildrop is open.</summary>
    Transaction,
    /// <summary>The session ends; no command is read any more.</summary>
    Closed,
}

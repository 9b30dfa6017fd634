namespace Posthorn.Protocols.Pop3;

/// <summary>Why a command failed, for programs (RFC 2449 8): stands in brackets in front of the text.</summary>
public enum Pop3ResponseCode
{
    /// <summary>Nothing that a program could act on.</summary>
    None,
    /// <summary><c>[IN-USE]</c>: another session has the maildrop (RFC 2449 8.1.2).</summary>
    InUse,
    /// <summary><c>[AUTH]</c>: name or password are wrong (RFC 3206 4).</summary>
    Auth,
    /// <summary><c>[SYS/TEMP]</c>: a fault that passes (RFC 3206 3).</summary>
    SysTemp,
    /// <summary><c>[SYS/PERM]</c>: a fault that somebody must see to (RFC 3206 3).</summary>
    SysPerm,
}

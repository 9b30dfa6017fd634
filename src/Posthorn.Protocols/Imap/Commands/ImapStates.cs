namespace Posthorn.Protocols.Imap.Commands;

/// <summary>The states of a session in which a command may stand (RFC 3501 3, RFC 9051 3).</summary>
[Flags]
public enum ImapStates
{
    /// <summary>None: logout.</summary>
    None = 0,
    /// <summary>Nobody has logged in yet.</summary>
    NotAuthenticated = 1,
    /// <summary>Logged in, no mailbox selected.</summary>
    Authenticated = 2,
    /// <summary>A mailbox is selected.</summary>
    Selected = 4,
    /// <summary>Logged in, with a mailbox selected or without.</summary>
    LoggedIn = Authenticated | Selected,
    /// <summary>All.</summary>
    Any = NotAuthenticated | Authenticated | Selected,
}

using System.Collections.Frozen;
using static Posthorn.Protocols.Imap.Commands.ImapStates;
using static Posthorn.Protocols.Imap.Commands.ImapVerb;

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>The table of commands: what each is called, in which states it may stand, and whether it has a UID form.</summary>
public static class ImapVerbs
{
    private static readonly (ImapVerb Verb, string Name, ImapStates States, bool HasUidForm)[] s_rows =
    [
        (Capability, "CAPABILITY", Any, false),
        (Noop, "NOOP", Any, false),
        (Logout, "LOGOUT", Any, false),
        (Id, "ID", Any, false),
        (StartTls, "STARTTLS", NotAuthenticated, false),
        (Authenticate, "AUTHENTICATE", NotAuthenticated, false),
        (Login, "LOGIN", NotAuthenticated, false),
        (Compress, "COMPRESS", LoggedIn, false), // RFC 4978 3 would allow it before; a peer nobody knows gets no window of 32 KiB
        (Enable, "ENABLE", LoggedIn, false), // RFC 9051 6.3.1 says authenticated only, since nothing may change under a selected mailbox; RFC 7162 3.2.3 clients do it there
        (Select, "SELECT", LoggedIn, false),
        (Examine, "EXAMINE", LoggedIn, false),
        (Create, "CREATE", LoggedIn, false),
        (Delete, "DELETE", LoggedIn, false),
        (Rename, "RENAME", LoggedIn, false),
        (Subscribe, "SUBSCRIBE", LoggedIn, false),
        (Unsubscribe, "UNSUBSCRIBE", LoggedIn, false),
        (List, "LIST", LoggedIn, false),
        (Lsub, "LSUB", LoggedIn, false),
        (Namespace, "NAMESPACE", LoggedIn, false),
        (Status, "STATUS", LoggedIn, false),
        (Append, "APPEND", LoggedIn, false),
        (Idle, "IDLE", LoggedIn, false),
        (GetQuota, "GETQUOTA", LoggedIn, false),
        (GetQuotaRoot, "GETQUOTAROOT", LoggedIn, false),
        (SetQuota, "SETQUOTA", LoggedIn, false),
        (Check, "CHECK", Selected, false),
        (Close, "CLOSE", Selected, false),
        (Unselect, "UNSELECT", Selected, false),
        (Expunge, "EXPUNGE", Selected, true),
        (Search, "SEARCH", Selected, true),
        (Sort, "SORT", Selected, true),
        (ImapVerb.Thread, "THREAD", Selected, true),
        (Fetch, "FETCH", Selected, true),
        (Store, "STORE", Selected, true),
        (Copy, "COPY", Selected, true),
        (Move, "MOVE", Selected, true),
    ];

    private static readonly FrozenDictionary<string, ImapVerb> s_byName =
        s_rows.ToFrozenDictionary(r => r.Name, r => r.Verb, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, ImapVerb>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_byName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All commands, in the order of the table.</summary>
    public static IEnumerable<ImapVerb> All => s_rows.Select(r => r.Verb);

    /// <summary>The states in which a command may stand; none for <see cref="Unknown"/>.</summary>
    public static ImapStates StatesOf(ImapVerb verb) => verb == Unknown ? None : Row(verb).States;

    /// <summary>The command's name on the wire; empty for <see cref="Unknown"/>.</summary>
    public static string NameOf(ImapVerb verb) => verb == Unknown ? "" : Row(verb).Name;

    /// <summary>Whether <c>UID</c> may stand in front of it.</summary>
    public static bool HasUidForm(ImapVerb verb) => verb != Unknown && Row(verb).HasUidForm;

    /// <summary>The command of a name, compared without case; <see cref="Unknown"/> when there is none.</summary>
    public static ImapVerb Find(ReadOnlySpan<char> name) => s_lookup.TryGetValue(name, out var verb) ? verb : Unknown;

    private static (ImapVerb Verb, string Name, ImapStates States, bool HasUidForm) Row(ImapVerb verb) => s_rows[(int)verb - 1];
}

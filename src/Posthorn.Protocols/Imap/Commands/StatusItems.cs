namespace Posthorn.Protocols.Imap.Commands;

/// <summary>The names of <see cref="StatusItem"/>s.</summary>
public static class StatusItems
{
    private static readonly string[] s_names =
    [
        "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "HIGHESTMODSEQ", "MAILBOXID", "APPENDLIMIT", "DELETED-STORAGE",
    ];

    /// <summary>The name on the wire.</summary>
    public static string NameOf(StatusItem item) => s_names[(int)item];

    /// <summary>The item of a name, compared without case.</summary>
    public static bool TryFind(string name, out StatusItem item)
    {
        var index = Array.FindIndex(s_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        item = (StatusItem)Math.Max(0, index);
        return index >= 0;
    }
}

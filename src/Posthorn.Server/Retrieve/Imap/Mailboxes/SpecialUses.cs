namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>What mailboxes are used for (RFC 6154 2): folders that have the usual names are used for what those say, others for what they were made for.</summary>
internal static class SpecialUses
{
    private static readonly (string Name, string Use)[] s_byName =
    [
        ("Drafts", "\\Drafts"), ("Sent", "\\Sent"), ("Trash", "\\Trash"), ("Junk", "\\Junk"), ("Archive", "\\Archive"),
    ];

    /// <summary>Uses that a mailbox can be made for; none is there for <c>\All</c>, <c>\Flagged</c> and <c>\Important</c>, which would be searches.</summary>
    private static readonly string[] s_makeable = [.. s_byName.Select(n => n.Use)];

    /// <summary>The one spelling of a use that a mailbox can be made for; null when it is none.</summary>
    public static string? Find(string use) => Array.Find(s_makeable, u => u.Equals(use, StringComparison.OrdinalIgnoreCase));

    /// <summary>The use of a mailbox; null when it has none.</summary>
    public static string? Of(string mailbox, bool isOwn, AccountNotes notes)
    {
        if (notes.Uses.TryGetValue(mailbox, out var noted))
            return noted;
        if (!isOwn)
            return null;
        var use = Array.Find(s_byName, n => n.Name == mailbox).Use;
        // What was made for it comes first: there is one Sent, whatever its name.
        return use is not null && notes.Uses.Values.Contains(use, StringComparer.Ordinal) ? null : use;
    }
}

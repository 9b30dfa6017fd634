using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>All names that LIST may tell an account: its mailboxes, the levels above them, and what it is subscribed to; in order.</summary>
internal sealed class MailboxTree
{
    private MailboxTree(List<MailboxNode> nodes) => Nodes = nodes;

    /// <summary>INBOX first, then by name, so that what lies below a name follows it.</summary>
    public IReadOnlyList<MailboxNode> Nodes { get; }

    public static MailboxTree Of(IReadOnlyList<Mailbox> mailboxes, AccountNotes notes)
    {
        var byName = new Dictionary<string, MailboxNode>(StringComparer.Ordinal);
        foreach (var mailbox in mailboxes)
        {
            var node = NodeOf(byName, mailbox.Name);
            node.Mailbox = mailbox;
            node.Use = SpecialUses.Of(mailbox.Name, mailbox.IsOwn, notes);
        }
        foreach (var name in notes.Subscribed)
            NodeOf(byName, name).IsSubscribed = true;
        foreach (var node in byName.Values.ToList())
        {
            for (var above = ParentOf(node.Name); above is not null; above = ParentOf(above))
            {
                var parent = NodeOf(byName, above);
                parent.HasChildren |= node.Mailbox is not null;
                parent.HasSubscribedBelow |= node.IsSubscribed;
                parent.HasUseBelow |= node.Use is not null;
            }
        }
        return new MailboxTree([.. byName.Values.OrderBy(n => n.Name != MailboxAccess.InboxName).ThenBy(n => n.Name, StringComparer.Ordinal)]);
    }

    /// <summary>The names that fit options and patterns (RFC 5258 3.1).</summary>
    public IEnumerable<MailboxNode> Select(ListSelection selection, IReadOnlyList<ListPattern> patterns)
    {
        foreach (var node in Nodes)
        {
            if (!patterns.Any(p => p.Matches(node.Name)))
                continue;
            var isChosen = selection.HasFlag(ListSelection.Subscribed) ? node.IsSubscribed
                : selection.HasFlag(ListSelection.SpecialUse) ? node.Use is not null
                : node.Mailbox is not null || node.HasChildren;
            isChosen &= !selection.HasFlag(ListSelection.SpecialUse) || node.Use is not null;
            if (isChosen || (selection.HasFlag(ListSelection.RecursiveMatch) && IsAboveChosen(node, selection, patterns)))
                yield return node;
        }
    }

    /// <summary>Whether one below it fits the options, and would not be told itself because the patterns do not reach it.</summary>
    private bool IsAboveChosen(MailboxNode node, ListSelection selection, IReadOnlyList<ListPattern> patterns) =>
        Nodes.Any(n => n.Name.StartsWith(node.Name + MailboxAccess.Separator, StringComparison.Ordinal) && !patterns.Any(p => p.Matches(n.Name))
            && (selection.HasFlag(ListSelection.Subscribed) ? n.IsSubscribed : n.Use is not null));

    private static MailboxNode NodeOf(Dictionary<string, MailboxNode> byName, string name)
    {
        if (!byName.TryGetValue(name, out var node))
            byName.Add(name, node = new MailboxNode(name));
        return node;
    }

    private static string? ParentOf(string name)
    {
        var slash = name.LastIndexOf(MailboxAccess.Separator);
        // "#queue" itself is a prefix, and no mailbox.
        return slash <= 0 || name[..slash] + MailboxAccess.Separator == MailboxAccess.QueuePrefix ? null : name[..slash];
    }
}

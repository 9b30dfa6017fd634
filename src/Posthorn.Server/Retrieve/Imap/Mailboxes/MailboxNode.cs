using Posthorn.Protocols.Imap.Commands;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>A name in the hierarchy of mailboxes.</summary>
internal sealed class MailboxNode(string name)
{
    public string Name => name;

    /// <summary>The mailbox of that name; null when it is a level only, or does not exist.</summary>
    public Mailbox? Mailbox { get; set; }

    /// <summary>What it is used for (RFC 6154); null for nothing of the kind.</summary>
    public string? Use { get; set; }

    public bool IsSubscribed { get; set; }

    /// <summary>Whether mailboxes exist below it.</summary>
    public bool HasChildren { get; set; }

    public bool HasSubscribedBelow { get; set; }

    public bool HasUseBelow { get; set; }

    /// <summary>What LIST says of it (RFC 9051 7.3.1).</summary>
    public IEnumerable<string> Attributes(ImapCommand.List list, bool isRev2)
    {
        if (Mailbox is null)
        {
            // \NonExistent says \Noselect too; clients of the old form know that one only.
            yield return list.IsExtended || isRev2 ? "\\NonExistent" : "\\Noselect";
        }
        yield return HasChildren ? "\\HasChildren" : "\\HasNoChildren";
        if (IsSubscribed && (list.Return.HasFlag(ListReturn.Subscribed) || list.Selection.HasFlag(ListSelection.Subscribed)))
            yield return "\\Subscribed";
        if (Use is not null)
            yield return Use;
    }

    /// <summary>Why it is told though it was not chosen itself (RFC 5258 3.5); null when it was.</summary>
    public string? ChildInfo(ListSelection selection) =>
        !selection.HasFlag(ListSelection.RecursiveMatch) ? null
        : selection.HasFlag(ListSelection.Subscribed) ? HasSubscribedBelow ? "SUBSCRIBED" : null
        : selection.HasFlag(ListSelection.SpecialUse) && HasUseBelow ? "SPECIAL-USE"
        : null;
}

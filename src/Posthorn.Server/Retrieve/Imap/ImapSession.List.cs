using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Mailboxes;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>LIST and LSUB (RFC 9051 6.3.9, RFC 5258, RFC 5819, RFC 6154).</content>
internal sealed partial class ImapSession
{
    private async ValueTask<ImapReply> ListAsync(ImapCommand.List list)
    {
        if (list is { IsExtended: false, Patterns: [""] })
        {
            // The client asks for the separator, and for the root of the reference (RFC 9051 6.3.9).
            _writer.List("", ["\\Noselect"]);
            return SessionReplies.Done;
        }
        var tree = MailboxTree.Of(_context.Access.List(Account), _context.Notes.Of(Account.Name));
        var patterns = list.Patterns.Select(p => ListPattern.Of(list.Reference, p)).ToList();
        foreach (var node in tree.Select(list.Selection, patterns))
        {
            _writer.List(node.Name, node.Attributes(list, _isRev2), node.ChildInfo(list.Selection));
            if (list.Return.HasFlag(ListReturn.Status) && node.Mailbox is { } mailbox)
                await TellStatusAsync(mailbox, list.StatusItems);
        }
        return SessionReplies.Done;
    }

    private ImapReply Lsub(ImapCommand.Lsub lsub)
    {
        var pattern = ListPattern.Of(lsub.Reference, lsub.Pattern);
        var tree = MailboxTree.Of(_context.Access.List(Account), _context.Notes.Of(Account.Name));
        // A name that is not subscribed to is told as the way to one below it, when the pattern goes no deeper (RFC 3501 6.3.9).
        foreach (var node in tree.Nodes.Where(n => pattern.Matches(n.Name)))
        {
            if (node.IsSubscribed)
                _writer.Lsub(node.Name, node.Mailbox is null ? ["\\Noselect"] : []);
            else if (node.HasSubscribedBelow && lsub.Pattern.EndsWith('%'))
                _writer.Lsub(node.Name, ["\\Noselect"]);
        }
        return SessionReplies.Done;
    }
}

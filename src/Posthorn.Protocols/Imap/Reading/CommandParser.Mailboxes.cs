using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Mailboxes;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <content>Commands about mailboxes.</content>
internal static partial class CommandParser
{
    private static ImapCommand? MailboxCommand(ref ArgumentScanner scanner, ImapVerb verb)
    {
        switch (verb)
        {
            case ImapVerb.List:
                return List(ref scanner);
            case ImapVerb.Lsub:
                return Reference(ref scanner, out var reference) && scanner.Space() && Pattern(ref scanner, reference, out var pattern)
                    ? new ImapCommand.Lsub(reference, pattern)
                    : null;
            case ImapVerb.GetQuota:
                return scanner.AStringText(out var root) ? new ImapCommand.GetQuota(root) : null;
            case ImapVerb.SetQuota:
                return SetQuota(ref scanner);
        }
        if (!scanner.Mailbox(out var mailbox))
            return null;
        if (mailbox.Length == 0)
        {
            scanner.Fail(ImapReplies.BadMailboxName);
            return null;
        }
        return verb switch
        {
            ImapVerb.Select or ImapVerb.Examine => Select(ref scanner, mailbox, verb == ImapVerb.Examine),
            ImapVerb.Create => Create(ref scanner, mailbox),
            ImapVerb.Delete => new ImapCommand.Delete(mailbox),
            ImapVerb.Rename => scanner.Space() && scanner.Mailbox(out var newName) ? new ImapCommand.Rename(mailbox, newName) : null,
            ImapVerb.Subscribe => new ImapCommand.Subscribe(mailbox),
            ImapVerb.Unsubscribe => new ImapCommand.Unsubscribe(mailbox),
            ImapVerb.Status => scanner.Space() && StatusItemList(ref scanner, out var items) ? new ImapCommand.Status(mailbox, items) : null,
            _ => new ImapCommand.GetQuotaRoot(mailbox),
        };
    }

    private static ImapCommand.Create? Create(ref ArgumentScanner scanner, string mailbox)
    {
        var uses = new List<string>();
        mailbox = mailbox.TrimEnd(ImapMailboxName.Separator);
        if (mailbox.Length == 0)
            scanner.Fail(ImapReplies.BadMailboxName);
        if (scanner.Error is not null)
            return null;
        if (scanner.SpaceBefore((byte)'('))
        {
            if (!scanner.Take((byte)'(') || !(scanner.WordIf("USE"u8) || scanner.Fail(ImapReplies.UnknownOption)) || !scanner.Space() || !scanner.Take((byte)'('))
                return null;
            while (!scanner.TakeIf((byte)')'))
            {
                if ((uses.Count > 0 && !scanner.Space()) || !scanner.Take((byte)'\\') || !scanner.Atom(out var use) || uses.Count == scanner.Limits.ListItemsMax)
                    return null;
                uses.Add("\\" + Encoding.Latin1.GetString(use));
            }
            if (!scanner.Take((byte)')'))
                return null;
        }
        return new ImapCommand.Create(mailbox, uses);
    }

    private static ImapCommand.Select? Select(ref ArgumentScanner scanner, string mailbox, bool isReadOnly)
    {
        var isCondStore = false;
        QResyncParameters? resynchronisation = null;
        if (scanner.SpaceBefore((byte)'('))
        {
            scanner.Take((byte)'(');
            do
            {
                if (scanner.WordIf("CONDSTORE"u8))
                    isCondStore = true;
                else if (!scanner.WordIf("QRESYNC"u8))
                    scanner.Fail(ImapReplies.UnknownOption);
                else if (scanner.Space())
                    resynchronisation = QResync(ref scanner);
            }
            while (scanner.Error is null && scanner.TakeIf((byte)' '));
            if (scanner.Error is not null || !scanner.Take((byte)')'))
                return null;
        }
        return new ImapCommand.Select(mailbox, isReadOnly, isCondStore, resynchronisation);
    }

    private static QResyncParameters? QResync(ref ArgumentScanner scanner)
    {
        if (!scanner.Take((byte)'(') || !scanner.Number32(1, out var uidValidity) || !scanner.Space() || !scanner.Number(out var modSeq))
            return null;
        if (modSeq == 0)
            scanner.Fail(ImapReplies.BadNumber);
        SequenceSet? known = null, sequence = null, uids = null;
        if (scanner.TakeIf((byte)' ') && scanner.Next != '(')
        {
            if (!SequenceSetParser.ParseKnown(ref scanner, out known))
                return null;
            scanner.TakeIf((byte)' ');
        }
        if (scanner.TakeIf((byte)'(')
            && !(SequenceSetParser.ParseKnown(ref scanner, out sequence) && scanner.Space()
                && SequenceSetParser.ParseKnown(ref scanner, out uids) && scanner.Take((byte)')')))
            return null;
        return scanner.Error is null && scanner.Take((byte)')') ? new QResyncParameters(uidValidity, (ulong)modSeq, known, sequence, uids) : null;
    }

    private static bool StatusItemList(ref ArgumentScanner scanner, out IReadOnlyList<StatusItem> items)
    {
        var found = new List<StatusItem>();
        items = found;
        if (!scanner.Take((byte)'('))
            return false;
        do
        {
            if (!scanner.Keyword(out var name))
                return false;
            if (!StatusItems.TryFind(name, out var item))
                return scanner.Fail(ImapReplies.UnknownOption);
            if (!found.Contains(item))
                found.Add(item);
        }
        while (scanner.TakeIf((byte)' '));
        return scanner.Take((byte)')');
    }

    private static ImapCommand.List? List(ref ArgumentScanner scanner)
    {
        var selection = ListSelection.None;
        var isExtended = scanner.Next == '(';
        if (isExtended && !(Selection(ref scanner, out selection) && scanner.Space()))
            return null;
        if (!Reference(ref scanner, out var reference) || !scanner.Space())
            return null;
        var patterns = new List<string>();
        if (scanner.TakeIf((byte)'('))
        {
            isExtended = true;
            do
            {
                if (!Pattern(ref scanner, reference, out var pattern))
                    return null;
                if (patterns.Count == scanner.Limits.ListItemsMax)
                    scanner.Fail(ImapReplies.ListTooLong);
                patterns.Add(pattern);
            }
            while (scanner.Error is null && scanner.TakeIf((byte)' '));
            if (scanner.Error is not null || !scanner.Take((byte)')'))
                return null;
        }
        else if (Pattern(ref scanner, reference, out var pattern))
        {
            patterns.Add(pattern);
        }
        else
        {
            return null;
        }
        var wanted = ListReturn.None;
        IReadOnlyList<StatusItem> items = [];
        if (scanner.SpaceThenWord("RETURN"u8))
        {
            isExtended = true;
            if (!scanner.Space() || !ReturnOptions(ref scanner, out wanted, out items))
                return null;
        }
        return new ImapCommand.List(reference, patterns, selection, wanted, items, isExtended);
    }

    private static bool Selection(ref ArgumentScanner scanner, out ListSelection selection)
    {
        selection = ListSelection.None;
        scanner.Take((byte)'(');
        while (!scanner.TakeIf((byte)')'))
        {
            if (!scanner.Keyword(out var word))
                return false;
            var option = word switch
            {
                "SUBSCRIBED" => ListSelection.Subscribed,
                "REMOTE" => ListSelection.Remote,
                "RECURSIVEMATCH" => ListSelection.RecursiveMatch,
                "SPECIAL-USE" => ListSelection.SpecialUse,
                _ => ListSelection.None,
            };
            if (option == ListSelection.None)
                return scanner.Fail(ImapReplies.UnknownOption);
            selection |= option;
            scanner.TakeIf((byte)' ');
        }
        // RFC 5258 3.1: it only widens another option.
        return (selection & (ListSelection.RecursiveMatch | ListSelection.Subscribed | ListSelection.SpecialUse)) != ListSelection.RecursiveMatch
            || scanner.Fail(ImapReplies.UnknownOption);
    }

    private static bool ReturnOptions(ref ArgumentScanner scanner, out ListReturn wanted, out IReadOnlyList<StatusItem> items)
    {
        wanted = ListReturn.None;
        items = [];
        if (!scanner.Take((byte)'('))
            return false;
        while (!scanner.TakeIf((byte)')'))
        {
            if (!scanner.Keyword(out var word))
                return false;
            var option = word switch
            {
                "SUBSCRIBED" => ListReturn.Subscribed,
                "CHILDREN" => ListReturn.Children,
                "SPECIAL-USE" => ListReturn.SpecialUse,
                "STATUS" => ListReturn.Status,
                _ => ListReturn.None,
            };
            if (option == ListReturn.None)
                return scanner.Fail(ImapReplies.UnknownOption);
            if (option == ListReturn.Status && !(scanner.Space() && StatusItemList(ref scanner, out items)))
                return false;
            wanted |= option;
            scanner.TakeIf((byte)' ');
        }
        return true;
    }

    /// <summary>A reference or pattern that is no modified UTF-7 fits no mailbox; it is no fault.</summary>
    private static string PatternText(ref ArgumentScanner scanner, ReadOnlySpan<byte> bytes) =>
        ImapMailboxName.TryRead(bytes, scanner.IsUtf8, out var name) ? name : Encoding.Latin1.GetString(bytes);

    private static bool Reference(ref ArgumentScanner scanner, out string reference)
    {
        var isRead = scanner.AString(out var bytes);
        reference = isRead ? PatternText(ref scanner, bytes) : "";
        return isRead;
    }

    private static bool Pattern(ref ArgumentScanner scanner, string reference, out string pattern)
    {
        var isRead = scanner.Pattern(out var bytes);
        pattern = isRead ? PatternText(ref scanner, bytes) : "";
        return isRead && (reference.Length + pattern.Length <= scanner.Limits.PatternCharactersMax || scanner.Fail(ImapReplies.PatternTooLong));
    }

    private static ImapCommand.SetQuota? SetQuota(ref ArgumentScanner scanner)
    {
        var limits = new List<KeyValuePair<string, long>>();
        if (!scanner.AStringText(out var root) || !scanner.Space() || !scanner.Take((byte)'('))
            return null;
        while (!scanner.TakeIf((byte)')'))
        {
            if (limits.Count == scanner.Limits.ListItemsMax)
                scanner.Fail(ImapReplies.ListTooLong);
            if (scanner.Error is not null
                || (limits.Count > 0 && !scanner.Space()) || !scanner.Keyword(out var resource) || !scanner.Space() || !scanner.Number(out var limit))
                return null;
            limits.Add(new(resource, limit));
        }
        return new ImapCommand.SetQuota(root, limits);
    }
}

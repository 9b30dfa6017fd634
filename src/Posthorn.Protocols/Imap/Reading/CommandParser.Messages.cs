using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Sorting;

namespace Posthorn.Protocols.Imap.Reading;

/// <content>Commands about messages.</content>
internal static partial class CommandParser
{
    private static ImapCommand? CopyOrMove(ref ArgumentScanner scanner, bool isUid, ImapVerb verb)
    {
        if (!SequenceSetParser.Parse(ref scanner, out var messages) || !scanner.Space() || !scanner.Mailbox(out var mailbox))
            return null;
        return verb == ImapVerb.Copy ? new ImapCommand.Copy(isUid, messages, mailbox) : new ImapCommand.Move(isUid, messages, mailbox);
    }

    private static ImapCommand.Store? Store(ref ArgumentScanner scanner, bool isUid)
    {
        if (!SequenceSetParser.Parse(ref scanner, out var messages) || !scanner.Space())
            return null;
        ulong? unchangedSince = null;
        if (scanner.TakeIf((byte)'('))
        {
            if (!(scanner.WordIf("UNCHANGEDSINCE"u8) || scanner.Fail(ImapReplies.UnknownOption))
                || !scanner.Space() || !scanner.Number(out var since) || !scanner.Take((byte)')') || !scanner.Space())
                return null;
            unchangedSince = (ulong)since;
        }
        var mode = scanner.TakeIf((byte)'+') ? StoreMode.Add : scanner.TakeIf((byte)'-') ? StoreMode.Remove : StoreMode.Replace;
        var isSilent = scanner.WordIf("FLAGS.SILENT"u8);
        if (!isSilent && !scanner.WordIf("FLAGS"u8))
        {
            scanner.Fail(ImapReplies.BadArguments);
            return null;
        }
        return scanner.Space() && FlagParser.ListOrBare(ref scanner, out var flags)
            ? new ImapCommand.Store(isUid, messages, new StoreAction(mode, flags, isSilent), unchangedSince)
            : null;
    }

    private static ImapCommand.Fetch? Fetch(ref ArgumentScanner scanner, bool isUid)
    {
        if (!SequenceSetParser.Parse(ref scanner, out var messages) || !scanner.Space() || !FetchItemParser.Parse(ref scanner, out var items))
            return null;
        ulong? changedSince = null;
        var isVanished = false;
        if (scanner.SpaceBefore((byte)'('))
        {
            scanner.Take((byte)'(');
            do
            {
                if (scanner.WordIf("CHANGEDSINCE"u8))
                    changedSince = scanner.Space() && scanner.Number(out var since) ? (ulong)since : null;
                else if (scanner.WordIf("VANISHED"u8))
                    isVanished = true;
                else
                    scanner.Fail(ImapReplies.UnknownOption);
            }
            while (scanner.Error is null && scanner.TakeIf((byte)' '));
            // RFC 7162 3.2.6: VANISHED is about UIDs, and since when.
            if (isVanished && (!isUid || changedSince is null))
                scanner.Fail(ImapReplies.UnknownOption);
            if (scanner.Error is not null || !scanner.Take((byte)')'))
                return null;
        }
        if (isUid && !items.Contains(s_uid))
            items.Insert(0, s_uid);
        if (changedSince is not null && !items.Contains(s_modSeq))
            items.Add(s_modSeq);
        return new ImapCommand.Fetch(isUid, messages, items, changedSince, isVanished);
    }

    private static readonly FetchItem s_uid = new FetchItem.Uid();
    private static readonly FetchItem s_modSeq = new FetchItem.ModSeq();

    private static ImapCommand.Search? Search(ref ArgumentScanner scanner, bool isUid)
    {
        SearchReturn? wanted = null;
        if (scanner.WordIf("RETURN"u8) && !(Return(ref scanner, out wanted) && scanner.Space()))
            return null;
        var charset = "UTF-8";
        if (scanner.WordIf("CHARSET"u8) && !(scanner.Space() && scanner.AStringText(out charset) && scanner.Space()))
            return null;
        return SearchKeyParser.Parse(ref scanner, charset, out var key) ? new ImapCommand.Search(isUid, wanted, key) : null;
    }

    private static bool Return(ref ArgumentScanner scanner, out SearchReturn? wanted)
    {
        wanted = null;
        var options = SearchReturn.None;
        if (!scanner.Space() || !scanner.Take((byte)'('))
            return false;
        while (!scanner.TakeIf((byte)')'))
        {
            if (!scanner.Keyword(out var word))
                return false;
            var option = word switch
            {
                "MIN" => SearchReturn.Min,
                "MAX" => SearchReturn.Max,
                "ALL" => SearchReturn.All,
                "COUNT" => SearchReturn.Count,
                "SAVE" => SearchReturn.Save,
                _ => SearchReturn.None,
            };
            if (option == SearchReturn.None)
                return scanner.Fail(ImapReplies.UnknownOption);
            options |= option;
            scanner.TakeIf((byte)' ');
        }
        wanted = options == SearchReturn.None ? SearchReturn.All : options; // RFC 4731 3.1
        return true;
    }

    private static ImapCommand.Sort? Sort(ref ArgumentScanner scanner, bool isUid)
    {
        SearchReturn? wanted = null;
        if (scanner.WordIf("RETURN"u8) && !(Return(ref scanner, out wanted) && scanner.Space()))
            return null;
        var keys = new List<SortKey>();
        if (!scanner.Take((byte)'('))
            return null;
        do
        {
            var isReverse = scanner.WordIf("REVERSE"u8) && scanner.Space();
            if (!scanner.Keyword(out var word))
                return null;
            if (!s_sortFields.TryGetValue(word, out var field) || keys.Count == scanner.Limits.ListItemsMax)
            {
                scanner.Fail(ImapReplies.BadSort);
                return null;
            }
            keys.Add(new SortKey(field, isReverse));
        }
        while (scanner.TakeIf((byte)' '));
        return scanner.Take((byte)')') && scanner.Space() && scanner.AStringText(out var charset) && scanner.Space()
            && SearchKeyParser.Parse(ref scanner, charset, out var key)
            ? new ImapCommand.Sort(isUid, wanted, keys, key)
            : null;
    }

    private static readonly Dictionary<string, SortField> s_sortFields = new(StringComparer.Ordinal)
    {
        ["ARRIVAL"] = SortField.Arrival,
        ["CC"] = SortField.Cc,
        ["DATE"] = SortField.Date,
        ["FROM"] = SortField.From,
        ["SIZE"] = SortField.Size,
        ["SUBJECT"] = SortField.Subject,
        ["TO"] = SortField.To,
        ["DISPLAYFROM"] = SortField.DisplayFrom,
        ["DISPLAYTO"] = SortField.DisplayTo,
    };

    private static ImapCommand.Thread? Thread(ref ArgumentScanner scanner, bool isUid)
    {
        if (!scanner.Keyword(out var name))
            return null;
        ThreadAlgorithm? algorithm = name switch
        {
            "ORDEREDSUBJECT" => ThreadAlgorithm.OrderedSubject,
            "REFERENCES" => ThreadAlgorithm.References,
            _ => null,
        };
        if (algorithm is null)
        {
            scanner.Fail(ImapReplies.BadThread);
            return null;
        }
        return scanner.Space() && scanner.AStringText(out var charset) && scanner.Space() && SearchKeyParser.Parse(ref scanner, charset, out var key)
            ? new ImapCommand.Thread(isUid, algorithm.Value, key)
            : null;
    }
}

using System.Text;
using System.Text.Unicode;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What SEARCH looks for (RFC 9051 9, search-key; RFC 3501, RFC 5032, RFC 7162, RFC 8474).</summary>
internal static class SearchKeyParser
{
    private static readonly SearchKey s_recent = new SearchKey.Flag(MailFlag.Recent);

    /// <summary>Keys without arguments.</summary>
    private static readonly Dictionary<string, SearchKey> s_plain = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ALL"] = new SearchKey.All(),
        ["ANSWERED"] = new SearchKey.Flag(MailFlag.Answered),
        ["DELETED"] = new SearchKey.Flag(MailFlag.Deleted),
        ["DRAFT"] = new SearchKey.Flag(MailFlag.Draft),
        ["FLAGGED"] = new SearchKey.Flag(MailFlag.Flagged),
        ["SEEN"] = new SearchKey.Flag(MailFlag.Seen),
        ["RECENT"] = s_recent,
        ["NEW"] = new SearchKey.And([s_recent, new SearchKey.Not(new SearchKey.Flag(MailFlag.Seen))]),
        ["OLD"] = new SearchKey.Not(s_recent),
        ["UNANSWERED"] = new SearchKey.Not(new SearchKey.Flag(MailFlag.Answered)),
        ["UNDELETED"] = new SearchKey.Not(new SearchKey.Flag(MailFlag.Deleted)),
        ["UNDRAFT"] = new SearchKey.Not(new SearchKey.Flag(MailFlag.Draft)),
        ["UNFLAGGED"] = new SearchKey.Not(new SearchKey.Flag(MailFlag.Flagged)),
        ["UNSEEN"] = new SearchKey.Not(new SearchKey.Flag(MailFlag.Seen)),
    };

    private static readonly Dictionary<string, (DateBasis Basis, DateRelation Relation)> s_dates = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BEFORE"] = (DateBasis.Internal, DateRelation.Before),
        ["ON"] = (DateBasis.Internal, DateRelation.On),
        ["SINCE"] = (DateBasis.Internal, DateRelation.Since),
        ["SENTBEFORE"] = (DateBasis.Sent, DateRelation.Before),
        ["SENTON"] = (DateBasis.Sent, DateRelation.On),
        ["SENTSINCE"] = (DateBasis.Sent, DateRelation.Since),
    };

    /// <summary>One key or more, all of which must fit.</summary>
    /// <param name="scanner">Stands at the first.</param>
    /// <param name="charset">What texts are written in; a text that is no UTF-8 without one is refused.</param>
    /// <param name="key">The key.</param>
    public static bool Parse(ref ArgumentScanner scanner, string charset, out SearchKey key)
    {
        key = s_recent;
        var encoding = MimeCharset.Find(charset);
        if (encoding is null)
            return scanner.Fail(ImapReplies.BadCharset);
        var progress = new Progress(encoding);
        return Keys(ref scanner, progress, depth: 1, out key);
    }

    private static bool Keys(ref ArgumentScanner scanner, Progress progress, int depth, out SearchKey key)
    {
        var keys = new List<SearchKey>();
        key = s_recent;
        do
        {
            if (!Key(ref scanner, progress, depth, out var one))
                return false;
            keys.Add(one);
        }
        while (!scanner.Rest.Trim((byte)' ').IsEmpty && scanner.Next == ' ' && scanner.Space());
        key = keys.Count == 1 ? keys[0] : new SearchKey.And(keys);
        return true;
    }

    private static bool Key(ref ArgumentScanner scanner, Progress progress, int depth, out SearchKey key)
    {
        key = s_recent;
        if (depth > scanner.Limits.SearchDepthMax)
            return scanner.Fail(ImapReplies.SearchTooDeep);
        if (++progress.Count > scanner.Limits.SearchKeysMax)
            return scanner.Fail(ImapReplies.SearchTooLong);
        if (scanner.TakeIf((byte)'('))
            return Keys(ref scanner, progress, depth + 1, out key) && scanner.Take((byte)')');
        if (scanner.Next is (byte)'*' or (byte)'$' or (>= (byte)'0' and <= (byte)'9'))
            return Set(ref scanner, isUid: false, out key);
        if (!scanner.Keyword(out var word))
            return scanner.Fail(ImapReplies.BadSearch);
        if (s_plain.TryGetValue(word, out var plain))
        {
            key = plain;
            return true;
        }
        if (scanner.Next != ' ')
            return scanner.Fail(ImapReplies.BadSearch);
        scanner.Space();
        return s_dates.TryGetValue(word, out var date)
            ? Date(ref scanner, date.Basis, date.Relation, out key)
            : WithArgument(ref scanner, progress, depth, word, out key);
    }

    private static bool WithArgument(ref ArgumentScanner scanner, Progress progress, int depth, string word, out SearchKey key)
    {
        switch (word)
        {
            case "NOT":
                var isKey = Key(ref scanner, progress, depth + 1, out var inner);
                key = new SearchKey.Not(inner);
                return isKey;
            case "OR":
                SearchKey second = s_recent;
                isKey = Key(ref scanner, progress, depth + 1, out var first) && scanner.Space() && Key(ref scanner, progress, depth + 1, out second);
                key = new SearchKey.Or(first, second);
                return isKey;
            case "UID":
                return Set(ref scanner, isUid: true, out key);
            case "BCC" or "CC" or "FROM" or "TO" or "SUBJECT":
                isKey = Text(ref scanner, progress, out var text);
                key = new SearchKey.Header(word, text);
                return isKey;
            case "HEADER":
                text = "";
                isKey = scanner.AStringText(out var field) && scanner.Space() && Text(ref scanner, progress, out text);
                key = new SearchKey.Header(field, text);
                return isKey;
            case "BODY" or "TEXT":
                isKey = Text(ref scanner, progress, out text);
                key = new SearchKey.Text(text, word == "TEXT");
                return isKey;
            case "KEYWORD" or "UNKEYWORD":
                isKey = scanner.Atom(out var keyword);
                key = new SearchKey.Flag(Encoding.Latin1.GetString(keyword));
                key = word == "KEYWORD" ? key : new SearchKey.Not(key);
                return isKey;
            default:
                return Number(ref scanner, word, out key);
        }
    }

    private static bool Number(ref ArgumentScanner scanner, string word, out SearchKey key)
    {
        key = s_recent;
        switch (word)
        {
            case "LARGER" or "SMALLER":
                var isNumber = scanner.Number(out var bytes);
                key = new SearchKey.Size(word == "LARGER", bytes);
                return isNumber;
            case "OLDER" or "YOUNGER":
                isNumber = scanner.Number32(1, out var seconds);
                key = new SearchKey.Age(word == "OLDER", seconds);
                return isNumber;
            case "MODSEQ":
                // RFC 7162 3.1.5: an entry and its kind may stand in front; all flags of a message share one mod-sequence here.
                if (scanner.Next == '"' && !(scanner.String(out _) && scanner.Space() && scanner.Keyword(out var kind)
                    && (kind is "ALL" or "PRIV" or "SHARED" || scanner.Fail(ImapReplies.BadSearch)) && scanner.Space()))
                    return false;
                isNumber = scanner.Number(out var value);
                key = new SearchKey.ModSeq((ulong)value);
                return isNumber;
            case "EMAILID":
                isNumber = scanner.AStringText(out var id);
                key = new SearchKey.EmailId(id);
                return isNumber;
            case "THREADID":
                isNumber = scanner.AStringText(out id);
                key = new SearchKey.ThreadId(id);
                return isNumber;
            default:
                return scanner.Fail(ImapReplies.BadSearch);
        }
    }

    private static bool Date(ref ArgumentScanner scanner, DateBasis basis, DateRelation relation, out SearchKey key)
    {
        var isDay = DateParser.Day(ref scanner, out var day);
        key = new SearchKey.Date(basis, relation, day);
        return isDay;
    }

    private static bool Set(ref ArgumentScanner scanner, bool isUid, out SearchKey key)
    {
        var isSet = SequenceSetParser.Parse(ref scanner, out var set);
        key = new SearchKey.Sequence(set, isUid);
        return isSet;
    }

    private static bool Text(ref ArgumentScanner scanner, Progress progress, out string text)
    {
        text = "";
        if (!scanner.AString(out var bytes))
            return false;
        // ASCII named and UTF-8 sent: many clients do, and it means the same.
        if (ReferenceEquals(progress.Encoding, Encoding.ASCII) || ReferenceEquals(progress.Encoding, Encoding.UTF8))
        {
            if (!Utf8.IsValid(bytes))
                return scanner.Fail(ImapReplies.NotUtf8);
            text = Encoding.UTF8.GetString(bytes);
            return true;
        }
        text = progress.Encoding.GetString(bytes);
        return true;
    }

    private sealed class Progress(Encoding encoding)
    {
        public Encoding Encoding { get; } = encoding;

        /// <summary>Keys so far.</summary>
        public int Count { get; set; }
    }
}

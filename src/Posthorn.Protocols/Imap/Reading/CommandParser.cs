using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>The grammar of commands (RFC 9051 9 and the extensions'), whole ones with their literals in them. What cannot be understood is answered.</summary>
internal static partial class CommandParser
{
    /// <summary>Longest tag taken. Clients use some five characters.</summary>
    public const int TagBytesMax = 128;

    /// <summary>Most parameters of ID (RFC 2971 3.3).</summary>
    private const int IdParametersMax = 30;

    /// <summary>Understands a command, or says what to reply.</summary>
    /// <param name="text">The command without its last line end.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="isUtf8">How names of mailboxes are encoded.</param>
    public static ImapInput Parse(ReadOnlySpan<byte> text, ImapLimits limits, bool isUtf8)
    {
        var tag = TagOf(text);
        if (tag is null)
            return new ImapInput.Refused(null, IsForeign(text) ? ImapReplies.NotImap : ImapReplies.NoTag);
        var scanner = new ArgumentScanner(text, limits, isUtf8);
        scanner.Skip(tag.Length);
        if (scanner.IsAtEnd)
            return new ImapInput.Refused(tag, ImapReplies.NoCommand);
        var command = Command(ref scanner);
        if (command is not null && scanner.End())
            return new ImapInput.Complete(tag, command);
        var reply = scanner.Error ?? ImapReplies.BadArguments;
        return new ImapInput.Refused(tag, ReferenceEquals(reply, ImapReplies.UnknownCommand) && IsForeign(text) ? ImapReplies.NotImap : reply);
    }

    /// <summary>The tag at the start of a command; null when there is none.</summary>
    public static string? TagOf(ReadOnlySpan<byte> text)
    {
        var scanner = new ArgumentScanner(text, ImapLimits.Default, isUtf8: false);
        return scanner.Tag(out var tag) && tag.Length <= TagBytesMax && Ascii.IsValid(tag) ? Encoding.ASCII.GetString(tag) : null;
    }

    /// <summary>Whether the text, a tag and a word at least, is of a command that is known: literals of others are not asked for.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> text)
    {
        var scanner = new ArgumentScanner(text, ImapLimits.Default, isUtf8: false);
        return scanner.Tag(out _) && scanner.Space() && Verb(ref scanner, out _) != ImapVerb.Unknown;
    }

    private static ImapVerb Verb(ref ArgumentScanner scanner, out bool isUid)
    {
        isUid = scanner.WordIf("UID"u8) && scanner.Space();
        if (!scanner.Atom(out var word) || word.Length > 16)
            return ImapVerb.Unknown;
        Span<char> name = stackalloc char[word.Length];
        Encoding.Latin1.GetChars(word, name);
        var verb = ImapVerbs.Find(name);
        return isUid && !ImapVerbs.HasUidForm(verb) ? ImapVerb.Unknown : verb;
    }

    private static ImapCommand? Command(ref ArgumentScanner scanner)
    {
        if (!scanner.Space())
            return null;
        var verb = Verb(ref scanner, out var isUid);
        switch (verb)
        {
            case ImapVerb.Unknown:
                scanner.Fail(ImapReplies.UnknownCommand);
                return null;
            case ImapVerb.Append:
                scanner.Fail(ImapReplies.BadAppend); // the reader takes those with messages
                return null;
            case ImapVerb.Capability or ImapVerb.Noop or ImapVerb.Logout or ImapVerb.StartTls or ImapVerb.Namespace or ImapVerb.Idle
                or ImapVerb.Check or ImapVerb.Close or ImapVerb.Unselect:
                return new ImapCommand.Plain(verb);
            case ImapVerb.Expunge when !isUid:
                return new ImapCommand.Expunge(null);
        }
        // RFC 9051: everything else has an argument.
        if (!scanner.Space())
            return null;
        return verb switch
        {
            ImapVerb.Id => Id(ref scanner),
            ImapVerb.Authenticate => Authenticate(ref scanner),
            ImapVerb.Login => scanner.AStringText(out var user) && scanner.Space() && scanner.AStringText(out var password)
                ? new ImapCommand.Login(user, password)
                : null,
            ImapVerb.Compress => scanner.Keyword(out var algorithm) ? new ImapCommand.Compress(algorithm) : null,
            ImapVerb.Enable => Enable(ref scanner),
            ImapVerb.Expunge => SequenceSetParser.Parse(ref scanner, out var uids) ? new ImapCommand.Expunge(uids) : null,
            ImapVerb.Search => Search(ref scanner, isUid),
            ImapVerb.Sort => Sort(ref scanner, isUid),
            ImapVerb.Thread => Thread(ref scanner, isUid),
            ImapVerb.Fetch => Fetch(ref scanner, isUid),
            ImapVerb.Store => Store(ref scanner, isUid),
            ImapVerb.Copy or ImapVerb.Move => CopyOrMove(ref scanner, isUid, verb),
            _ => MailboxCommand(ref scanner, verb),
        };
    }

    private static ImapCommand.Id? Id(ref ArgumentScanner scanner)
    {
        var parameters = new List<KeyValuePair<string, string?>>();
        if (scanner.WordIf("NIL"u8))
            return new ImapCommand.Id(parameters);
        if (!scanner.Take((byte)'('))
            return null;
        while (!scanner.TakeIf((byte)')'))
        {
            if (parameters.Count == IdParametersMax)
                scanner.Fail(ImapReplies.ListTooLong);
            if (scanner.Error is not null
                || (parameters.Count > 0 && !scanner.Space())
                || !scanner.String(out var name) || !scanner.Text(name, out var nameText)
                || !scanner.Space()
                || !scanner.NString(out var value, out var isNil) || !scanner.Text(value, out var valueText))
                return null;
            parameters.Add(new(nameText, isNil ? null : valueText));
        }
        return new ImapCommand.Id(parameters);
    }

    private static ImapCommand.Authenticate? Authenticate(ref ArgumentScanner scanner)
    {
        if (!scanner.Keyword(out var mechanism))
            return null;
        string? initial = null;
        if (scanner.TakeIf((byte)' '))
        {
            // Base64, whose padding is no atom's: the rest of the line.
            var rest = scanner.Rest.Trim((byte)' ');
            if (rest.Contains((byte)' ') || !Ascii.IsValid(rest))
            {
                scanner.Fail(ImapReplies.BadArguments);
                return null;
            }
            initial = rest.IsEmpty ? null : Encoding.ASCII.GetString(rest);
            scanner.Skip(scanner.Rest.Length);
        }
        return new ImapCommand.Authenticate(mechanism, initial);
    }

    private static ImapCommand.Enable? Enable(ref ArgumentScanner scanner)
    {
        var names = new List<string>();
        do
        {
            if (!scanner.Keyword(out var name))
                return null;
            if (names.Count == scanner.Limits.ListItemsMax)
            {
                scanner.Fail(ImapReplies.ListTooLong);
                return null;
            }
            names.Add(name);
        }
        while (scanner.TakeIf((byte)' ') && !scanner.IsAtEnd);
        return new ImapCommand.Enable(names);
    }

    /// <summary>Lines that begin other protocols: HTTP's and SMTP's.</summary>
    private static bool IsForeign(ReadOnlySpan<byte> text)
    {
        foreach (var word in (ReadOnlySpan<string>)["GET /", "POST /", "PUT /", "HEAD /", "OPTIONS ", "CONNECT ", "EHLO ", "HELO ", "Host: "])
            if (text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word))
                return true;
        return false;
    }
}

using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What FETCH asks for (RFC 9051 9, fetch-att; RFC 3501, RFC 3516, RFC 7162, RFC 8474).</summary>
internal static class FetchItemParser
{
    private static readonly FetchItem s_flags = new FetchItem.Flags();
    private static readonly FetchItem s_internalDate = new FetchItem.InternalDate();
    private static readonly FetchItem s_size = new FetchItem.Size();
    private static readonly FetchItem s_envelope = new FetchItem.Envelope();
    private static readonly FetchItem s_body = new FetchItem.Structure(IsExtended: false);

    private static readonly Dictionary<string, FetchItem[]> s_macros = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ALL"] = [s_flags, s_internalDate, s_size, s_envelope],
        ["FAST"] = [s_flags, s_internalDate, s_size],
        ["FULL"] = [s_flags, s_internalDate, s_size, s_envelope, s_body],
    };

    private static readonly Dictionary<string, FetchItem> s_items = new(StringComparer.OrdinalIgnoreCase)
    {
        ["UID"] = new FetchItem.Uid(),
        ["FLAGS"] = s_flags,
        ["INTERNALDATE"] = s_internalDate,
        ["RFC822.SIZE"] = s_size,
        ["ENVELOPE"] = s_envelope,
        ["BODY"] = s_body,
        ["BODYSTRUCTURE"] = new FetchItem.Structure(IsExtended: true),
        ["MODSEQ"] = new FetchItem.ModSeq(),
        ["EMAILID"] = new FetchItem.EmailId(),
        ["THREADID"] = new FetchItem.ThreadId(),
        ["RFC822"] = new FetchItem.Body(FetchSection.Whole, null, IsPeek: false, BodyLabel.Rfc822),
        ["RFC822.HEADER"] = new FetchItem.Body(FetchSection.Header, null, IsPeek: true, BodyLabel.Rfc822Header),
        ["RFC822.TEXT"] = new FetchItem.Body(FetchSection.BodyText, null, IsPeek: false, BodyLabel.Rfc822Text),
    };

    private static readonly Dictionary<string, SectionText> s_texts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["HEADER"] = SectionText.Header,
        ["HEADER.FIELDS"] = SectionText.HeaderFields,
        ["HEADER.FIELDS.NOT"] = SectionText.HeaderFieldsNot,
        ["TEXT"] = SectionText.Text,
        ["MIME"] = SectionText.Mime,
    };

    private static readonly SearchValues<byte> s_nameEnd = SearchValues.Create(" ()[]<>\"{\\"u8);

    /// <summary>A macro, an item, or items in parentheses; each once.</summary>
    public static bool Parse(ref ArgumentScanner scanner, out List<FetchItem> items)
    {
        items = [];
        if (!scanner.TakeIf((byte)'('))
        {
            var name = Name(ref scanner);
            if (!s_macros.TryGetValue(name, out var macro))
                return Item(ref scanner, name, items);
            items.AddRange(macro);
            return true;
        }
        do
        {
            if (items.Count == scanner.Limits.ListItemsMax)
                return scanner.Fail(ImapReplies.ListTooLong);
            if (!Item(ref scanner, Name(ref scanner), items))
                return false;
        }
        while (scanner.TakeIf((byte)' '));
        return scanner.Take((byte)')');
    }

    private static string Name(ref ArgumentScanner scanner)
    {
        var length = scanner.Rest.IndexOfAny(s_nameEnd);
        var name = Encoding.Latin1.GetString(length < 0 ? scanner.Rest : scanner.Rest[..length]);
        scanner.Skip(name.Length);
        return name;
    }

    private static bool Item(ref ArgumentScanner scanner, string name, List<FetchItem> items)
    {
        FetchItem? item;
        if (scanner.TakeIf((byte)'['))
            item = Bracketed(ref scanner, name.ToUpperInvariant());
        else if (!s_items.TryGetValue(name, out item))
            scanner.Fail(ImapReplies.BadFetchItem);
        if (item is null || scanner.Error is not null)
            return scanner.Fail(ImapReplies.BadFetchItem);
        if (!items.Contains(item))
            items.Add(item);
        return true;
    }

    private static FetchItem? Bracketed(ref ArgumentScanner scanner, string name)
    {
        switch (name)
        {
            case "BODY" or "BODY.PEEK":
                return Section(ref scanner, out var section) && Partial(ref scanner, out var piece)
                    ? new FetchItem.Body(section, piece, name != "BODY", BodyLabel.Body)
                    : null;
            case "BINARY" or "BINARY.PEEK":
                return Path(ref scanner, out var path, out _) && TakeEnd(ref scanner) && Partial(ref scanner, out piece)
                    ? new FetchItem.Binary(path, piece, name != "BINARY")
                    : null;
            case "BINARY.SIZE":
                return Path(ref scanner, out path, out _) && TakeEnd(ref scanner) ? new FetchItem.BinarySize(path) : null;
            default:
                return null;
        }
    }

    private static bool TakeEnd(ref ArgumentScanner scanner) => scanner.TakeIf((byte)']') || scanner.Fail(ImapReplies.BadSection);

    /// <summary>The numbers of a part; <paramref name="endsWithDot"/>: a word follows.</summary>
    private static bool Path(ref ArgumentScanner scanner, out PartPath path, out bool endsWithDot)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        path = default;
        endsWithDot = false;
        while (scanner.Next is >= (byte)'0' and <= (byte)'9')
        {
            if (!scanner.Number32(1, out var number) || number > int.MaxValue || numbers.Count == PartPath.DepthMax)
                return scanner.Fail(ImapReplies.BadSection);
            numbers.Add((int)number);
            endsWithDot = scanner.TakeIf((byte)'.');
            if (!endsWithDot)
                break;
        }
        path = new PartPath(numbers.ToImmutable());
        return !endsWithDot || scanner.Next != ']' || scanner.Fail(ImapReplies.BadSection);
    }

    private static bool Section(ref ArgumentScanner scanner, out FetchSection section)
    {
        section = FetchSection.Whole;
        if (!Path(ref scanner, out var path, out var endsWithDot))
            return false;
        if (scanner.TakeIf((byte)']'))
        {
            section = path.IsRoot ? FetchSection.Whole : new FetchSection(path, SectionText.Whole, []);
            return true;
        }
        // MIME is of a part (RFC 9051 6.4.5.1): the mail has HEADER.
        if ((!path.IsRoot && !endsWithDot) || !s_texts.TryGetValue(Name(ref scanner), out var text) || (text == SectionText.Mime && path.IsRoot))
            return scanner.Fail(ImapReplies.BadSection);
        IReadOnlyList<string> fields = [];
        if (text is SectionText.HeaderFields or SectionText.HeaderFieldsNot && !Fields(ref scanner, out fields))
            return false;
        section = new FetchSection(path, text, fields);
        return TakeEnd(ref scanner);
    }

    private static bool Fields(ref ArgumentScanner scanner, out IReadOnlyList<string> fields)
    {
        var names = new List<string>();
        fields = names;
        if (!scanner.Space() || !scanner.Take((byte)'('))
            return false;
        do
        {
            if (names.Count == scanner.Limits.ListItemsMax)
                return scanner.Fail(ImapReplies.ListTooLong);
            if (!scanner.AStringText(out var name))
                return false;
            names.Add(name);
        }
        while (scanner.TakeIf((byte)' '));
        return scanner.Take((byte)')');
    }

    private static bool Partial(ref ArgumentScanner scanner, out PartialRange? partial)
    {
        partial = null;
        if (!scanner.TakeIf((byte)'<'))
            return true;
        if (!scanner.Number32(0, out var offset) || !scanner.Take((byte)'.') || !scanner.Number32(1, out var length) || !scanner.Take((byte)'>'))
            return false;
        partial = new PartialRange(offset, length);
        return true;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Posthorn.Protocols.Imap.Mailboxes;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>Reads a command's text from left to right, token by token (RFC 9051 9); literals stand in it with their marks. The first failure is kept.</summary>
internal ref struct ArgumentScanner
{
    private static readonly SearchValues<byte> s_atomEnd = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7F, .. "(){%*\"\\]"u8]);

    /// <summary>As an atom, but <c>]</c> is allowed.</summary>
    private static readonly SearchValues<byte> s_astringEnd = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7F, .. "(){%*\"\\"u8]);

    /// <summary>As an atom, but wildcards and <c>]</c> are allowed (list-char).</summary>
    private static readonly SearchValues<byte> s_patternEnd = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7F, .. "(){\"\\"u8]);

    private readonly ReadOnlySpan<byte> _text;
    private int _at;

    public ArgumentScanner(ReadOnlySpan<byte> text, ImapLimits limits, bool isUtf8)
    {
        _text = text;
        Limits = limits;
        IsUtf8 = isUtf8;
    }

    public ImapLimits Limits { get; }

    public bool IsUtf8 { get; }

    /// <summary>Why it failed; null while it has not.</summary>
    public ImapReply? Error { get; private set; }

    /// <summary>What is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _text[_at..];

    public readonly bool IsAtEnd => _at == _text.Length;

    /// <summary>The next byte; 0 at the end.</summary>
    public readonly byte Next => _at < _text.Length ? _text[_at] : (byte)0;

    /// <summary>Goes over bytes that were understood.</summary>
    public void Skip(int length) => _at += length;

    public bool Fail(ImapReply reply)
    {
        Error ??= reply;
        return false;
    }

    /// <summary>A byte that must stand here.</summary>
    public bool Take(byte expected) => TakeIf(expected) || Fail(IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadArguments);

    /// <summary>A byte that may stand here.</summary>
    public bool TakeIf(byte expected)
    {
        if (Next != expected || IsAtEnd)
            return false;
        _at++;
        return true;
    }

    /// <summary>The space between arguments; more than one is a client's fault that confuses nobody.</summary>
    public bool Space()
    {
        if (!Take((byte)' '))
            return false;
        while (TakeIf((byte)' '))
        {
        }
        return true;
    }

    /// <summary>Whether a space and then this byte follow; both are taken then, the byte is not. For what is optional.</summary>
    public bool SpaceBefore(byte next)
    {
        var rest = Rest.TrimStart((byte)' ');
        if (rest.Length == Rest.Length || rest.IsEmpty || rest[0] != next)
            return false;
        _at = _text.Length - rest.Length;
        return true;
    }

    /// <summary>Whether a space and then this word follow, compared without case; both are taken then.</summary>
    public bool SpaceThenWord(ReadOnlySpan<byte> word)
    {
        var rest = Rest.TrimStart((byte)' ');
        if (rest.Length == Rest.Length || !StartsWithWord(rest, word))
            return false;
        _at = _text.Length - rest.Length + word.Length;
        return true;
    }

    /// <summary>Whether this word stands here, compared without case; it is taken then.</summary>
    public bool WordIf(ReadOnlySpan<byte> word)
    {
        if (!StartsWithWord(Rest, word))
            return false;
        _at += word.Length;
        return true;
    }

    /// <summary>The end; spaces before it do no harm.</summary>
    public bool End() => Rest.Trim((byte)' ').IsEmpty || Fail(ImapReplies.TooManyArguments);

    public bool Atom(out ReadOnlySpan<byte> atom) => Run(s_atomEnd, out atom) || Fail(IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadArguments);

    /// <summary>An atom as text, in upper case.</summary>
    public bool Keyword(out string word)
    {
        var isAtom = Atom(out var atom);
        word = isAtom ? Encoding.Latin1.GetString(atom).ToUpperInvariant() : "";
        return isAtom;
    }

    /// <summary>A tag: as an atom, with <c>]</c> and without <c>+</c>.</summary>
    public bool Tag(out ReadOnlySpan<byte> tag) => Run(s_astringEnd, out tag) && !tag.Contains((byte)'+');

    /// <summary>An atom, a quoted string or a literal.</summary>
    public bool AString(out ReadOnlySpan<byte> text) =>
        Next is (byte)'"' or (byte)'{' ? String(out text) : Run(s_astringEnd, out text) || Fail(IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadArguments);

    /// <summary>A pattern of LIST.</summary>
    public bool Pattern(out ReadOnlySpan<byte> text) =>
        Next is (byte)'"' or (byte)'{' ? String(out text) : Run(s_patternEnd, out text) || Fail(IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadArguments);

    /// <summary>A quoted string or a literal.</summary>
    public bool String(out ReadOnlySpan<byte> text)
    {
        text = default;
        return Next switch
        {
            (byte)'"' => Quoted(out text),
            (byte)'{' => Literal(out text),
            _ => Fail(IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadArguments),
        };
    }

    /// <summary>A string, or NIL: <paramref name="isNil"/>.</summary>
    public bool NString(out ReadOnlySpan<byte> text, out bool isNil)
    {
        text = default;
        isNil = WordIf("NIL"u8);
        return isNil || String(out text);
    }

    /// <summary>An astring as UTF-8 text.</summary>
    public bool AStringText(out string text)
    {
        text = "";
        return AString(out var bytes) && Text(bytes, out text);
    }

    /// <summary>A mailbox's name.</summary>
    public bool Mailbox(out string name)
    {
        name = "";
        return AString(out var bytes) && (ImapMailboxName.TryRead(bytes, IsUtf8, out name) || Fail(ImapReplies.BadMailboxName));
    }

    public bool Text(ReadOnlySpan<byte> bytes, out string text)
    {
        var isText = System.Text.Unicode.Utf8.IsValid(bytes);
        text = isText ? Encoding.UTF8.GetString(bytes) : "";
        return isText || Fail(ImapReplies.NotUtf8);
    }

    /// <summary>A number of at most 63 bits.</summary>
    public bool Number(out long number)
    {
        number = 0;
        if (Next is < (byte)'0' or > (byte)'9' || !Utf8Parser.TryParse(Rest, out number, out var digits))
            return Fail(ImapReplies.BadNumber);
        _at += digits;
        return true;
    }

    /// <summary>A number of 32 bits, <paramref name="min"/> or more.</summary>
    public bool Number32(uint min, out uint number)
    {
        var isRight = Number(out var value) && (value >= min && value <= uint.MaxValue || Fail(ImapReplies.BadNumber));
        number = isRight ? (uint)value : 0;
        return isRight;
    }

    private static bool StartsWithWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word) && (text.Length == word.Length || s_atomEnd.Contains(text[word.Length]));

    private bool Run(SearchValues<byte> end, out ReadOnlySpan<byte> run)
    {
        var length = Rest.IndexOfAny(end);
        run = length < 0 ? Rest : Rest[..length];
        _at += run.Length;
        return !run.IsEmpty;
    }

    private bool Quoted(out ReadOnlySpan<byte> text)
    {
        text = default;
        var inside = Rest[1..];
        var end = inside.IndexOfAny((byte)'"', (byte)'\\');
        if (end >= 0 && inside[end] == '"')
        {
            text = inside[..end];
            _at += end + 2;
        }
        else if (end < 0 || !Unescape(inside, end, out text))
        {
            return Fail(ImapReplies.BadArguments);
        }
        return !text.ContainsAny("\r\n\0"u8) || Fail(ImapReplies.BadArguments);
    }

    private bool Unescape(ReadOnlySpan<byte> inside, int firstEscape, out ReadOnlySpan<byte> text)
    {
        var plain = new byte[inside.Length];
        inside[..firstEscape].CopyTo(plain);
        var length = firstEscape;
        text = default;
        for (var i = firstEscape; i < inside.Length; i++)
        {
            var b = inside[i];
            if (b == '"')
            {
                _at += i + 2;
                text = plain.AsSpan(0, length);
                return true;
            }
            if (b == '\\' && (++i == inside.Length || (b = inside[i]) is not ((byte)'"' or (byte)'\\')))
                return false;
            plain[length++] = b;
        }
        return false;
    }

    private bool Literal(out ReadOnlySpan<byte> text)
    {
        text = default;
        var lineEnd = Rest.IndexOf((byte)'\n');
        if (lineEnd < 0 || !LiteralMark.TryFind(Rest[..(lineEnd + 1)], out var mark) || mark.IsBinary)
            return Fail(ImapReplies.BadArguments);
        // The reader put just so many bytes behind the mark; a mark that stands inside a line is none.
        var start = lineEnd + 1;
        if (mark.Size < 0 || mark.Size > Rest.Length - start || Rest[0] != '{' || mark.Length < Rest[..lineEnd].TrimEnd((byte)'\r').Length)
            return Fail(ImapReplies.BadArguments);
        text = Rest.Slice(start, (int)mark.Size);
        _at += start + text.Length;
        return !text.Contains((byte)0) || Fail(ImapReplies.BadArguments); // RFC 9051 4.3: CHAR8
    }
}

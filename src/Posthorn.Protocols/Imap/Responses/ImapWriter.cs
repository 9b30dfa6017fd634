using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Posthorn.Protocols.Imap.Mailboxes;

namespace Posthorn.Protocols.Imap.Responses;

/// <summary>
/// Writes what a server says (RFC 9051 7), each response whole with its CRLF, except FETCH, which is begun, filled item by item and ended. Strings are
/// quoted when they may be, else literals. Nothing is flushed.
/// </summary>
public sealed partial class ImapWriter
{
    /// <summary>Longest quoted string; longer ones are literals, which need no look-ahead from the client's reader.</summary>
    private const int QuotedBytesMax = 1_000;

    /// <summary>What a quoted string may hold: ASCII without NUL, CR and LF (RFC 9051 9, QUOTED-CHAR).</summary>
    private static readonly SearchValues<byte> s_quotable =
        SearchValues.Create([.. Enumerable.Range(1, 0x7F).Where(b => b is not ('\r' or '\n')).Select(b => (byte)b)]);

    private static readonly SearchValues<byte> s_escaped = SearchValues.Create("\"\\"u8);

    /// <summary>What an astring may be made of without quotes (RFC 9051 9, ASTRING-CHAR).</summary>
    private static readonly SearchValues<byte> s_astring =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Where(b => !"(){%*\"\\".Contains((char)b, StringComparison.Ordinal)).Select(b => (byte)b)]);

    private readonly IBufferWriter<byte> _output;

    /// <summary>Writes to <paramref name="output"/>.</summary>
    public ImapWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>Whether the client enabled UTF8=ACCEPT or IMAP4rev2: quoted strings and mailbox names then are UTF-8 (RFC 6855 3, RFC 9051 5.1).</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>Where to it writes: what a literal holds is written there behind its head.</summary>
    public IBufferWriter<byte> Output => _output;

    /// <summary>The answer to a command; untagged when <paramref name="tag"/> is null, and always for BYE.</summary>
    public void Reply(string? tag, ImapReply reply)
    {
        Text(tag is null || reply.Status is ImapStatus.Bye or ImapStatus.PreAuth ? "*" : tag);
        Write(reply.Status switch
        {
            ImapStatus.Ok => " OK "u8,
            ImapStatus.No => " NO "u8,
            ImapStatus.Bad => " BAD "u8,
            ImapStatus.Bye => " BYE "u8,
            _ => " PREAUTH "u8,
        });
        if (reply.Code is { } code)
        {
            Write("["u8);
            Text(code);
            Write("] "u8);
        }
        Text(reply.Text);
        EndLine();
    }

    /// <summary>An untagged status response.</summary>
    public void Untagged(ImapReply reply) => Reply(null, reply);

    /// <summary>Asks for the rest of a command, or for a SASL answer when <paramref name="text"/> is base64 (RFC 9051 7.5). May be empty.</summary>
    public void Continue(string text)
    {
        Write("+ "u8);
        Text(text);
        EndLine();
    }

    /// <summary>A string, or NIL for null.</summary>
    public void NString(string? text)
    {
        if (text is null)
            Write("NIL"u8);
        else
            String(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A string of bytes: quoted when it may be, else a literal.</summary>
    public void String(ReadOnlySpan<byte> bytes)
    {
        var isQuotable = bytes.Length <= QuotedBytesMax
            && (!bytes.ContainsAnyExcept(s_quotable) || (IsUtf8 && !bytes.ContainsAny("\r\n\0"u8) && Utf8.IsValid(bytes)));
        if (!isQuotable)
        {
            LiteralHead(bytes.Length, isBinary: false);
            Write(bytes);
            return;
        }
        Write("\""u8);
        while (bytes.IndexOfAny(s_escaped) is >= 0 and var at)
        {
            Write(bytes[..at]);
            Write("\\"u8);
            Write(bytes.Slice(at, 1));
            bytes = bytes[(at + 1)..];
        }
        Write(bytes);
        Write("\""u8);
    }

    /// <summary>A string as an atom when it may be one.</summary>
    public void AString(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var isAtom = bytes.Length > 0 && !bytes.AsSpan().ContainsAnyExcept(s_astring) && !text.Equals("NIL", StringComparison.OrdinalIgnoreCase);
        if (isAtom)
            Write(bytes);
        else
            String(bytes);
    }

    /// <summary>A mailbox's name: in modified UTF-7 unless <see cref="IsUtf8"/>.</summary>
    public void Mailbox(string name) => AString(IsUtf8 ? name : ModifiedUtf7.Encode(name));

    /// <summary>The head of a literal; its bytes, just so many, must follow (<see cref="Output"/>).</summary>
    public void LiteralHead(long length, bool isBinary)
    {
        Write(isBinary ? "~{"u8 : "{"u8);
        Number(length);
        Write("}\r\n"u8);
    }

    /// <summary>Bytes as they are.</summary>
    internal void Raw(ReadOnlySpan<byte> bytes) => Write(bytes);

    internal void Number(long number)
    {
        var span = _output.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out var written);
        _output.Advance(written);
    }

    private void FlagList(IEnumerable<string> flags)
    {
        Write("("u8);
        var isFirst = true;
        foreach (var flag in flags)
        {
            if (!isFirst)
                Write(" "u8);
            isFirst = false;
            Text(flag);
        }
        Write(")"u8);
    }

    private void DateTime(DateTimeOffset time)
    {
        // RFC 9051 9, date-time: the day is filled up with a space.
        Span<byte> text = stackalloc byte[32];
        var offset = time.Offset;
        Utf8.TryWrite(
            text, CultureInfo.InvariantCulture,
            $"\"{time.Day,2}-{time:MMM-yyyy HH:mm:ss} {(offset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(offset.Hours):00}{Math.Abs(offset.Minutes):00}\"",
            out var written);
        Write(text[..written]);
    }

    private void Range(Commands.NumberRange range)
    {
        Number(range.First);
        if (range.First == range.Last)
            return;
        Write(":"u8);
        Number(range.Last);
    }

    private void Text(string text)
    {
        var span = _output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    private void EndLine() => Write("\r\n"u8);
}

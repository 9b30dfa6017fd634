using System.Buffers;
using System.Buffers.Text;
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
    private static readonly SearchValues<char> s_astring =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(b => (char)b).Where(c => !"(){%*\"\\".Contains(c, StringComparison.Ordinal))]);

    private const int UnitBytesMax = 3; // a UTF-16 unit in UTF-8

    private const int NumberBytesMax = 20;

    private const int GatheredBytes = 4_096;

    private readonly IBufferWriter<byte> _output;

    /// <summary>What was written of a FETCH and not yet passed on; null outside of one. Its many small pieces would else each cost a call of a pipe.</summary>
    private byte[]? _gathered;
    private int _gatheredLength;

    /// <summary>Writes to <paramref name="output"/>.</summary>
    public ImapWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>Whether the client enabled UTF8=ACCEPT or IMAP4rev2: quoted strings and mailbox names then are UTF-8 (RFC 6855 3, RFC 9051 5.1).</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>Where to it writes: what a literal holds is written there behind its head. To be asked for anew each time: all that was written so far is there then.</summary>
    public IBufferWriter<byte> Output
    {
        get
        {
            Pass();
            return _output;
        }
    }

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
        var isAtom = text.Length > 0 && !text.AsSpan().ContainsAnyExcept(s_astring) && !text.Equals("NIL", StringComparison.OrdinalIgnoreCase);
        if (isAtom)
            Text(text);
        else
            String(Encoding.UTF8.GetBytes(text));
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
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var written);
        Took(written);
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
        // RFC 9051 9, date-time: the day is filled up with a space. By hand: a format string costs as much as half of an ENVELOPE.
        Span<byte> text = stackalloc byte[28];
        "\"dd-MMM-yyyy HH:mm:ss +hhmm\""u8.CopyTo(text);
        TwoDigits(text[1..], time.Day);
        if (time.Day < 10)
            text[1] = (byte)' ';
        "JanFebMarAprMayJunJulAugSepOctNovDec"u8.Slice((time.Month - 1) * 3, 3).CopyTo(text[4..]);
        TwoDigits(text[8..], time.Year / 100);
        TwoDigits(text[10..], time.Year % 100);
        TwoDigits(text[13..], time.Hour);
        TwoDigits(text[16..], time.Minute);
        TwoDigits(text[19..], time.Second);
        text[22] = time.Offset < TimeSpan.Zero ? (byte)'-' : (byte)'+';
        TwoDigits(text[23..], Math.Abs(time.Offset.Hours));
        TwoDigits(text[25..], Math.Abs(time.Offset.Minutes));
        Write(text);
    }

    private static void TwoDigits(Span<byte> text, int number) => (text[0], text[1]) = ((byte)('0' + (number / 10)), (byte)('0' + (number % 10)));

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
        var bytesMax = text.Length * UnitBytesMax;
        if (bytesMax <= GatheredBytes)
            Took(Encoding.UTF8.GetBytes(text, Room(bytesMax)));
        else
            Write(Encoding.UTF8.GetBytes(text));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_gathered is { } gathered && bytes.Length <= gathered.Length - _gatheredLength)
        {
            bytes.CopyTo(gathered.AsSpan(_gatheredLength));
            _gatheredLength += bytes.Length;
        }
        else
        {
            Pass();
            _output.Write(bytes);
        }
    }

    /// <summary>Room for as many bytes, no more than <see cref="GatheredBytes"/>; <see cref="Took"/> says how many were written there.</summary>
    private Span<byte> Room(int bytesMax)
    {
        if (_gathered is not { } gathered)
            return _output.GetSpan(bytesMax);
        if (bytesMax > gathered.Length - _gatheredLength)
            Pass();
        return gathered.AsSpan(_gatheredLength);
    }

    private void Took(int bytes)
    {
        if (_gathered is null)
            _output.Advance(bytes);
        else
            _gatheredLength += bytes;
    }

    private void Gather() => _gathered ??= ArrayPool<byte>.Shared.Rent(GatheredBytes);

    /// <summary>Passes on what was gathered.</summary>
    private void Pass()
    {
        if (_gatheredLength > 0)
            _output.Write(_gathered.AsSpan(0, _gatheredLength));
        _gatheredLength = 0;
    }

    private void EndGathering()
    {
        Pass();
        if (_gathered is { } gathered)
            ArrayPool<byte>.Shared.Return(gathered);
        _gathered = null;
    }

    private void EndLine() => Write("\r\n"u8);
}

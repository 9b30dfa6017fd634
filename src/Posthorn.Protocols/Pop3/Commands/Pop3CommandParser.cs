using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Posthorn.Protocols.Pop3.Commands;

/// <summary>The grammar of commands (RFC 1939 3 and 9, RFC 2449 4, RFC 5034 6).</summary>
public static class Pop3CommandParser
{
    /// <summary>Longest name of a mechanism (RFC 4422 3.1).</summary>
    private const int MechanismLengthMax = 20;

    private static readonly SearchValues<byte> s_control = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), 0x7F]);

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Understands a line.</summary>
    /// <param name="line">The line without its CRLF.</param>
    /// <param name="command">What it asks for; of a line that was not understood the verb alone, as far as that was.</param>
    /// <returns>What to answer when the line is none of the verb's forms; null when it was understood. Whether the verb is known is the state table's to say.</returns>
    public static Pop3Reply? Parse(ReadOnlySpan<byte> line, out Pop3Command command)
    {
        var end = line.IndexOf((byte)' ');
        var verb = VerbOf(end < 0 ? line : line[..end]);
        command = new Pop3Command(verb);
        if (line.ContainsAny(s_control))
            return Pop3Replies.ControlCharacters;
        var rest = end < 0 ? default : line[(end + 1)..];
        switch (verb)
        {
            case Pop3Verb.Unknown or Pop3Verb.Foreign or Pop3Verb.Apop:
                return null;
            case Pop3Verb.User or Pop3Verb.Pass:
                // One argument, which may hold spaces (RFC 1939 7 says so of passwords); a password may also begin or end with one.
                if (end < 0 || (verb == Pop3Verb.User && rest.Trim((byte)' ').IsEmpty) || TextOf(verb == Pop3Verb.User ? rest.Trim((byte)' ') : rest) is not { } text)
                    return Pop3Replies.BadArguments;
                command = command with { Text = text };
                return null;
            case Pop3Verb.Auth:
                return ParseAuth(rest.Trim((byte)' '), ref command);
            case Pop3Verb.List or Pop3Verb.Uidl:
                return rest.Trim((byte)' ').IsEmpty ? null : ParseMessage(rest, ref command);
            case Pop3Verb.Retr or Pop3Verb.Dele:
                return ParseMessage(rest, ref command);
            case Pop3Verb.Top:
                return ParseTop(rest, ref command);
            default:
                return rest.Trim((byte)' ').IsEmpty ? null : Pop3Replies.BadArguments;
        }
    }

    private static Pop3Verb VerbOf(ReadOnlySpan<byte> word) => word.Length switch
    {
        3 when Is(word, "TOP"u8) => Pop3Verb.Top,
        3 when Is(word, "GET"u8) || Is(word, "PUT"u8) => Pop3Verb.Foreign,
        4 when Is(word, "CAPA"u8) => Pop3Verb.Capa,
        4 when Is(word, "STLS"u8) => Pop3Verb.Stls,
        4 when Is(word, "UTF8"u8) => Pop3Verb.Utf8,
        4 when Is(word, "AUTH"u8) => Pop3Verb.Auth,
        4 when Is(word, "USER"u8) => Pop3Verb.User,
        4 when Is(word, "PASS"u8) => Pop3Verb.Pass,
        4 when Is(word, "APOP"u8) => Pop3Verb.Apop,
        4 when Is(word, "STAT"u8) => Pop3Verb.Stat,
        4 when Is(word, "LIST"u8) => Pop3Verb.List,
        4 when Is(word, "RETR"u8) => Pop3Verb.Retr,
        4 when Is(word, "DELE"u8) => Pop3Verb.Dele,
        4 when Is(word, "NOOP"u8) => Pop3Verb.Noop,
        4 when Is(word, "RSET"u8) => Pop3Verb.Rset,
        4 when Is(word, "UIDL"u8) => Pop3Verb.Uidl,
        4 when Is(word, "QUIT"u8) => Pop3Verb.Quit,
        4 when Is(word, "POST"u8) || Is(word, "HEAD"u8) || Is(word, "EHLO"u8) || Is(word, "HELO"u8) => Pop3Verb.Foreign,
        7 when Is(word, "CONNECT"u8) || Is(word, "OPTIONS"u8) => Pop3Verb.Foreign,
        5 when Is(word, "Host:"u8) => Pop3Verb.Foreign,
        _ => Pop3Verb.Unknown,
    };

    private static Pop3Reply? ParseAuth(ReadOnlySpan<byte> arguments, ref Pop3Command command)
    {
        if (arguments.IsEmpty)
            return null;
        var end = arguments.IndexOf((byte)' ');
        var name = end < 0 ? arguments : arguments[..end];
        var initial = end < 0 ? default : arguments[end..].TrimStart((byte)' ');
        if (name.Length > MechanismLengthMax || !Ascii.IsValid(arguments) || initial.Contains((byte)' '))
            return Pop3Replies.BadArguments;
        command = command with { Text = Encoding.ASCII.GetString(name).ToUpperInvariant(), InitialResponse = end < 0 ? null : Encoding.ASCII.GetString(initial) };
        return null;
    }

    private static Pop3Reply? ParseMessage(ReadOnlySpan<byte> arguments, ref Pop3Command command)
    {
        if (!TryNumber(arguments.Trim((byte)' '), out var message))
            return Pop3Replies.BadArguments;
        if (message == 0)
            return Pop3Replies.NoSuchMessage;
        command = command with { Message = message };
        return null;
    }

    private static Pop3Reply? ParseTop(ReadOnlySpan<byte> arguments, ref Pop3Command command)
    {
        arguments = arguments.Trim((byte)' ');
        var end = arguments.IndexOf((byte)' ');
        if (end < 0 || !TryNumber(arguments[(end + 1)..].TrimStart((byte)' '), out var lines))
            return Pop3Replies.BadArguments;
        command = command with { Lines = lines };
        return ParseMessage(arguments[..end], ref command);
    }

    /// <summary>Digits alone. A number beyond those that messages have is taken as the largest: there is no such message, but it is one.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        if (!Utf8Parser.TryParse(text, out number, out _))
            number = int.MaxValue;
        return true;
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> verb) => Ascii.EqualsIgnoreCase(word, verb);
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Posthorn.Protocols.Smtp.Paths;

namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The grammar of commands (RFC 5321 4.1.1 and the extensions'). What cannot be understood is answered: the reply is the error.</summary>
public static partial class SmtpCommandParser
{
    /// <summary>Longest name in EHLO that is taken, in bytes (RFC 5321 4.5.3.1.2).</summary>
    public const int HelloBytesMax = 255;

    private static readonly SearchValues<byte> s_control = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), 0x7F]);

    /// <summary>Visible ASCII that can stand unquoted in a Received field without being taken for anything else.</summary>
    private static readonly SearchValues<byte> s_helloName =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]"u8);

    /// <summary>Tells the verb of a line, and what stands behind it without the white space between. The case of a verb does not matter.</summary>
    /// <param name="line">The line without its CRLF.</param>
    /// <param name="isLmtp">Whether the door speaks LMTP, which has LHLO in the place of HELO and EHLO (RFC 2033 4.1).</param>
    /// <param name="arguments">What follows the verb.</param>
    public static SmtpVerb VerbOf(ReadOnlySpan<byte> line, bool isLmtp, out ReadOnlySpan<byte> arguments)
    {
        var end = line.IndexOf((byte)' ');
        var word = end < 0 ? line : line[..end];
        arguments = end < 0 ? default : line[end..].Trim((byte)' ');
        return word.Length switch
        {
            4 when Is(word, "MAIL"u8) => SmtpVerb.Mail,
            4 when Is(word, "RCPT"u8) => SmtpVerb.Rcpt,
            4 when Is(word, "DATA"u8) => SmtpVerb.Data,
            4 when Is(word, "BDAT"u8) => EndsWithLast(arguments) ? SmtpVerb.BdatLast : SmtpVerb.Bdat,
            4 when Is(word, "EHLO"u8) && !isLmtp => SmtpVerb.Ehlo,
            4 when Is(word, "HELO"u8) && !isLmtp => SmtpVerb.Helo,
            4 when Is(word, "LHLO"u8) && isLmtp => SmtpVerb.Lhlo,
            4 when Is(word, "RSET"u8) => SmtpVerb.Rset,
            4 when Is(word, "NOOP"u8) => SmtpVerb.Noop,
            4 when Is(word, "QUIT"u8) => SmtpVerb.Quit,
            4 when Is(word, "AUTH"u8) => SmtpVerb.Auth,
            4 when Is(word, "HELP"u8) => SmtpVerb.Help,
            4 when Is(word, "VRFY"u8) => SmtpVerb.Vrfy,
            4 when Is(word, "EXPN"u8) => SmtpVerb.Expn,
            8 when Is(word, "STARTTLS"u8) => SmtpVerb.StartTls,
            3 when Is(word, "GET"u8) || Is(word, "PUT"u8) => SmtpVerb.Foreign,
            4 when Is(word, "POST"u8) || Is(word, "HEAD"u8) => SmtpVerb.Foreign,
            7 when Is(word, "CONNECT"u8) || Is(word, "OPTIONS"u8) => SmtpVerb.Foreign,
            5 when Is(word, "Host:"u8) => SmtpVerb.Foreign,
            _ => SmtpVerb.Unknown,
        };
    }

    /// <summary>Whether the line holds control characters; no command does, and a CR or LF alone is how commands are smuggled past other servers.</summary>
    public static bool HasControls(ReadOnlySpan<byte> line) => line.ContainsAny(s_control);

    /// <summary>Understands a command, or says what to reply.</summary>
    /// <param name="verb">Its verb, by <see cref="VerbOf"/>.</param>
    /// <param name="arguments">What follows it, by <see cref="VerbOf"/>.</param>
    /// <param name="announced">The extensions of the session; parameters of others are refused.</param>
    /// <param name="isSmtpUtf8">Whether the current transaction's MAIL had SMTPUTF8; it allows RCPT addresses beyond ASCII.</param>
    /// <param name="command">The command.</param>
    /// <param name="error">The reply when there is none.</param>
    public static bool TryParse(
        SmtpVerb verb,
        ReadOnlySpan<byte> arguments,
        SmtpExtensions announced,
        bool isSmtpUtf8,
        [NotNullWhen(true)] out SmtpCommand? command,
        [NotNullWhen(false)] out SmtpReply? error)
    {
        command = null;
        error = null;
        switch (verb)
        {
            case SmtpVerb.Helo or SmtpVerb.Ehlo or SmtpVerb.Lhlo:
                return TryHello(arguments, out command, out error);
            case SmtpVerb.Mail:
                return TryMail(arguments, announced, out command, out error);
            case SmtpVerb.Rcpt:
                return TryRcpt(arguments, announced, isSmtpUtf8, out command, out error);
            case SmtpVerb.Bdat or SmtpVerb.BdatLast:
                return TryBdat(arguments, out command, out error);
            case SmtpVerb.Auth:
                return TryAuth(arguments, out command, out error);
            case SmtpVerb.Noop or SmtpVerb.Help or SmtpVerb.Vrfy or SmtpVerb.Expn:
                command = SmtpCommand.Plain.Instance;
                return true;
            case SmtpVerb.Data or SmtpVerb.Rset or SmtpVerb.Quit or SmtpVerb.StartTls when arguments.IsEmpty:
                command = SmtpCommand.Plain.Instance;
                return true;
            case SmtpVerb.Data or SmtpVerb.Rset or SmtpVerb.Quit or SmtpVerb.StartTls:
                error = SmtpReplies.NoArgumentsHere;
                return false;
            case SmtpVerb.Foreign:
                error = SmtpReplies.NotSmtp;
                return false;
            default:
                error = SmtpReplies.UnknownCommand;
                return false;
        }
    }

    private static bool TryHello(ReadOnlySpan<byte> arguments, out SmtpCommand? command, out SmtpReply? error)
    {
        // Tolerant of the names that machines really give themselves ("My_PC"), strict about what may reach a header.
        var isName = arguments.Length is > 0 and <= HelloBytesMax && !arguments.ContainsAnyExcept(s_helloName);
        command = isName ? new SmtpCommand.Hello(Encoding.ASCII.GetString(arguments)) : null;
        error = isName ? null : SmtpReplies.BadHello;
        return isName;
    }

    private static bool TryMail(ReadOnlySpan<byte> arguments, SmtpExtensions announced, out SmtpCommand? command, out SmtpReply? error)
    {
        command = null;
        error = SmtpReplies.MailSyntax;
        if (!TryKeyword(ref arguments, "FROM:"u8))
            return false;
        error = SmtpReplies.BadSender;
        if (!PathReader.TryRead(arguments, out var path, out var rest) || (path.Domain.Length == 0 && !path.IsNull))
            return false;
        if (!TryMailParameters(rest, announced, out var parameters, out error))
            return false;
        if (path.IsUtf8 && !parameters.IsSmtpUtf8)
        {
            error = SmtpReplies.NeedsSmtpUtf8;
            return false;
        }
        command = new SmtpCommand.Mail(path, parameters);
        return true;
    }

    private static bool TryRcpt(
        ReadOnlySpan<byte> arguments, SmtpExtensions announced, bool isSmtpUtf8, out SmtpCommand? command, out SmtpReply? error)
    {
        command = null;
        error = SmtpReplies.RcptSyntax;
        if (!TryKeyword(ref arguments, "TO:"u8))
            return false;
        error = SmtpReplies.BadRecipient;
        if (!PathReader.TryRead(arguments, out var path, out var rest) || path.IsNull)
            return false;
        error = SmtpReplies.NeedsSmtpUtf8;
        if (path.IsUtf8 && !isSmtpUtf8)
            return false;
        if (!TryRcptParameters(rest, announced, out var parameters, out error))
            return false;
        command = new SmtpCommand.Rcpt(path, parameters);
        return true;
    }

    private static bool TryBdat(ReadOnlySpan<byte> arguments, out SmtpCommand? command, out SmtpReply? error)
    {
        var isLast = EndsWithLast(arguments);
        var number = (isLast ? arguments[..^4] : arguments).TrimEnd((byte)' ');
        // 20 digits are the grammar's most; what does not fit 63 bits is refused, since its end could not be counted.
        var isRight = number.Length is > 0 and <= 20 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        command = isRight ? new SmtpCommand.Bdat(long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture), isLast) : null;
        error = isRight ? null : SmtpReplies.BdatSyntax;
        return isRight;
    }

    private static bool TryAuth(ReadOnlySpan<byte> arguments, out SmtpCommand? command, out SmtpReply? error)
    {
        command = null;
        error = SmtpReplies.AuthSyntax;
        var end = arguments.IndexOf((byte)' ');
        var mechanism = end < 0 ? arguments : arguments[..end];
        var initial = end < 0 ? default : arguments[end..].Trim((byte)' ');
        if (mechanism.Length is 0 or > 20 || !Ascii.IsValid(arguments) || initial.Contains((byte)' ')) // RFC 4422 3.1: a name has 1 to 20 characters
            return false;
        command = new SmtpCommand.Auth(Encoding.ASCII.GetString(mechanism).ToUpperInvariant(), end < 0 ? null : Encoding.ASCII.GetString(initial));
        error = null;
        return true;
    }

    /// <summary>Takes <c>FROM:</c> or <c>TO:</c>; spaces behind the colon are against the grammar, but many programs send them.</summary>
    private static bool TryKeyword(ref ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> keyword)
    {
        if (arguments.Length < keyword.Length || !Is(arguments[..keyword.Length], keyword))
            return false;
        arguments = arguments[keyword.Length..].TrimStart((byte)' ');
        return true;
    }

    private static bool EndsWithLast(ReadOnlySpan<byte> arguments) =>
        arguments.Length > 5 && arguments[^5] == ' ' && Is(arguments[^4..], "LAST"u8);

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(word, other);
}

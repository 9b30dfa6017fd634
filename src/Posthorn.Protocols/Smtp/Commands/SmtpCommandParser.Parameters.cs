using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Posthorn.Protocols.Smtp.Commands;

public static partial class SmtpCommandParser
{
    /// <summary>Longest ENVID, encoded (RFC 3461 4.4).</summary>
    public const int EnvelopeIdBytesMax = 100;

    /// <summary>Longest ORCPT, encoded (RFC 3461 4.2).</summary>
    public const int OriginalRecipientBytesMax = 500;

    private static readonly string[] s_dateTimes =
    [
        "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
    ];

    private static bool TryMailParameters(
        ReadOnlySpan<byte> rest, SmtpExtensions announced, out MailParameters parameters, [NotNullWhen(false)] out SmtpReply? error)
    {
        parameters = MailParameters.None;
        error = null;
        var seen = MailParameter.None;
        while (TryNext(ref rest, out var keyword, out var value, ref error))
        {
            var kind = KindOf(keyword);
            if (kind == MailParameter.None || !announced.HasFlag(ExtensionOf(kind)))
                error = SmtpReplies.UnknownParameter;
            else if (seen.HasFlag(kind) || !TryTake(kind, value, ref parameters))
                error = SmtpReplies.BadParameter;
            if (error is not null)
                return false;
            seen |= kind;
        }
        // RFC 4865 4: one of the two, not both.
        if (error is null && seen.HasFlag(MailParameter.HoldFor | MailParameter.HoldUntil))
            error = SmtpReplies.BadParameter;
        return error is null;
    }

    private static bool TryTake(MailParameter kind, ReadOnlySpan<byte> value, ref MailParameters parameters)
    {
        switch (kind)
        {
            case MailParameter.Size when TryDigits(value, 20, out var size):
                parameters = parameters with { Size = size };
                return true;
            case MailParameter.Body when Is(value, "7BIT"u8):
                parameters = parameters with { Body = MailBodyType.SevenBit };
                return true;
            case MailParameter.Body when Is(value, "8BITMIME"u8):
                parameters = parameters with { Body = MailBodyType.EightBitMime };
                return true;
            case MailParameter.SmtpUtf8 when value.IsEmpty:
                parameters = parameters with { IsSmtpUtf8 = true };
                return true;
            case MailParameter.Ret when Is(value, "FULL"u8):
                parameters = parameters with { Return = ReturnKeyword.Full };
                return true;
            case MailParameter.Ret when Is(value, "HDRS"u8):
                parameters = parameters with { Return = ReturnKeyword.Headers };
                return true;
            case MailParameter.EnvId when value.Length is > 0 and <= EnvelopeIdBytesMax && TryXtext(value, out var id) && IsPrintable(id):
                parameters = parameters with { EnvelopeId = id };
                return true;
            case MailParameter.Auth when value.Length > 0 && TryXtext(value, out var submitter):
                parameters = parameters with { Submitter = submitter };
                return true;
            case MailParameter.HoldFor when TryDigits(value, 9, out var seconds): // 1*9DIGIT
                parameters = parameters with { HoldFor = TimeSpan.FromSeconds(seconds) };
                return true;
            case MailParameter.HoldUntil when TryDateTime(value, out var time):
                parameters = parameters with { HoldUntil = time };
                return true;
            case MailParameter.MtPriority when TryPriority(value, out var priority):
                parameters = parameters with { Priority = priority };
                return true;
            case MailParameter.RequireTls when value.IsEmpty:
                parameters = parameters with { RequiresTls = true };
                return true;
            default:
                return false;
        }
    }

    private static bool TryRcptParameters(
        ReadOnlySpan<byte> rest, SmtpExtensions announced, out RcptParameters parameters, [NotNullWhen(false)] out SmtpReply? error)
    {
        parameters = RcptParameters.None;
        error = null;
        while (TryNext(ref rest, out var keyword, out var value, ref error))
        {
            if (!announced.HasFlag(SmtpExtensions.Dsn) || !(Is(keyword, "NOTIFY"u8) || Is(keyword, "ORCPT"u8)))
                error = SmtpReplies.UnknownParameter;
            else if (Is(keyword, "NOTIFY"u8) && parameters.Notify == NotifyKeywords.Unsaid && TryNotify(value, out var notify))
                parameters = parameters with { Notify = notify };
            else if (Is(keyword, "ORCPT"u8) && parameters.OriginalRecipient is null && TryOriginalRecipient(value, out var original))
                parameters = parameters with { OriginalRecipient = original };
            else
                error = SmtpReplies.BadParameter;
            if (error is not null)
                return false;
        }
        return error is null;
    }

    /// <summary>Takes the next <c>keyword[=value]</c>; false at the end, with an error when what stands there is none.</summary>
    private static bool TryNext(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, ref SmtpReply? error)
    {
        keyword = value = default;
        if (rest.IsEmpty)
            return false;
        if (rest[0] != ' ')
        {
            error = SmtpReplies.BadParameter; // something stands right behind the path
            return false;
        }
        rest = rest.TrimStart((byte)' ');
        if (rest.IsEmpty)
            return false;
        var end = rest.IndexOf((byte)' ');
        var parameter = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..];
        var equals = parameter.IndexOf((byte)'=');
        keyword = equals < 0 ? parameter : parameter[..equals];
        value = equals < 0 ? default : parameter[(equals + 1)..];
        // "SIZE=" has no value, which its grammar does not allow (esmtp-value is 1*).
        if (keyword.IsEmpty || (equals >= 0 && value.IsEmpty))
            error = SmtpReplies.BadParameter;
        return error is null;
    }

    private static bool TryNotify(ReadOnlySpan<byte> value, out NotifyKeywords notify)
    {
        notify = NotifyKeywords.Unsaid;
        foreach (var range in value.Split((byte)','))
        {
            var keyword = value[range];
            var one = keyword.Length switch
            {
                5 when Is(keyword, "NEVER"u8) => NotifyKeywords.Never,
                7 when Is(keyword, "SUCCESS"u8) => NotifyKeywords.Success,
                7 when Is(keyword, "FAILURE"u8) => NotifyKeywords.Failure,
                5 when Is(keyword, "DELAY"u8) => NotifyKeywords.Delay,
                _ => NotifyKeywords.Unsaid,
            };
            if (one == NotifyKeywords.Unsaid)
                return false;
            notify |= one;
        }
        return notify == NotifyKeywords.Never || !notify.HasFlag(NotifyKeywords.Never);
    }

    /// <summary><c>addr-type ";" xtext</c>.</summary>
    private static bool TryOriginalRecipient(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? original)
    {
        original = null;
        var semicolon = value.IndexOf((byte)';');
        if (value.Length > OriginalRecipientBytesMax || semicolon <= 0 || semicolon == value.Length - 1)
            return false;
        foreach (var b in value[..semicolon])
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != '-')
                return false;
        }
        // An address of type utf-8 has escapes of its own (RFC 6533 3), which hold no xtext.
        var isUtf8 = Is(value[..semicolon], "utf-8"u8);
        if (!TryXtext(value[(semicolon + 1)..], out var address) || (isUtf8 && !Utf8Address.TryDecode(address, out address)) || !IsPrintable(address))
            return false;
        original = $"{Encoding.ASCII.GetString(value[..semicolon])};{address}";
        return true;
    }

    private static bool TryXtext(ReadOnlySpan<byte> value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return Utf8.IsValid(value) && Xtext.TryDecode(Encoding.UTF8.GetString(value), out text);
    }

    /// <summary>What was decoded goes into notifications' header fields: no line may begin there.</summary>
    private static bool IsPrintable(string text) => !text.Any(char.IsControl);

    private static bool TryDigits(ReadOnlySpan<byte> value, int digitsMax, out long number)
    {
        number = 0;
        if (value.IsEmpty || value.Length > digitsMax || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = long.MaxValue;
        return true;
    }

    /// <summary><c>-9</c> to <c>9</c>; the grammar has no plus sign and no leading zero.</summary>
    private static bool TryPriority(ReadOnlySpan<byte> value, out int priority)
    {
        var digits = value.Length == 2 && value[0] == '-' ? value[1..] : value;
        priority = digits.Length == 1 ? digits[0] - '0' : -1;
        if (priority is < 0 or > 9)
            return false;
        if (digits.Length < value.Length)
            priority = -priority;
        return true;
    }

    /// <summary>A date-time of RFC 3339 5.6, as erratum 2040 of RFC 4865 says.</summary>
    private static bool TryDateTime(ReadOnlySpan<byte> value, out DateTimeOffset time)
    {
        time = default;
        return value.Length <= 40
            && DateTimeOffset.TryParseExact(
                Encoding.ASCII.GetString(value).ToUpperInvariant(), s_dateTimes, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    private static MailParameter KindOf(ReadOnlySpan<byte> keyword) => keyword.Length switch
    {
        3 when Is(keyword, "RET"u8) => MailParameter.Ret,
        4 when Is(keyword, "SIZE"u8) => MailParameter.Size,
        4 when Is(keyword, "BODY"u8) => MailParameter.Body,
        4 when Is(keyword, "AUTH"u8) => MailParameter.Auth,
        5 when Is(keyword, "ENVID"u8) => MailParameter.EnvId,
        7 when Is(keyword, "HOLDFOR"u8) => MailParameter.HoldFor,
        8 when Is(keyword, "SMTPUTF8"u8) => MailParameter.SmtpUtf8,
        9 when Is(keyword, "HOLDUNTIL"u8) => MailParameter.HoldUntil,
        10 when Is(keyword, "REQUIRETLS"u8) => MailParameter.RequireTls,
        11 when Is(keyword, "MT-PRIORITY"u8) => MailParameter.MtPriority,
        _ => MailParameter.None,
    };

    private static SmtpExtensions ExtensionOf(MailParameter kind) => kind switch
    {
        MailParameter.Size => SmtpExtensions.Size,
        MailParameter.Body => SmtpExtensions.EightBitMime,
        MailParameter.SmtpUtf8 => SmtpExtensions.SmtpUtf8,
        MailParameter.Ret or MailParameter.EnvId => SmtpExtensions.Dsn,
        MailParameter.Auth => SmtpExtensions.Auth,
        MailParameter.HoldFor or MailParameter.HoldUntil => SmtpExtensions.FutureRelease,
        MailParameter.MtPriority => SmtpExtensions.MtPriority,
        MailParameter.RequireTls => SmtpExtensions.RequireTls,
        _ => SmtpExtensions.None,
    };

    /// <summary>The parameters of MAIL, as a set of those seen: each may stand once (RFC 5321 4.1.1.11).</summary>
    [Flags]
    private enum MailParameter
    {
        None = 0,
        Size = 1 << 0,
        Body = 1 << 1,
        SmtpUtf8 = 1 << 2,
        Ret = 1 << 3,
        EnvId = 1 << 4,
        Auth = 1 << 5,
        HoldFor = 1 << 6,
        HoldUntil = 1 << 7,
        MtPriority = 1 << 8,
        RequireTls = 1 << 9,
    }
}

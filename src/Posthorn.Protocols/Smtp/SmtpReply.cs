namespace Posthorn.Protocols.Smtp;

/// <summary>A reply of an SMTP server (RFC 5321 4.2), written by ours or read from another.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Status">The enhanced status code; null when the reply has none (EHLO's, a greeting's, an old server's).</param>
/// <param name="Text">The text without code and status; lines are separated by LF.</param>
public sealed record SmtpReply(int Code, EnhancedStatusCode? Status, string Text)
{
    /// <summary>2xx: done.</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>3xx: go on.</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>4xx: not now.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5xx: never.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>Takes a reply as people write it in a configuration: <c>552 5.3.4 too large</c>.</summary>
    public static bool TryParse(string text, out SmtpReply reply)
    {
        reply = new SmtpReply(0, null, "");
        if (text.Length < 3 || !int.TryParse(text.AsSpan(0, 3), System.Globalization.NumberStyles.None, null, out var code) || code is < 200 or > 599
            || (text.Length > 3 && text[3] != ' '))
            return false;
        var rest = text.AsSpan(Math.Min(4, text.Length)).TrimStart();
        EnhancedStatusCode? status = EnhancedStatusCode.TryParse(rest, out var parsed, out var after) ? parsed : null;
        reply = new SmtpReply(code, status, (status is null ? rest : after).ToString());
        return true;
    }

    /// <summary>On one line, as for logs and bounces: <c>550 5.7.1 relaying denied</c>; lines of the text are joined with <c>" / "</c>.</summary>
    public override string ToString()
    {
        var text = Text.Replace("\n", " / ", StringComparison.Ordinal);
        return Status is { } status ? $"{Code} {status} {text}".TrimEnd() : $"{Code} {text}".TrimEnd();
    }
}

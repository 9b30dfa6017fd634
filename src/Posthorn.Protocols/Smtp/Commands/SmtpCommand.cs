using Posthorn.Protocols.Smtp.Paths;

namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>A command that was understood. The kinds are closed.</summary>
public abstract record SmtpCommand
{
    private SmtpCommand()
    {
    }

    /// <summary>A command without arguments, or one whose arguments nothing depends on (NOOP, HELP, VRFY, EXPN).</summary>
    public sealed record Plain : SmtpCommand
    {
        internal static readonly Plain Instance = new();
    }

    /// <summary>HELO, EHLO or LHLO with the name the client gives itself: visible ASCII only, so that it can stand in a header.</summary>
    public sealed record Hello(string Name) : SmtpCommand;

    /// <summary>MAIL.</summary>
    public sealed record Mail(SmtpPath Sender, MailParameters Parameters) : SmtpCommand;

    /// <summary>RCPT.</summary>
    public sealed record Rcpt(SmtpPath Recipient, RcptParameters Parameters) : SmtpCommand;

    /// <summary>BDAT: so many bytes follow the line; 0 is allowed with LAST and without.</summary>
    public sealed record Bdat(long Size, bool IsLast) : SmtpCommand;

    /// <summary>AUTH with the mechanism's name in upper case and the initial response as it stands there (base64); null when none was given.</summary>
    public sealed record Auth(string Mechanism, string? InitialResponse) : SmtpCommand;
}

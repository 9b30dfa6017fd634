using System.Net.Mail;
using System.Text.Json;

namespace Posthorn.Samples.Registration;

/// <summary>Which failures trying again cannot mend.</summary>
internal static class MailRefusals
{
    /// <summary>The server's 5xx for this recipient or this mail; a server that is away, or answers 4xx, may take it later.</summary>
    public static bool IsPermanent(Exception failure) => failure is JsonException
        || failure is SmtpException { StatusCode: SmtpStatusCode.MailboxUnavailable or SmtpStatusCode.MailboxNameNotAllowed or SmtpStatusCode.TransactionFailed };
}

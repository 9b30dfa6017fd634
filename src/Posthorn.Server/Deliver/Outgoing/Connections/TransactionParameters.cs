using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>Fits a mail to what a server can do: which parameters it is sent with, or why this server can't have it.</summary>
internal static class TransactionParameters
{
    /// <summary>X.7.30 of RFC 8689 4.1: REQUIRETLS is not supported. Another exchanger may support it.</summary>
    public static readonly EnhancedStatusCode RequireTlsUnsupported = new(5, 7, 30);

    public static Transaction.Envelope? Fit(Transaction transaction, SmtpConnection connection, out SmtpReply? refusal)
    {
        var can = connection.Capabilities;
        var message = transaction.Message;
        var content = transaction.Content!;
        refusal = null;

        // RFC 8689 4.2: over TLS, to a host that proved its name and promises to hold on to it; else nowhere.
        var isRequireTls = message.Text(MailAttributes.RequireTls) == "1";
        if (isRequireTls && !(connection is { IsTls: true, IsVerified: true } && can.RequireTls))
            refusal = new SmtpReply(550, RequireTlsUnsupported, $"REQUIRETLS is needed, and {connection.Host} does not support it");
        // RFC 1870 6.1: not sent only to be refused.
        else if (can.SizeMax is { } max && content.Length > max)
            refusal = Reply(552, 3, 4, $"the mail has {content.Length} bytes, {connection.Host} takes {max} at most");

        var needsUtf8 = NeedsUtf8(transaction);
        var sender = message.Envelope.Sender ?? "";
        var recipients = transaction.Recipients.Select(r => r.Address).ToList();
        if (needsUtf8 && !can.SmtpUtf8)
        {
            // A domain has another spelling in ASCII (RFC 5890); a local part or a header field has none.
            sender = WithAsciiDomain(sender);
            recipients = recipients.ConvertAll(WithAsciiDomain);
            if (HasUtf8Header(transaction) || !Ascii.IsValid(sender) || !recipients.TrueForAll(r => Ascii.IsValid(r)))
                refusal ??= Reply(550, 6, 7, $"the mail needs SMTPUTF8, and {connection.Host} does not support it");
        }

        var bodyType = message.Text(MailAttributes.BodyType)?.ToUpperInvariant();
        var isBinary = bodyType == "BINARYMIME";
        if (isBinary && !(can.BinaryMime && can.Chunking))
            refusal ??= Reply(554, 6, 1, $"the mail is binary (RFC 3030), and {connection.Host} does not take such");
        var unsafePath = !SmtpCommands.IsSafePath(sender) || !recipients.TrueForAll(SmtpCommands.IsSafePath);
        if (unsafePath)
            refusal ??= Reply(553, 1, 3, "an address of the envelope can't stand in an SMTP command");
        if (refusal is not null)
            return null;

        var mail = new MailTransaction
        {
            Sender = sender,
            Recipients = transaction.Recipients.Select((r, i) => new MailRecipient(
                recipients[i],
                can.Dsn ? NotifyOf(r.Notify) : null,
                can.Dsn ? r.OriginalRecipient : null)).ToList(),
            Size = can.Size ? content.Length : null,
            // 8-bit mail to a server that does not say 8BITMIME goes as it is: every server of today passes it, and rewriting it would break its signatures.
            Body = isBinary ? bodyType : bodyType == "8BITMIME" && can.EightBitMime ? bodyType : null,
            IsSmtpUtf8 = needsUtf8 && can.SmtpUtf8,
            IsRequireTls = isRequireTls,
            Return = can.Dsn ? message.Envelope.Return switch { DsnReturn.Full => "FULL", DsnReturn.Headers => "HDRS", _ => null } : null,
            EnvelopeId = can.Dsn ? message.Envelope.EnvelopeId : null,
        };
        var usesBdat = can.Chunking
            && (isBinary || content.Pieces is null || content.Pieces.Any(p => BareLineEnds.NeedsBdat(p.Span)));
        return new Transaction.Envelope(mail, usesBdat, connection.NeedsReset);
    }

    private static bool NeedsUtf8(Transaction transaction) =>
        !Ascii.IsValid(transaction.Message.Envelope.Sender ?? "")
        || transaction.Recipients.Any(r => !Ascii.IsValid(r.Address))
        || (transaction.Message.Text(MailAttributes.SmtpUtf8) == "1" && HasUtf8Header(transaction));

    // Of a mail that is too large for memory nobody looks: what was declared counts.
    private static bool HasUtf8Header(Transaction transaction)
    {
        if (transaction.Message.Text(MailAttributes.SmtpUtf8) != "1")
            return false;
        if (transaction.Content!.Pieces is not { } pieces)
            return true;
        foreach (var piece in pieces)
        {
            var end = piece.Span.IndexOf("\r\n\r\n"u8);
            if (!Ascii.IsValid(end < 0 ? piece.Span : piece.Span[..end]))
                return true;
            if (end >= 0)
                break;
        }

        return false;
    }

    private static string WithAsciiDomain(string address)
    {
        var domain = DomainNames.OfAddress(address);
        return Ascii.IsValid(domain) ? address : address[..^domain.Length] + DomainNames.ToAscii(domain);
    }

    private static string? NotifyOf(DsnNotify notify)
    {
        if (notify == DsnNotify.Default)
            return null;
        if (notify.HasFlag(DsnNotify.Never))
            return "NEVER";
        return string.Join(',', new[] { (DsnNotify.Success, "SUCCESS"), (DsnNotify.Failure, "FAILURE"), (DsnNotify.Delay, "DELAY") }
            .Where(n => notify.HasFlag(n.Item1)).Select(n => n.Item2));
    }

    private static SmtpReply Reply(int code, int subject, int detail, string text) => new(code, new EnhancedStatusCode(code / 100, subject, detail), text);
}

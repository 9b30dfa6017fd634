using System.Globalization;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Server.Deliver.Mailboxes;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>EHLO, MAIL and RCPT.</summary>
internal sealed partial class SmtpSession
{
    /// <summary>The extensions of this session as it stands.</summary>
    private SmtpExtensions Announced =>
        SmtpExtensions.Size | SmtpExtensions.EightBitMime | SmtpExtensions.SmtpUtf8 | SmtpExtensions.Dsn | SmtpExtensions.Chunking | SmtpExtensions.MtPriority
        | (Options.FutureReleaseMax > TimeSpan.Zero ? SmtpExtensions.FutureRelease : SmtpExtensions.None)
        | (_connection.Tls is null ? SmtpExtensions.None : SmtpExtensions.RequireTls)
        | (_connection.Tls is null && _context.Tls is not null ? SmtpExtensions.StartTls : SmtpExtensions.None)
        | (MaySendPassword || _context.HasScram ? SmtpExtensions.Auth : SmtpExtensions.None);

    /// <summary>The mechanisms offered here: those that send the password only within TLS, on this machine, or where the administrator allows it.</summary>
    private IEnumerable<string> Mechanisms => SaslMechanisms.Offered(MaySendPassword, _context.HasScram);

    private bool MaySendPassword => _connection.Tls is not null || _peer.IsLoopback || Options.AllowsPlainAuthWithoutTls;

    private void Greet(SmtpVerb verb, string name)
    {
        _hello = name;
        _isExtended = verb != SmtpVerb.Helo;
        Reply(_isExtended ? SmtpReplies.Hello(_context.Hostname, Extensions()) : SmtpReplies.Hello(_context.Hostname));
    }

    private List<string> Extensions()
    {
        var announced = Announced;
        var lines = new List<string> { "PIPELINING", "8BITMIME", "SMTPUTF8", $"SIZE {Options.MessageBytesMax}", "CHUNKING", "ENHANCEDSTATUSCODES", "DSN", "MT-PRIORITY" };
        if (announced.HasFlag(SmtpExtensions.StartTls))
            lines.Add("STARTTLS");
        if (announced.HasFlag(SmtpExtensions.RequireTls))
            lines.Add("REQUIRETLS");
        if (announced.HasFlag(SmtpExtensions.Auth))
            lines.Add($"AUTH {string.Join(' ', Mechanisms)}");
        if (announced.HasFlag(SmtpExtensions.FutureRelease))
        {
            // The longest interval in seconds and the latest time (RFC 4865 4).
            var until = _context.Time.GetUtcNow() + Options.FutureReleaseMax;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"FUTURERELEASE {(long)Options.FutureReleaseMax.TotalSeconds} {until:yyyy-MM-ddTHH:mm:ssZ}"));
        }
        return lines;
    }

    private SmtpReply Begin(SmtpCommand.Mail mail)
    {
        var parameters = mail.Parameters;
        if (_mails >= Options.MailsPerSessionMax)
            return SmtpReplies.TooManyMails;
        if (_context.Engine.State is var state and not EngineState.Serving)
            return state == EngineState.Full ? SmtpReplies.StorageFull : SmtpReplies.OutOfService;
        if (parameters.Size > Options.MessageBytesMax)
            return SmtpReplies.TooLarge;
        if (DueAt(parameters) - _context.Time.GetUtcNow() > Options.FutureReleaseMax)
            return SmtpReplies.HoldTooLong;
        var asked = parameters.Priority is { } level ? MtPriority.ToPriority(level) : Priority.Normal;
        // Whoever we do not know may step back, but not jump the queue (RFC 6710 5.1).
        var given = IsTrusted || asked.Value <= Priority.Normal.Value ? asked : Priority.Normal;
        _transaction = new SmtpTransaction($"{_peer.ConnectionId}-{++_transactions}", mail.Sender, parameters, given);
        return given == asked ? SmtpReplies.SenderOk : SmtpReplies.PriorityChanged;
    }

    private SmtpReply Add(SmtpCommand.Rcpt rcpt)
    {
        var transaction = _transaction!;
        if (transaction.RecipientsAccepted >= Options.RecipientsMax)
        {
            // Not an error of the client's, unless it sends as many again (Postfix's smtpd_recipient_overshoot_limit).
            return ++transaction.RecipientsRefused > Options.RecipientsMax ? SmtpReplies.TooManyErrors : SmtpReplies.TooManyRecipients;
        }
        if (_context.Relay.Decide(rcpt.Recipient, _peer.Address, _account is not null, out var address, out var route) is { } refusal)
            return refusal;
        if (RefusalOfMailbox(route, transaction.Parameters.Size ?? 0) is { } noRoom)
            return noRoom;
        transaction.Add(new Recipient(address)
        {
            Notify = (DsnNotify)rcpt.Parameters.Notify, // the same bits
            OriginalRecipient = rcpt.Parameters.OriginalRecipient,
        });
        return SmtpReplies.RecipientOk;
    }

    private SmtpReply? RefusalOfMailbox(AddressRoute route, long bytes)
    {
        try
        {
            return _context.Quota.Check(route, bytes) switch
            {
                MailboxRoom.Fits => null,
                MailboxRoom.Full => SmtpReplies.MailboxFull,
                _ => SmtpReplies.TooLargeForMailbox,
            };
        }
        catch (EngineUnavailableException)
        {
            return SmtpReplies.NotKept; // this mailbox cannot be reached; another recipient's may be in another shard
        }
    }

    /// <summary>When the sender wants the mail to go on; null is at once.</summary>
    private DateTimeOffset? DueAt(MailParameters parameters) => parameters.HoldUntil ?? (parameters.HoldFor is { } hold ? _context.Time.GetUtcNow() + hold : null);
}

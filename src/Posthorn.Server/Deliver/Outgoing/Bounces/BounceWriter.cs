using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Dsn;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing.Bounces;

/// <summary>
/// Writes delivery status notifications: from the null sender, to whoever sent the mail, with the report for programs (RFC 3464), the mail's header
/// (or all of it, when its sender asked for that and it is not large), and words for people.
/// </summary>
public sealed class BounceWriter(IEngine engine, PosthornOptions options, TimeProvider time) : IBounceWriter
{
    /// <summary>Most bytes of header returned.</summary>
    private const int HeaderBytesMax = 64 * 1024;

    /// <summary>Most bytes of a whole mail returned, whatever RET says: Postfix bounce_size_limit.</summary>
    private const int FullBytesMax = 50_000;

    public async ValueTask<NewMessage?> WriteAsync(Message mail, IReadOnlyList<FailedRecipient> recipients, DsnAction action, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mail);
        if (mail.Envelope.Sender is not { Length: > 0 } sender)
            return null;
        var told = recipients.Where(r => Wants(r.Recipient.Notify, action)).ToList();
        if (told.Count == 0)
            return null;

        var returned = mail.Envelope.Return == DsnReturn.Full && action == DsnAction.Failed && mail.Content.Length <= FullBytesMax ? ReturnedContent.Full : ReturnedContent.Headers;
        var (bytes, header) = await ReturnedAsync(mail, returned, cancellationToken);
        var now = time.GetUtcNow();
        var written = DsnWriter.Write(new DeliveryNotification
        {
            From = new MailAddress("Mail Delivery System", "MAILER-DAEMON", options.Hostname),
            To = sender,
            Subject = Subject(action),
            Date = now,
            MessageId = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}@{options.Hostname}",
            Boundary = $"posthorn-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}",
            Text = BounceText.Write(mail, told, action, header.Text("Subject"), options.Hostname, MailAgeText(mail)),
            Report = Report(mail, told, action, now),
            Returned = returned,
            IsReturned8Bit = !Ascii.IsValid(bytes.Span),
            IsUtf8 = mail.Text(MailAttributes.SmtpUtf8) == "1",
            Fields = References(header),
        });
        var body = new ArrayBufferWriter<byte>(written.Before.Length + bytes.Length + written.After.Length);
        body.Write(written.Before.Span);
        body.Write(bytes.Span);
        body.Write(written.After.Span);
        return new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = Body.Of(body.WrittenMemory),
            // RFC 3461 5.2: the null sender, and no notification about the notification.
            Envelope = new Envelope("", [new Recipient(sender) { Notify = DsnNotify.Never }]),
            Attributes = Attributes(mail, bytes),
            Priority = mail.Priority,
            Origin = mail.Origin,
            // A notification is a mail of its own with a time of its own, though of the same family.
            AcceptedAt = now,
        };
    }

    // RFC 3461 4.1: NOTIFY decides; without it failures are told, and delays as this server likes.
    private static bool Wants(DsnNotify notify, DsnAction action) => action switch
    {
        DsnAction.Failed => notify == DsnNotify.Default || notify.HasFlag(DsnNotify.Failure),
        DsnAction.Delayed => notify == DsnNotify.Default || notify.HasFlag(DsnNotify.Delay),
        _ => notify.HasFlag(DsnNotify.Success),
    };

    private async ValueTask<(ReadOnlyMemory<byte> Bytes, HeaderBlock Header)> ReturnedAsync(Message mail, ReturnedContent returned, CancellationToken cancellationToken)
    {
        await using var content = await engine.OpenAsync(mail.Content, cancellationToken);
        if (returned == ReturnedContent.Full)
        {
            var all = new byte[mail.Content.Length];
            await content.ReadExactlyAsync(all, cancellationToken);
            return (all, HeaderBlock.Parse(all));
        }

        var header = await HeaderBlock.ReadAsync(content, HeaderBytesMax, cancellationToken);
        return (header.Bytes, header);
    }

    private DeliveryStatusReport Report(Message mail, List<FailedRecipient> recipients, DsnAction action, DateTimeOffset now) => new()
    {
        ReportingMta = TypedValue.Host(options.Hostname),
        OriginalEnvelopeId = mail.Envelope.EnvelopeId,
        ReceivedFromMta = mail.Text(MailAttributes.RemoteHost) is { Length: > 0 } from ? TypedValue.Host(from) : null,
        ArrivalDate = mail.AcceptedAt,
        Recipients = recipients.ConvertAll(r => new RecipientStatus
        {
            OriginalRecipient = TypedValue.TryParse(r.Recipient.OriginalRecipient, out var original) ? original : null,
            FinalRecipient = TypedValue.Address(r.Recipient.Address),
            Action = Enum.Parse<DeliveryAction>(action.ToString()),
            Status = StatusOf(r.Reply, action),
            RemoteMta = r.RemoteHost is { } host ? TypedValue.Host(host) : null,
            DiagnosticCode = action is DsnAction.Relayed or DsnAction.Delivered && r.RemoteHost is null ? null : TypedValue.SmtpReply(r.Reply.ToString()),
            LastAttemptDate = now,
            WillRetryUntil = action == DsnAction.Delayed ? Settling.MailAge.GiveUpAt(mail, options.Outgoing.GiveUpAfter) : null,
        }),
    };

    // A reply without an enhanced code still says its class.
    private static EnhancedStatusCode StatusOf(SmtpReply reply, DsnAction action) =>
        reply.Status ?? new EnhancedStatusCode(action switch { DsnAction.Failed => reply.IsTransient ? 4 : 5, DsnAction.Delayed => 4, _ => 2 }, 0, 0);

    private static string Subject(DsnAction action) => action switch
    {
        DsnAction.Failed => "Your mail could not be delivered",
        DsnAction.Delayed => "Your mail is delayed",
        DsnAction.Relayed => "Your mail was passed on",
        DsnAction.Expanded => "Your mail was passed on to a list",
        _ => "Your mail was delivered",
    };

    // Threads the notification with the mail in the sender's program.
    private static List<HeaderField> References(HeaderBlock header) =>
        header["Message-ID"]?.Value.Trim() is { Length: > 2 and < 900 } id && id.StartsWith('<') && id.EndsWith('>') && Ascii.IsValid(id)
            ? [HeaderField.CreateRaw("In-Reply-To", id), HeaderField.CreateRaw("References", id)]
            : [];

    private static Dictionary<string, AttributeValue> Attributes(Message mail, ReadOnlyMemory<byte> returned)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [MailAttributes.Door] = "pipeline" };
        if (!Ascii.IsValid(returned.Span))
            attributes[MailAttributes.BodyType] = "8bitmime";
        if (mail.Text(MailAttributes.SmtpUtf8) == "1")
            attributes[MailAttributes.SmtpUtf8] = "1";
        if (mail.Text(MailAttributes.RequireTls) == "1")
            attributes[MailAttributes.RequireTls] = "1";    // RFC 8689 5: a notification about it quotes it
        return attributes;
    }

    private (TimeSpan Waited, DateTimeOffset Until) MailAgeText(Message mail) =>
        (time.GetUtcNow() - mail.AcceptedAt, Settling.MailAge.GiveUpAt(mail, options.Outgoing.GiveUpAfter));
}

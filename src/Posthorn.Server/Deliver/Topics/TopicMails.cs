using System.Buffers;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>
/// Writes the mails of topics: they go through the pipeline like any mail, from the null sender, so that nothing is bounced to anybody. In a mailbox
/// that is subscribed by its name they are put at once.
/// </summary>
internal sealed class TopicMails(PosthornOptions options, TimeProvider time)
{
    /// <summary>A publication as a mail to one subscriber.</summary>
    public NewMessage Notification(Topic topic, Subscriber subscriber, Publication publication, Publisher publisher)
    {
        var subscription = subscriber.Subscription;
        var link = FanOut.UnsubscribeUrl(subscription, publisher);
        string text;
        if (subscription.Protocol == SubscriptionProtocol.EmailJson)
        {
            var content = publication.Enveloped(subscription.Protocol, link);
            text = Encoding.UTF8.GetString(content.Prefix.Span) + Encoding.UTF8.GetString(content.Body.Bytes!.Value.Span[(int)content.Skip..]) + "\n";
        }
        else
        {
            text = Encoding.UTF8.GetString(publication.TextFor(subscription.Protocol).Span)
                + $"\n\n--\nThis came from the topic {publication.TopicArn}. If you wish to stop receiving notifications from it, please visit the link below:\n{link}\n";
        }
        return Mail(topic, subscription, publication.Message.Subject ?? "Notification Message", text, $"{publication.Published.MessageId}.{subscription.Id}", link, publisher);
    }

    /// <summary>Asks an address whether it wants to be subscribed.</summary>
    public NewMessage Question(Topic topic, Subscription subscription, string confirmUrl, Publisher publisher)
    {
        var text = $"You have chosen to subscribe to the topic:\n{topic.ArnOf(publisher.AccountNumber)}\n\n"
            + $"To confirm this subscription, visit the link below (if this was in error no action is necessary):\n{confirmUrl}\n";
        return Mail(topic, subscription, "Subscription Confirmation", text, $"{Guid.NewGuid()}.{subscription.Id}", link: null, publisher);
    }

    private NewMessage Mail(Topic topic, Subscription subscription, string subject, string text, string id, string? link, Publisher publisher)
    {
        var isMailbox = subscription.Protocol == SubscriptionProtocol.Mailbox;
        var to = isMailbox ? $"{Uri.EscapeDataString(subscription.Endpoint)}@{options.Hostname}" : subscription.Endpoint;
        var messageId = $"{id}@{options.Hostname}";
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = "http", [MailAttributes.Account] = publisher.Account, [MailAttributes.MessageId] = messageId, [MailAttributes.Subject] = subject,
        };
        if (!Ascii.IsValid(to))
            attributes[MailAttributes.SmtpUtf8] = "1"; // RFC 6531: the address is in the header too
        return new NewMessage
        {
            Queue = isMailbox ? QueueOf(subscription) : SpoolQueues.Root,
            Content = Body.Of(Bytes(topic, subject, text, to, messageId, link)),
            // RFC 3461 5.2, RFC 3834: an automatic mail from nobody, about which nobody is told.
            Envelope = new Envelope("", [new Recipient(to) { Notify = DsnNotify.Never }]),
            Attributes = attributes,
        };
    }

    private byte[] Bytes(Topic topic, string subject, string text, string to, string messageId, string? link)
    {
        var body = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var encoding = MimeEncoder.Choose(body);
        var mail = new ArrayBufferWriter<byte>(body.Length + 1_024);
        void Write(HeaderField field) => mail.Write(field.Raw.Span);
        var from = topic[TopicAttribute.DisplayName] is { Length: > 0 } name ? name : topic.Name;
        Write(HeaderField.CreateRaw("From", new MailAddress(from.Length > 100 ? from[..100] : from, "no-reply", options.Hostname).ToHeader()));
        Write(HeaderField.CreateRaw("To", $"<{to}>"));
        Write(HeaderField.Create("Subject", subject));
        Write(HeaderField.CreateRaw("Date", MailDate.Format(time.GetUtcNow())));
        Write(HeaderField.CreateRaw("Message-ID", $"<{messageId}>"));
        Write(HeaderField.CreateRaw("Auto-Submitted", "auto-generated")); // RFC 3834 5; keeps responders from answering
        if (link is not null)
            Write(HeaderField.CreateRaw("List-Unsubscribe", $"<{link}>")); // RFC 2369 3.2
        Write(HeaderField.CreateRaw("MIME-Version", "1.0"));
        Write(HeaderField.CreateRaw("Content-Type", $"text/plain; charset={(encoding == TransferEncoding.SevenBit ? "us-ascii" : "utf-8")}"));
        if (encoding != TransferEncoding.SevenBit)
            Write(HeaderField.CreateRaw("Content-Transfer-Encoding", encoding == TransferEncoding.Base64 ? "base64" : "quoted-printable"));
        mail.Write("\r\n"u8);
        mail.Write(encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(body),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(body),
            _ => body,
        });
        return mail.WrittenSpan.ToArray();
    }

    private static Queues.QueueName QueueOf(Subscription subscription) => Queues.QueueName.Parse(subscription.Endpoint);
}

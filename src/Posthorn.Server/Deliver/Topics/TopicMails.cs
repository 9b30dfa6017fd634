using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;
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
        var mail = new AutomaticMail
        {
            Hostname = options.Hostname,
            From = topic[TopicAttribute.DisplayName] is { Length: > 0 } name ? name : topic.Name,
            To = isMailbox ? $"{Uri.EscapeDataString(subscription.Endpoint)}@{options.Hostname}" : subscription.Endpoint,
            Subject = subject,
            Text = text,
            Id = id,
            Date = time.GetUtcNow(),
            More = link is null ? [] : [HeaderField.CreateRaw("List-Unsubscribe", $"<{link}>")], // RFC 2369 3.2
        };
        var message = mail.ToMessage(isMailbox ? QueueName.Parse(subscription.Endpoint) : SpoolQueues.Root, door: "http");
        return message with { Attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal) { [MailAttributes.Account] = publisher.Account } };
    }
}

using System.Globalization;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>What a publication becomes: a message for each subscriber that wants it.</summary>
internal sealed class FanOut(IEngine engine, TopicMails mails, TopicMetrics metrics, TopicLog log)
{
    /// <summary>Adds the deliveries of a publication.</summary>
    public void Add(SubscribedTopic topic, Publication publication, Publisher publisher, List<TopicDelivery> to)
    {
        foreach (var subscriber in topic.Subscribers)
        {
            if (!subscriber.Subscription.IsConfirmed)
                continue;
            if (!publication.Matches(subscriber))
                metrics.Filtered();
            else if (MessageFor(topic.Topic, subscriber, publication, publisher) is { } message)
                to.Add(new TopicDelivery(subscriber, publication, message));
        }
    }

    /// <summary>The link that ends a subscription.</summary>
    public static string UnsubscribeUrl(Subscription subscription, Publisher publisher) =>
        $"{publisher.BaseUrl}/?Action=Unsubscribe&SubscriptionArn={subscription.ArnOf(publisher.AccountNumber)}";

    private NewMessage? MessageFor(Topic topic, Subscriber subscriber, Publication publication, Publisher publisher)
    {
        var subscription = subscriber.Subscription;
        switch (subscription.Protocol)
        {
            case SubscriptionProtocol.Sqs:
                return ForQueue(topic, subscriber, publication, publisher);
            case SubscriptionProtocol.Http or SubscriptionProtocol.Https:
                return new NewMessage
                {
                    Queue = SpoolQueues.TopicDeliveries, Group = subscription.Id, Content = ContentFor(subscription, publication, publisher),
                    Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
                    {
                        [DeliveryAttribute.Type] = "Notification", [DeliveryAttribute.MessageId] = publication.Published.MessageId, [DeliveryAttribute.IsRaw] = subscription.IsRaw ? "1" : "0",
                    },
                };
            case SubscriptionProtocol.Email or SubscriptionProtocol.EmailJson or SubscriptionProtocol.Mailbox:
                return mails.Notification(topic, subscriber, publication, publisher);
            default:
                return null; // kept without a way out: sms
        }
    }

    private NewMessage? ForQueue(Topic topic, Subscriber subscriber, Publication publication, Publisher publisher)
    {
        var subscription = subscriber.Subscription;
        var content = ContentFor(subscription, publication, publisher);
        var attributes = StoredAttributes.Of(subscription.IsRaw ? publication.Message.Attributes : [], publisher.Account);
        var status = subscriber.Queue is { } subscribed ? engine.Status(subscribed) : null;
        // A webhook's queue comes into being with what is put into it: its shard may have been away when the webhook was made.
        if (subscriber.Queue is not { } queue || (status is null && !subscription.IsOfWebhook))
            return Undeliverable(subscriber, publication, content, attributes, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
        // The limit is that of SQS's consumers.
        if (subscription is { IsRaw: true, IsOfWebhook: false } && publication.Message.Attributes.Count > SnsLimits.RawAttributesMax)
        {
            return Undeliverable(subscriber, publication, content, attributes, "InvalidParameterValue", string.Create(
                CultureInfo.InvariantCulture, $"Number of message attributes [{publication.Message.Attributes.Count}] exceeds the allowed maximum [{SnsLimits.RawAttributesMax}]."));
        }
        var isFifo = status?.Policy.IsFifo == true;
        return new NewMessage
        {
            Queue = queue,
            Content = content,
            Attributes = attributes,
            // Of a standard topic the group makes queues fair; a FIFO topic's ids mean something to FIFO queues alone.
            Group = isFifo || !topic.IsFifo ? publication.Message.GroupId : null,
            DeduplicationId = isFifo && topic.IsFifo ? PublishedBefore.IdOf(publication.Message) : null,
        };
    }

    private static Bodies.Content ContentFor(Subscription subscription, Publication publication, Publisher publisher) => subscription.IsRaw
        ? publication.Raw(subscription.Protocol)
        : publication.Enveloped(subscription.Protocol, UnsubscribeUrl(subscription, publisher));

    /// <summary>A dead letter in its stead, where there is a queue for it.</summary>
    private NewMessage? Undeliverable(
        Subscriber subscriber, Publication publication, Bodies.Content content, Dictionary<string, AttributeValue> attributes, string code, string reason)
    {
        metrics.Failed();
        if (subscriber.DeadLetters is not { } queue || engine.Status(queue) is not { } status)
        {
            log.NotDelivered(publication.Published.MessageId, subscriber.Subscription.Id, subscriber.Subscription.Endpoint, reason);
            return null;
        }
        foreach (var (name, value) in Failure(publication.Published.MessageId, code, reason))
            attributes[name] = value;
        return new NewMessage
        {
            Queue = queue, Content = content, Attributes = attributes, LastError = reason, Group = publication.Message.GroupId,
            DeduplicationId = status.Policy.IsFifo ? publication.Published.MessageId : null,
        };
    }

    /// <summary>What a dead letter says of its failure.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue>> Failure(string requestId, string code, string reason) =>
    [
        KeyValuePair.Create("RequestID", AttributeValue.Of(requestId, "String")),
        KeyValuePair.Create("ErrorCode", AttributeValue.Of(code, "String")),
        KeyValuePair.Create("ErrorMessage", AttributeValue.Of(reason, "String")),
    ];
}

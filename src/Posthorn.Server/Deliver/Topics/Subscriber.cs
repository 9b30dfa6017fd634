using System.Text.Json;
using Posthorn.Protocols.Sns.Filters;
using Posthorn.Protocols.Sns.Notifications;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>A subscription with what was read out of it, once: its filter, its queues, its retries.</summary>
internal sealed class Subscriber
{
    public Subscriber(Subscription subscription)
    {
        Subscription = subscription;
        if (subscription[TopicAttribute.FilterPolicy] is { } filter)
        {
            Filter = FilterPolicy.Parse(
                filter, subscription[TopicAttribute.FilterPolicyScope] == nameof(FilterScope.MessageBody) ? FilterScope.MessageBody : FilterScope.MessageAttributes);
        }
        if (subscription.Protocol == SubscriptionProtocol.Sqs)
            Queue = QueueOf(subscription.Endpoint);
        else if (subscription.Protocol == SubscriptionProtocol.Mailbox && QueueName.TryParse(subscription.Endpoint, out var mailbox, out _))
            Queue = mailbox;
        if (subscription[TopicAttribute.RedrivePolicy] is { } redrive)
            DeadLetters = DeadLettersOf(redrive) is { } arn ? QueueOf(arn) : null;
        if (subscription[TopicAttribute.DeliveryPolicy] is { } policy)
            Retries = DeliveryPolicy.Parse(policy, isTopic: false);
    }

    public Subscription Subscription { get; }

    /// <summary>Which messages it gets; null is all.</summary>
    public FilterPolicy? Filter { get; }

    /// <summary>The queue it is, of the protocols that are queues.</summary>
    public QueueName? Queue { get; }

    /// <summary>Where goes what could not be delivered; null is nowhere.</summary>
    public QueueName? DeadLetters { get; }

    /// <summary>Its own retries; null takes the topic's.</summary>
    public DeliveryPolicy? Retries { get; }

    /// <summary>The ARN in a redrive policy; null when it is none.</summary>
    public static string? DeadLettersOf(string redrivePolicy)
    {
        try
        {
            using var document = JsonDocument.Parse(redrivePolicy);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("deadLetterTargetArn", out var arn) && arn.ValueKind == JsonValueKind.String
                ? arn.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static QueueName? QueueOf(string arn) => QueueArn.TryParse(arn, out var queue) && QueueName.TryParse(queue.Name, out var name, out _) ? name : null;
}

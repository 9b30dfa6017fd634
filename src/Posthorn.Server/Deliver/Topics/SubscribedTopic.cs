using Posthorn.Protocols.Sns.Notifications;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>A topic and who subscribed, at one moment: publishing reads it without a lock.</summary>
internal sealed class SubscribedTopic(Topic topic, IReadOnlyList<Subscriber> subscribers)
{
    /// <summary>Retries of its HTTP endpoints; null when it says nothing of them.</summary>
    private readonly DeliveryPolicy? _retries = topic[TopicAttribute.DeliveryPolicy] is { } policy ? DeliveryPolicy.Parse(policy, isTopic: true) : null;

    public Topic Topic { get; } = topic;

    public IReadOnlyList<Subscriber> Subscribers { get; } = subscribers;

    /// <summary>Whether the topic's retries count whatever a subscription says.</summary>
    private bool IsBinding { get; } = topic[TopicAttribute.DeliveryPolicy]?.Contains("\"disableSubscriptionOverrides\":true", StringComparison.Ordinal) == true;

    /// <summary>The retries of a subscription: its own, else the topic's, else those of everybody.</summary>
    public DeliveryPolicy RetriesOf(Subscriber? subscriber) => (IsBinding ? null : subscriber?.Retries) ?? _retries ?? DeliveryPolicy.Default;
}

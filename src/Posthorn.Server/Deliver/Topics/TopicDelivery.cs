using Posthorn.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>What one subscriber gets of one publication, as a message of the commit that publishes.</summary>
internal sealed record TopicDelivery(Subscriber Subscriber, Publication Publication, NewMessage Message)
{
    /// <summary>The same, to be moved to its queue later: that is full, and nobody else is to wait for it.</summary>
    public TopicDelivery Deferred(string reason)
    {
        var attributes = new Dictionary<string, AttributeValue>(Message.Attributes, StringComparer.Ordinal);
        if (Message.Group is { } group)
            attributes[DeliveryAttribute.Group] = group;
        return this with
        {
            Message = Message with
            {
                Queue = SpoolQueues.TopicDeliveries, Group = Subscriber.Subscription.Id, DeduplicationId = null, Attributes = attributes, LastError = reason,
            },
        };
    }
}

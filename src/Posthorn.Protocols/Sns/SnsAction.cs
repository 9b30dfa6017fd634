namespace Posthorn.Protocols.Sns;

/// <summary>What a client can ask for; the names are the protocol's.</summary>
public enum SnsAction
{
    /// <summary>Makes a topic, or finds one that is like it.</summary>
    CreateTopic,
    /// <summary>Removes a topic with its subscriptions.</summary>
    DeleteTopic,
    /// <summary>Lists topics.</summary>
    ListTopics,
    /// <summary>Tells a topic's attributes.</summary>
    GetTopicAttributes,
    /// <summary>Changes an attribute of a topic.</summary>
    SetTopicAttributes,
    /// <summary>Subscribes a queue or an address.</summary>
    Subscribe,
    /// <summary>Confirms a subscription by its token.</summary>
    ConfirmSubscription,
    /// <summary>Ends a subscription.</summary>
    Unsubscribe,
    /// <summary>Lists all subscriptions.</summary>
    ListSubscriptions,
    /// <summary>Lists the subscriptions of a topic.</summary>
    ListSubscriptionsByTopic,
    /// <summary>Tells a subscription's attributes.</summary>
    GetSubscriptionAttributes,
    /// <summary>Changes an attribute of a subscription.</summary>
    SetSubscriptionAttributes,
    /// <summary>Sends a message to all who subscribed.</summary>
    Publish,
    /// <summary>Sends up to ten messages.</summary>
    PublishBatch,
    /// <summary>Sets tags of a topic.</summary>
    TagResource,
    /// <summary>Removes tags of a topic.</summary>
    UntagResource,
    /// <summary>Tells the tags of a topic.</summary>
    ListTagsForResource,
    /// <summary>Adds a statement to a topic's policy.</summary>
    AddPermission,
    /// <summary>Removes a statement of a topic's policy.</summary>
    RemovePermission,
}

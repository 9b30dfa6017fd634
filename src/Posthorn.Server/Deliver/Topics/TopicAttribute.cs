namespace Posthorn.Server.Deliver.Topics;

/// <summary>Names of attributes of topics and subscriptions that mean something here.</summary>
internal static class TopicAttribute
{
    public const string ContentBasedDeduplication = "ContentBasedDeduplication";
    public const string DeliveryPolicy = "DeliveryPolicy";
    public const string DisplayName = "DisplayName";
    public const string FifoThroughputScope = "FifoThroughputScope";
    public const string FifoTopic = "FifoTopic";
    public const string FilterPolicy = "FilterPolicy";
    public const string FilterPolicyScope = "FilterPolicyScope";
    public const string Policy = "Policy";
    public const string RawMessageDelivery = "RawMessageDelivery";
    public const string RedrivePolicy = "RedrivePolicy";
    public const string SignatureVersion = "SignatureVersion";
    public const string SubscriptionRoleArn = "SubscriptionRoleArn";
}

namespace Posthorn.Server.Deliver.Topics;

/// <summary>Names of the attributes of what waits for an endpoint; consumers do not see them.</summary>
internal static class DeliveryAttribute
{
    /// <summary>How many attempts failed.</summary>
    public const string Attempts = "posthorn.topic-attempts";

    /// <summary>The group it has in the queue it is for.</summary>
    public const string Group = "posthorn.topic-group";

    /// <summary>Notification or SubscriptionConfirmation.</summary>
    public const string Type = "posthorn.topic-type";

    /// <summary>The id that publisher and subscriber know it by.</summary>
    public const string MessageId = "posthorn.topic-message-id";

    /// <summary>Whether it goes without its envelope.</summary>
    public const string IsRaw = "posthorn.topic-raw";

    public static readonly IReadOnlyList<string> All = [Attempts, Group, Type, MessageId, IsRaw];
}

using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sns.Notifications;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>The attributes of a topic: which can be set, to what, and how they are told.</summary>
internal static class TopicAttributes
{
    /// <summary>The retries of everybody, as Amazon writes them.</summary>
    public const string DefaultDeliveryPolicy =
        """{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}""";

    private const string KmsMasterKeyId = "KmsMasterKeyId";
    private const string TracingConfig = "TracingConfig";
    private const string ArchivePolicy = "ArchivePolicy";
    private const int DisplayNameLengthMax = 100;

    private static readonly string[] s_feedback =
        [.. new[] { "HTTP", "SQS", "Lambda", "Firehose", "Application" }.SelectMany(p => new[] { $"{p}SuccessFeedbackRoleArn", $"{p}SuccessFeedbackSampleRate", $"{p}FailureFeedbackRoleArn" })];

    /// <summary>Checks an attribute that is to be set.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; empty takes it away.</param>
    /// <param name="isFifo">Whether the topic is a FIFO topic.</param>
    /// <param name="isNew">Whether the topic is being made.</param>
    /// <exception cref="AwsException">There is no such attribute, or it cannot have this value.</exception>
    public static void Check(string name, string value, bool isFifo, bool isNew)
    {
        var prefix = isNew ? "Attributes Reason: " : "";
        AwsException Bad(string reason) => SnsErrors.Invalid($"{prefix}{name}: {reason}");
        switch (name)
        {
            case TopicAttribute.FifoTopic when isNew:
                if (value is not ("true" or "false"))
                    throw Bad($"Invalid value [{value}]. Must be true or false.");
                break;
            case TopicAttribute.ContentBasedDeduplication when isFifo:
                if (value is not ("true" or "false"))
                    throw Bad($"Invalid value [{value}]. Must be true or false.");
                break;
            case TopicAttribute.FifoThroughputScope when isFifo:
                if (value is not ("Topic" or "MessageGroup"))
                    throw Bad($"Invalid value [{value}]. Must be either Topic or MessageGroup.");
                break;
            case TopicAttribute.DisplayName:
                if (value.Length > DisplayNameLengthMax || value.Any(char.IsControl))
                    throw Bad($"at most {DisplayNameLengthMax} characters, without line ends");
                break;
            case TopicAttribute.SignatureVersion:
                if (value is not ("1" or "2"))
                    throw Bad($"Invalid value [{value}]. Must be 1 or 2.");
                break;
            case TopicAttribute.Policy:
                if (value.Length > 0 && !PolicyDocument.IsOne(value))
                    throw SnsErrors.Invalid("Policy failed to parse");
                break;
            case TopicAttribute.DeliveryPolicy:
                CheckDeliveryPolicy(value, isTopic: true, prefix);
                break;
            case TracingConfig:
                if (value is not ("PassThrough" or "Active" or ""))
                    throw Bad($"Invalid value [{value}]. Must be PassThrough or Active.");
                break;
            case KmsMasterKeyId or ArchivePolicy:
                break;
            default:
                if (!s_feedback.Contains(name))
                    throw SnsErrors.Invalid(isNew ? $"Attributes Reason: Unknown attribute {name}" : "AttributeName");
                break;
        }
    }

    /// <summary>Checks the retries of a topic or a subscription.</summary>
    /// <exception cref="AwsException">They are none.</exception>
    public static void CheckDeliveryPolicy(string value, bool isTopic, string prefix)
    {
        if (value.Length == 0)
            return;
        try
        {
            DeliveryPolicy.Parse(value, isTopic);
        }
        catch (FormatException e)
        {
            throw SnsErrors.Invalid($"{prefix}DeliveryPolicy: {e.Message}");
        }
    }

    /// <summary>All attributes as clients are told them.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Shown(SubscribedTopic subscribed, string account)
    {
        var topic = subscribed.Topic;
        var confirmed = subscribed.Subscribers.Count(s => s.Subscription.IsConfirmed);
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["TopicArn"] = topic.ArnOf(account).ToString(),
            ["Owner"] = account,
            [TopicAttribute.Policy] = DefaultPolicy(topic.ArnOf(account), account),
            [TopicAttribute.DisplayName] = "",
            ["SubscriptionsConfirmed"] = Number(confirmed),
            ["SubscriptionsPending"] = Number(subscribed.Subscribers.Count - confirmed),
            ["SubscriptionsDeleted"] = Number(topic.Ended),
            ["EffectiveDeliveryPolicy"] = topic[TopicAttribute.DeliveryPolicy] ?? DefaultDeliveryPolicy,
        };
        if (topic.IsFifo)
        {
            shown[TopicAttribute.FifoTopic] = "true";
            shown[TopicAttribute.ContentBasedDeduplication] = "false";
        }
        foreach (var (name, value) in topic.Attributes)
            shown[name] = value;
        return shown;
    }

    /// <summary>The policy of a topic that has none of its own.</summary>
    public static string DefaultPolicy(TopicArn topic, string account) =>
        $$$$"""
        {"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{{{{topic}}}}","Condition":{"StringEquals":{"AWS:SourceOwner":"{{{{account}}}}"}}}]}
        """;

    private static string Number(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

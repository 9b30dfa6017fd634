using System.Collections.Frozen;
using System.Globalization;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Redrive;
using Posthorn.Queues;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>The attributes of queues: which there are, what they may be, and what a change makes of policy and settings.</summary>
internal static class QueueAttributes
{
    public const string VisibilityTimeout = "VisibilityTimeout";
    public const string DelaySeconds = "DelaySeconds";
    public const string MessageRetentionPeriod = "MessageRetentionPeriod";
    public const string ReceiveMessageWaitTimeSeconds = "ReceiveMessageWaitTimeSeconds";
    public const string MaximumMessageSize = "MaximumMessageSize";
    public const string Policy = "Policy";
    public const string RedrivePolicy = "RedrivePolicy";
    public const string RedriveAllowPolicy = "RedriveAllowPolicy";
    public const string KmsMasterKeyId = "KmsMasterKeyId";
    public const string KmsDataKeyReusePeriodSeconds = "KmsDataKeyReusePeriodSeconds";
    public const string SqsManagedSseEnabled = "SqsManagedSseEnabled";
    public const string FifoQueue = "FifoQueue";
    public const string ContentBasedDeduplication = "ContentBasedDeduplication";
    public const string DeduplicationScope = "DeduplicationScope";
    public const string FifoThroughputLimit = "FifoThroughputLimit";

    /// <summary>What is only told: setting it is refused, giving it to CreateQueue changes nothing.</summary>
    public static readonly FrozenSet<string> ReadOnly = new[]
    {
        "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, (int Min, int Max)> s_numbers = new Dictionary<string, (int, int)>(StringComparer.Ordinal)
    {
        [VisibilityTimeout] = (0, SqsLimits.VisibilitySecondsMax),
        [DelaySeconds] = (0, SqsLimits.DelaySecondsMax),
        [MessageRetentionPeriod] = (SqsLimits.RetentionSecondsMin, SqsLimits.RetentionSecondsMax),
        [ReceiveMessageWaitTimeSeconds] = (0, SqsLimits.WaitSecondsMax),
        [MaximumMessageSize] = (SqsLimits.MessageBytesMaxMin, SqsLimits.MessageBytesMax),
        [KmsDataKeyReusePeriodSeconds] = (60, 86_400),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_texts =
        new[] { Policy, RedrivePolicy, RedriveAllowPolicy, KmsMasterKeyId, SqsManagedSseEnabled, FifoQueue, ContentBasedDeduplication, DeduplicationScope, FifoThroughputLimit }
            .ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string name) => s_numbers.ContainsKey(name) || s_texts.Contains(name) || ReadOnly.Contains(name);

    /// <summary>Checks attributes that are to be set, each by itself.</summary>
    /// <exception cref="AwsException">There is no such attribute, or it cannot have the value, or not in such a queue.</exception>
    public static void Check(IReadOnlyList<KeyValuePair<string, string>> attributes, bool isFifo, bool isNew)
    {
        foreach (var (name, value) in attributes)
        {
            if (ReadOnly.Contains(name) && isNew)
                continue;
            if (s_numbers.TryGetValue(name, out var range))
                NumberOf(name, value, range);
            else if (s_texts.Contains(name))
                CheckText(name, value, isFifo, isNew);
            else
                throw SqsErrors.UnknownAttribute(name);
        }
        CheckTogether(attributes);
    }

    /// <summary>What a checked change makes of a queue. What is set to what it shows already stays as it is.</summary>
    /// <param name="queue">As it is.</param>
    /// <param name="attributes">What is set.</param>
    /// <param name="deadLetters">The queue that a redrive policy names, once it was found to be one; null for none.</param>
    /// <param name="isNew">Whether it is being made: only then the scope of deduplication takes effect.</param>
    public static (QueuePolicy Policy, QueueSettings Settings) Change(
        SqsQueue queue, IReadOnlyList<KeyValuePair<string, string>> attributes, QueueName? deadLetters, bool isNew)
    {
        var (policy, settings) = (queue.Policy, queue.Settings);
        foreach (var (name, value) in attributes)
        {
            if (ReadOnly.Contains(name) || ShownAttributes.ValueOf(queue, name) == value)
                continue;
            if (PolicyWith(policy, name, value, deadLetters) is { } changed)
                policy = changed;
            if (name == DeduplicationScope && isNew)
                policy = policy with { DeduplicationScope = value == "messageGroup" ? Posthorn.Queues.DeduplicationScope.Group : Posthorn.Queues.DeduplicationScope.Queue };
            settings = SettingsWith(settings, name, value);
        }
        return (policy, settings);
    }

    private static QueuePolicy? PolicyWith(QueuePolicy policy, string name, string value, QueueName? deadLetters) => name switch
    {
        VisibilityTimeout => policy with { VisibilityTimeout = Seconds(value) },
        DelaySeconds => policy with { Delay = Seconds(value) },
        MessageRetentionPeriod => policy with { Retention = Seconds(value) },
        // The largest is what this door takes at all: then the queue itself has no limit, and larger messages may come in by other doors.
        MaximumMessageSize => policy with { MessageBytesMax = Number(value) < SqsLimits.MessageBytesMax ? Number(value) : null },
        RedrivePolicy when value.Length == 0 => policy with { ReceivesMax = null, DeadLetterQueue = null },
        RedrivePolicy => policy with { ReceivesMax = Protocols.Sqs.Redrive.RedrivePolicy.Parse(value).ReceivesMax, DeadLetterQueue = deadLetters },
        _ => null,
    };

    private static QueueSettings SettingsWith(QueueSettings settings, string name, string value) => name switch
    {
        VisibilityTimeout or DelaySeconds or MessageRetentionPeriod or MaximumMessageSize or FifoQueue => settings,
        RedrivePolicy => settings.With(name, value.Length == 0 ? null : Protocols.Sqs.Redrive.RedrivePolicy.Parse(value).ToString()),
        KmsMasterKeyId when value.Length > 0 => settings.With(name, value).With(SqsManagedSseEnabled, "false"),
        SqsManagedSseEnabled when value == "true" => settings.With(KmsMasterKeyId, null).With(KmsDataKeyReusePeriodSeconds, null).With(name, value),
        KmsDataKeyReusePeriodSeconds when value == "300" => settings.With(name, null),
        _ => settings.With(name, value.Length == 0 ? null : value),
    };

    private static void CheckText(string name, string value, bool isFifo, bool isNew)
    {
        switch (name)
        {
            case FifoQueue when !isNew && !isFifo:
            case ContentBasedDeduplication when !isFifo:
                throw SqsErrors.UnknownAttribute(name);
            case FifoQueue when value != "true" && !isNew:
                throw SqsErrors.BadAttribute(name, "Modifying queue type is not supported.");
            case FifoQueue when value != "true":
                throw SqsErrors.UnknownAttribute(name);
            case ContentBasedDeduplication or SqsManagedSseEnabled when value is not ("true" or "false"):
            case DeduplicationScope when isFifo && value is not ("queue" or "messageGroup"):
            case FifoThroughputLimit when isFifo && value is not ("perQueue" or "perMessageGroupId"):
            case Policy when value.Length > 0 && !PolicyDocument.IsOne(value):
                throw SqsErrors.BadAttribute(name);
            case DeduplicationScope or FifoThroughputLimit when !isFifo:
                throw new AwsException(SqsErrors.InvalidAttributeName, $"You can specify the {name} only when FifoQueue is set to true.");
            case RedrivePolicy when value.Length > 0:
                Protocols.Sqs.Redrive.RedrivePolicy.Parse(value);
                break;
            case RedriveAllowPolicy when value.Length > 0:
                Protocols.Sqs.Redrive.RedriveAllowPolicy.Parse(value);
                break;
        }
    }

    private static void CheckTogether(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        string? Given(string name) => attributes.LastOrDefault(a => a.Key == name).Value;
        if (Given(KmsMasterKeyId) is { Length: > 0 } && Given(SqsManagedSseEnabled) == "true")
        {
            throw new AwsException(
                SqsErrors.InvalidAttributeName, "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.");
        }
    }

    /// <summary>High throughput needs a scope of groups; looked at when both are known.</summary>
    /// <exception cref="AwsException">It has another.</exception>
    public static void CheckThroughput(QueueSettings settings)
    {
        if (settings[FifoThroughputLimit] == "perMessageGroupId" && settings[DeduplicationScope] != "messageGroup")
        {
            throw new AwsException(
                SqsErrors.InvalidAttributeValue,
                "Invalid value for the parameter FifoThroughputLimit. Reason: The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.");
        }
    }

    private static int NumberOf(string name, string value, (int Min, int Max) range) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= range.Min && number <= range.Max
            ? number : throw SqsErrors.BadAttribute(name);

    private static int Number(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(string value) => TimeSpan.FromSeconds(Number(value));
}

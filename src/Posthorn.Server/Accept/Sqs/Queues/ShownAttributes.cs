using System.Globalization;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Redrive;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>The attributes of a queue as clients are told them.</summary>
internal static class ShownAttributes
{
    private static readonly string[] s_all =
    [
        QueueAttributes.Policy, QueueAttributes.VisibilityTimeout, QueueAttributes.MaximumMessageSize, QueueAttributes.MessageRetentionPeriod,
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
        QueueAttributes.DelaySeconds, QueueAttributes.ReceiveMessageWaitTimeSeconds, QueueAttributes.RedrivePolicy, QueueAttributes.RedriveAllowPolicy, QueueAttributes.FifoQueue,
        QueueAttributes.ContentBasedDeduplication, QueueAttributes.DeduplicationScope, QueueAttributes.FifoThroughputLimit, QueueAttributes.KmsMasterKeyId,
        QueueAttributes.KmsDataKeyReusePeriodSeconds, QueueAttributes.SqsManagedSseEnabled,
    ];

    /// <summary>Those that were asked for and are set.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="names">Names, or <c>All</c>.</param>
    /// <param name="arnOf">Writes a queue's ARN.</param>
    /// <exception cref="AwsException">There is no attribute of a name.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(SqsQueue queue, IReadOnlyList<string> names, Func<Posthorn.Queues.QueueName, QueueArn> arnOf)
    {
        foreach (var name in names)
            if (name != "All" && !QueueAttributes.IsKnown(name))
                throw SqsErrors.UnknownAttribute(name);
        var wanted = names.Contains("All") ? s_all : s_all.Where(names.Contains);
        return [.. wanted.Select(name => KeyValuePair.Create(name, ValueOf(queue, name, arnOf))).Where(a => a.Value is not null)!];
    }

    /// <summary>The value of an attribute that can be set; null when it is not.</summary>
    public static string? ValueOf(SqsQueue queue, string name) => ValueOf(queue, name, queueName => new QueueArn(AwsCaller.DefaultRegion, "", queueName.Value));

    private static string? ValueOf(SqsQueue queue, string name, Func<Posthorn.Queues.QueueName, QueueArn> arnOf)
    {
        var (status, settings, policy) = (queue.Status, queue.Settings, queue.Policy);
        return name switch
        {
            "QueueArn" => arnOf(queue.Name).ToString(),
            "CreatedTimestamp" => Number(settings.CreatedAt),
            "LastModifiedTimestamp" => Number(settings.ChangedAt),
            "ApproximateNumberOfMessages" => Number(status.Ready),
            "ApproximateNumberOfMessagesNotVisible" => Number(status.Leased + status.Held),
            "ApproximateNumberOfMessagesDelayed" => Number(status.Delayed),
            QueueAttributes.VisibilityTimeout => Seconds(policy.VisibilityTimeout),
            QueueAttributes.DelaySeconds => Seconds(policy.Delay),
            // For ever is more than SQS can say.
            QueueAttributes.MessageRetentionPeriod => Seconds(policy.Retention is { } retention && retention.TotalSeconds < SqsLimits.RetentionSecondsMax ? retention : TimeSpan.FromSeconds(SqsLimits.RetentionSecondsMax)),
            QueueAttributes.MaximumMessageSize => Number(queue.MessageBytesMax),
            QueueAttributes.ReceiveMessageWaitTimeSeconds => Number(queue.WaitSeconds),
            QueueAttributes.RedrivePolicy => RedriveOf(queue, arnOf),
            QueueAttributes.FifoQueue => queue.IsFifo ? "true" : null,
            QueueAttributes.ContentBasedDeduplication => queue.IsFifo ? settings[name] ?? "false" : null,
            QueueAttributes.DeduplicationScope => queue.IsFifo ? settings[name] ?? ScopeOf(queue) : null,
            QueueAttributes.FifoThroughputLimit => queue.IsFifo ? settings[name] ?? "perQueue" : null,
            QueueAttributes.SqsManagedSseEnabled => settings[name] ?? "true",
            _ => settings[name],
        };
    }

    /// <summary>As it was given, unless it was changed by another hand since.</summary>
    private static string? RedriveOf(SqsQueue queue, Func<Posthorn.Queues.QueueName, QueueArn> arnOf)
    {
        if (queue.Policy is not { ReceivesMax: { } max, DeadLetterQueue: { } target })
            return null;
        if (queue.Settings[QueueAttributes.RedrivePolicy] is { } kept && RedrivePolicy.Parse(kept) is var policy && policy.ReceivesMax == max && policy.Target.Name == target.Value)
            return kept;
        return new RedrivePolicy(arnOf(target), max, IsCountText: false).ToString();
    }

    private static string ScopeOf(SqsQueue queue) => queue.Policy.DeduplicationScope == Posthorn.Queues.DeduplicationScope.Group ? "messageGroup" : "queue";

    private static string Seconds(TimeSpan time) => Number((long)time.TotalSeconds);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds <c>queues</c>.</summary>
internal static class QueuesBinder
{
    /// <summary>SQS's bound; a consumer that needs longer extends its lease.</summary>
    private static readonly TimeSpan s_visibilityMax = TimeSpan.FromHours(12);

    private static readonly TimeSpan s_deduplicationMax = TimeSpan.FromDays(7);

    private static readonly TimeSpan s_century = TimeSpan.FromDays(36_500);

    public static IReadOnlyDictionary<QueueName, QueuePolicy> Bind(ConfigReader root, ICollection<ConfigError> errors)
    {
        var queues = new Dictionary<QueueName, QueuePolicy>();
        foreach (var entry in root.Section("queues")?.Entries() ?? [])
        {
            var section = ConfigReader.Open(entry.Value, errors);
            if (!QueueName.TryParse(entry.Key, out var name, out var reason))
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, reason));
            else if (name.IsBelow(SpoolQueues.Prefix))
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, $"queues below '{SpoolQueues.Prefix}/' belong to the mail path, which sets them up itself"));
            else
                queues[name] = BindPolicy(name, section);
            section.Close();
        }

        return queues;
    }

    private static QueuePolicy BindPolicy(QueueName name, ConfigReader section)
    {
        var policy = new QueuePolicy
        {
            VisibilityTimeout = section.Duration("visibility-timeout", QueuePolicy.Default.VisibilityTimeout, max: s_visibilityMax),
            Delay = section.Duration("delay", TimeSpan.Zero, max: s_century),
            Retention = section.OptionalDuration("retention", min: TimeSpan.FromSeconds(1), max: s_century),
            ReceivesMax = section.OptionalInteger("max-receives", min: 1),
            DeadLetterQueue = BindDeadLetterQueue(name, section),
            MessageBytesMax = section.OptionalSize("max-message-size", min: 1),
            BytesMax = section.OptionalSize("max-size", min: 1),
            MessagesMax = section.OptionalLong("max-messages", min: 1),
            IsFifo = section.Flag("fifo", byDefault: false),
            DeduplicationWindow = section.Duration("deduplication-window", QueuePolicy.Default.DeduplicationWindow, max: s_deduplicationMax),
            DeduplicationScope = section.Choice("deduplication-scope", DeduplicationScope.Queue),
            KeepConsumed = section.OptionalDuration("keep-consumed", min: TimeSpan.FromSeconds(1), max: s_century),
            LeasesMax = section.OptionalInteger("leases-max", min: 1),
            Fairness = BindFairness(section),
            IsPaused = section.Flag("paused", byDefault: false),
        };
        if (section.Has("max-receives") != section.Has("dead-letter"))
        {
            var (given, missing) = section.Has("max-receives") ? ("max-receives", "dead-letter") : ("dead-letter", "max-receives");
            section.Refuse(given, $"needs {missing}, too: after max-receives deliveries without an ack a message goes to the queue dead-letter");
            return policy with { ReceivesMax = null, DeadLetterQueue = null };
        }

        return policy;
    }

    private static QueueFairness? BindFairness(ConfigReader section)
    {
        if (section.Text("fairness") is not { } text)
            return null;
        if (!QueueFairness.TryParse(text, out var fairness))
            section.Refuse("fairness", "is group or attribute(name): by what tenants are told apart");
        else if (section.Flag("fifo", byDefault: false))
            section.Refuse("fairness", "is not for a fifo queue, whose groups take turns already");
        else
            return fairness;
        return null;
    }

    private static QueueName? BindDeadLetterQueue(QueueName name, ConfigReader section)
    {
        if (section.Text("dead-letter") is not { } text)
            return null;
        if (!QueueName.TryParse(text, out var queue, out var reason))
            section.Refuse("dead-letter", reason);
        else if (queue == name)
            section.Refuse("dead-letter", "a queue cannot be its own dead-letter queue");
        else
            return queue;
        return null;
    }
}

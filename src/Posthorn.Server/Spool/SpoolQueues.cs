using Posthorn.Queues;

namespace Posthorn.Server.Spool;

/// <summary>The queues that mail passes through.</summary>
public static class SpoolQueues
{
    /// <summary>Everything of the mail path lies below this.</summary>
    public const string Prefix = "spool";

    /// <summary>Where every accepted mail enters the pipeline.</summary>
    public static QueueName Root { get; } = Processor("root");

    /// <summary>Mail for other hosts, grouped by destination domain.</summary>
    public static QueueName Outgoing { get; } = QueueName.Parse("spool/outgoing");

    /// <summary>Mail that was given up, kept to be looked at and redriven.</summary>
    public static QueueName DeadLetters { get; } = QueueName.Parse("spool/dead-letters");

    /// <summary>Mail whose queue is full: it is ready for it, and tried again until it is too old.</summary>
    public static QueueName Deferred { get; } = QueueName.Parse("spool/deferred");

    /// <summary>What a topic could not deliver at once: to HTTP endpoints and to full queues, grouped by subscription.</summary>
    public static QueueName TopicDeliveries { get; } = QueueName.Parse("spool/topics/deliveries");

    /// <summary>What was published to FIFO topics in the last minutes, so that it is not published again.</summary>
    public static QueueName Published { get; } = QueueName.Parse("spool/topics/published");

    /// <summary>Whether the pipeline works a queue off: one of its states, or <see cref="Deferred"/>.</summary>
    public static bool IsOfPipeline(QueueName queue) => queue == Deferred || queue.IsBelow("spool/process");

    /// <summary>The queue of a pipeline state.</summary>
    public static QueueName Processor(string name) => QueueName.Parse($"spool/process/{name}");
}

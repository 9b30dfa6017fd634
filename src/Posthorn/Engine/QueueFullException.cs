using Posthorn.Queues;

namespace Posthorn.Engine;

/// <summary>A queue refuses a message because of its policy's limits.</summary>
public sealed class QueueFullException(QueueName queue, bool isMessageTooLarge, string reason) : InvalidOperationException(reason)
{
    /// <summary>The queue.</summary>
    public QueueName Queue { get; } = queue;

    /// <summary>True: this message is larger than the queue takes, ever. False: the queue holds too much now.</summary>
    public bool IsMessageTooLarge { get; } = isMessageTooLarge;
}

using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// Where a webhook's dead letters go: to the dead-letter queue of its queue's policy, and without one to the queue's name with <c>-dead</c>. They are
/// never dropped, and redriving puts them back.
/// </summary>
internal static class WebhookDeadLetters
{
    private const string Suffix = "-dead";
    private const string Fifo = ".fifo";

    public static QueueName Of(IEngine engine, QueueName queue)
    {
        if (engine.Status(queue)?.Policy.DeadLetterQueue is { } set)
            return set;
        var stem = queue.Value.EndsWith(Fifo, StringComparison.Ordinal) ? queue.Value[..^Fifo.Length] : queue.Value; // it is a standard queue
        return QueueName.TryParse(stem + Suffix, out var made, out _) ? made : SpoolQueues.DeadLetters;
    }
}

using System.Globalization;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Queues;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>A queue as this door sees it, at one moment.</summary>
/// <param name="Status">The engine's figures and policy.</param>
/// <param name="Settings">What only this door knows.</param>
internal sealed record SqsQueue(QueueStatus Status, QueueSettings Settings)
{
    public QueueName Name => Status.Name;

    /// <summary>What tells its receipts from other queues'.</summary>
    public ulong Tag => field != 0 ? field : field = SqsReceipt.TagOf(Name);

    public QueuePolicy Policy => Status.Policy;

    public bool IsFifo => Policy.IsFifo;

    public bool DeduplicatesByContent => Settings[QueueAttributes.ContentBasedDeduplication] == "true";

    /// <summary>Largest message taken over SQS; what is larger goes in under <c>/v1</c>.</summary>
    public long MessageBytesMax => Math.Min(Policy.MessageBytesMax ?? long.MaxValue, SqsLimits.MessageBytesMax);

    public int WaitSeconds => int.TryParse(Settings[QueueAttributes.ReceiveMessageWaitTimeSeconds], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    /// <summary>
    /// The place of a message among all that the queue ever had, as 20 digits: its number, and in front of it the queue's identity, which is
    /// another and larger one after a purge, when numbers begin anew.
    /// </summary>
    public string SequenceOf(long number) => (((ulong)Status.Identity << 40) | (ulong)number).ToString("D20", CultureInfo.InvariantCulture);
}

using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>A message in flight: the little that is kept of it while its client has it. Guarded by <see cref="HeldMessages"/>.</summary>
internal sealed class HeldMessage(LeasedMessage leased, TimeSpan since, TimeSpan endsAt)
{
    public ReceiptHandle Handle { get; } = leased.Handle;

    public MessageId Origin { get; } = leased.Message.Origin;

    public QueueName Queue { get; } = leased.Message.Queue;

    public int ReceiveCount { get; } = leased.Message.ReceiveCount;

    /// <summary>When it was leased, and when that ends, on the stream's own clock.</summary>
    public TimeSpan Since { get; } = since;

    public TimeSpan EndsAt { get; set; } = endsAt;

    /// <summary>Whether its client was sent it, if not whole.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether a commit that settles it is on its way.</summary>
    public bool IsSettling { get; set; }
}

using Posthorn.Leases;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>Takes messages from the engine into a consumer's hands.</summary>
internal static class Leasing
{
    /// <summary>How long a lease that is to be extended lasts when its queue's own time is zero: what SQS has by default.</summary>
    private static readonly TimeSpan DurationWithout = TimeSpan.FromSeconds(30);

    public static async ValueTask<IReadOnlyList<ReceivedMessage>> TakeAsync(
        StoreContext context, QueueName queue, LeaseRequest request, TimeSpan extendFor, CancellationToken cancellationToken)
    {
        // A null stays one: the policy may change while the call waits. What is extended needs a time that is not zero.
        var policy = context.Engine.Status(queue)?.Policy;
        if (extendFor > TimeSpan.Zero && (request.VisibilityTimeout ?? policy?.VisibilityTimeout) == TimeSpan.Zero)
            request = request with { VisibilityTimeout = DurationWithout };
        var leased = await context.Engine.LeaseAsync(queue, request, cancellationToken);
        MessageActivity.Received(queue, leased);
        if (leased.Count == 0)
            return [];
        var now = context.Time.GetUtcNow();
        var received = new ReceivedMessage[leased.Count];
        for (var i = 0; i < received.Length; i++)
        {
            var duration = request.VisibilityTimeout ?? leased[i].ExpiresAt - now;
            received[i] = new ReceivedMessage(context, leased[i], new HeldLease(context, leased[i], duration, extendFor));
        }
        return received;
    }
}

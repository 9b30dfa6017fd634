using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>Leases messages of a queue as there are credits, and hands them on. Waiting is the engine's: an idle stream polls nothing.</summary>
internal sealed class MessagePump(StreamContext context, StreamRequest request, Credits credits, HeldMessages held)
{
    /// <summary>Runs until its queue is gone.</summary>
    /// <param name="pushAsync">Sends a batch; each of its messages is held, so that its lease is renewed while those before it go out.</param>
    /// <param name="stop">Ends it between two batches; what is leased and not sent is left with the held ones.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task RunAsync(Func<IReadOnlyList<LeasedMessage>, CancellationToken, ValueTask> pushAsync, CancellationToken stop)
    {
        while (true)
        {
            var room = Math.Min(await credits.WaitAsync(stop), context.Limits.BatchMax);
            var wanted = new LeaseRequest
            {
                MessagesMax = room, VisibilityTimeout = request.Visibility, Wait = Timeout.InfiniteTimeSpan, Group = request.Group,
            };
            var leased = await context.Engine.LeaseAsync(request.Queue, wanted, stop);
            if (leased.Count == 0 && context.Engine.Status(request.Queue) is null)
                return;
            // Also when it was stopped in this very moment: whoever holds them gives them back.
            credits.Take(leased.Count);
            held.Add(leased);
            await pushAsync(leased, stop);
        }
    }
}

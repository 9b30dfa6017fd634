using Posthorn.Leases;

namespace Posthorn.Journal.Index;

/// <summary>A caller who waits for a first message. Handed to exactly once: messages, nothing, or an error.</summary>
internal sealed class LeaseWaiter(LeaseRequest request) : TaskCompletionSource<LeaseGrant[]>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public LeaseRequest Request { get; } = request;

    /// <summary>Whether it was handed something or has gone; guarded by the engine's lock, so that no message goes to a caller who has left.</summary>
    public bool IsDone { get; set; }
}

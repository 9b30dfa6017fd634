namespace Posthorn.Queues;

/// <summary>The priority lane and the delayed lane of a queue at one moment; see <see cref="QueueFairness"/>. In memory only: a start begins anew.</summary>
/// <param name="Delayed">Ready messages in the delayed lane: of noisy tenants, and of groups that a consumer has deferred.</param>
/// <param name="OldestDelayedAt">When the oldest of them came into the queue; null when there is none.</param>
/// <param name="NoisyTenants">Tenants that take more than their share while others wait.</param>
/// <param name="DeferredGroups">Groups that a consumer has put aside for a time (<see cref="Engine.IEngine.Defer"/>).</param>
/// <param name="LeasedByNoisy">Messages of noisy tenants that consumers hold.</param>
/// <param name="PriorityReceives">Messages handed out from the priority lane since the start.</param>
/// <param name="DelayedReceives">Messages handed out from the delayed lane since the start.</param>
public sealed record LaneFigures(
    long Delayed, DateTimeOffset? OldestDelayedAt, int NoisyTenants, int DeferredGroups, long LeasedByNoisy, long PriorityReceives, long DelayedReceives)
{
    /// <summary>A queue that has only the one lane.</summary>
    public static LaneFigures None { get; } = new(0, null, 0, 0, 0, 0, 0);
}

namespace Posthorn.Client.Contracts.Queues;

/// <summary>The priority lane and the delayed lane of a fair queue.</summary>
public sealed record QueueLanes
{
    /// <summary>Ready messages in the delayed lane: of noisy tenants, and of groups that a consumer has deferred.</summary>
    public long Delayed { get; init; }

    /// <summary>When the oldest of them came in; null when there is none.</summary>
    public DateTimeOffset? OldestDelayedAt { get; init; }

    /// <summary>Tenants that take more than their share while others wait.</summary>
    public int NoisyTenants { get; init; }

    /// <summary>Groups that a consumer has put aside for a time.</summary>
    public int DeferredGroups { get; init; }

    /// <summary>Messages of noisy tenants that consumers hold.</summary>
    public long LeasedByNoisy { get; init; }

    /// <summary>Messages handed out from the priority lane since the server started.</summary>
    public long PriorityReceives { get; init; }

    /// <summary>Messages handed out from the delayed lane since the server started.</summary>
    public long DelayedReceives { get; init; }
}

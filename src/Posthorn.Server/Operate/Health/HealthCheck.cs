using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Health;

/// <summary>Tells how the server is. Costs as much as listing the queues.</summary>
public sealed class HealthCheck(IEngine engine, ICluster cluster, ServerState state, TimeProvider time)
{
    public HealthReport Report()
    {
        var health = engine.Health;
        var (status, reason) = (health.State, state.Phase) switch
        {
            (EngineState.Failed, _) => ("failed", health.Reason ?? "The engine stopped; restart the server."),
            (_, ServerPhase.Starting) => ("starting", "The doors do not listen yet."),
            (_, ServerPhase.Draining) => ("draining", "The server is stopping."),
            _ when cluster.View.Self.State == NodeState.Draining => ("draining", "An administrator drains this node: it takes on nothing new."),
            (EngineState.Full, _) => ("full", health.Reason ?? "No space is left for new messages."),
            _ => ("ok", health.Reason), // part of it may be away, or wait for a human
        };
        IReadOnlyList<QueueStatus> queues = [];
        try
        {
            queues = engine.Queues();
        }
        catch (EngineUnavailableException e)
        {
            (status, reason) = ("unavailable", e.Message);
        }
        var spool = queues.Where(q => q.Name.IsBelow(SpoolQueues.Prefix) && q.Name != SpoolQueues.DeadLetters).ToList();
        var oldest = spool.Min(q => q.OldestEnqueuedAt);
        return new HealthReport(
            status,
            reason,
            health.FreeBytes,
            state.StartedAt,
            state.Listeners.Select(l => l.ToString()).ToList(),
            spool.Sum(q => q.Messages),
            oldest is { } at ? Math.Max(0, (time.GetUtcNow() - at).TotalSeconds) : 0);
    }
}

using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Brings the queues of the configuration into being at start: what is configured there is what counts, whatever was changed by hand before.
/// Only whether a queue is paused stays as it was left, unless the configuration says so.
/// </summary>
internal static class ConfiguredQueues
{
    public static async ValueTask ApplyAsync(IReadOnlyDictionary<QueueName, QueuePolicy> queues, IEngine engine, CancellationToken cancellationToken)
    {
        var commit = new Commit();
        foreach (var (name, configured) in queues)
        {
            var current = engine.Status(name)?.Policy;
            var policy = configured with { IsPaused = configured.IsPaused || current?.IsPaused == true };
            if (current != policy)
                commit.SetQueue(name, policy);
        }

        if (commit.Operations.Count > 0)
            await engine.CommitAsync(commit, cancellationToken);
    }
}

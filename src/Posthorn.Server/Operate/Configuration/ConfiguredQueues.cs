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
    /// <exception cref="ConfigException">A queue that holds messages was to become FIFO, or to cease to be.</exception>
    public static async ValueTask ApplyAsync(LoadedConfig config, IEngine engine, CancellationToken cancellationToken)
    {
        var commit = new Commit();
        foreach (var (name, configured) in config.Options.Queues)
        {
            var current = engine.Status(name)?.Policy;
            var policy = configured with { IsPaused = configured.IsPaused || current?.IsPaused == true };
            if (current != policy)
                commit.SetQueue(name, policy);
        }

        if (commit.Operations.Count == 0)
            return;
        try
        {
            await engine.CommitAsync(commit, cancellationToken);
        }
        catch (CommitConflictException e)
        {
            throw new ConfigException([.. e.Conflicts.Select(c => Refusal(config, ((CommitOperation.SetQueue)commit.Operations[c.Operation]).Name))]);
        }
    }

    private static ConfigError Refusal(LoadedConfig config, QueueName name)
    {
        var queue = $"queues.{name}";
        var location = config.Effective.Settings.FirstOrDefault(s => s.Key == $"{queue}.fifo" || s.Key.StartsWith(queue + ".", StringComparison.Ordinal))?.Location
            ?? new ConfigLocation("queues");
        return new ConfigError(location, $"{queue}.fifo", "cannot be changed while the queue holds messages: move or purge them first, or take another name");
    }
}

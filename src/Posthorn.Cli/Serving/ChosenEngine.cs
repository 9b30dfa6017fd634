using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.PostgreSql;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Sharding;

namespace Posthorn.Cli.Serving;

/// <summary>The engine that the configuration names: the journal of the data folder, or a database.</summary>
internal static class ChosenEngine
{
    private const int ThreadsMin = 16;

    /// <exception cref="StartException">It cannot be opened; the message says why and what to do.</exception>
    public static async Task<IEngine> OpenAsync(
        PosthornOptions options, IJournalFileSystem files, TimeProvider time, CancellationToken cancellationToken, IProgress<double>? progress = null)
    {
        if (options.Engine.Postgres is not { } connectionString)
            return await DataFolder.OpenEngineAsync(files, options.Data, time, cancellationToken, progress, BodyPlace.Open(options.Engine.Bodies), options.Engine.BodyGrace);
        // A queue's status is asked for without waiting, and holds a thread while the database answers.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, ThreadsMin), ports);
        var home = await OpenHomeAsync(options, connectionString, time, cancellationToken);
        try
        {
            if (options.Engine.Shards.Count > 0)
                return await OpenShardsAsync(options, home, time, cancellationToken);
            ShardedEngine.ThrowIfSharded(home);
            return home;
        }
        catch (ShardsUnusableException e)
        {
            await home.DisposeAsync();
            throw new StartException($"The queues cannot be opened (engine.shards): {e.Message}", e);
        }
        catch (Exception e) when (e is EngineUnavailableException or StartException)
        {
            await home.DisposeAsync();
            throw e as StartException ?? new StartException($"The queues cannot be opened (engine.shards): {e.Message}", e);
        }
    }

    private static async Task<PostgresEngine> OpenHomeAsync(PosthornOptions options, string connectionString, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(SettingsOf(options, connectionString, options.Engine.Listen, options.Engine.Schema), "engine.postgres", time, cancellationToken);
        }
        catch (EngineUnavailableException e)
        {
            throw new StartException($"The queues cannot be opened (engine.postgres): {e.Message}", e);
        }
    }

    private static PostgresOptions SettingsOf(PosthornOptions options, string connectionString, string? listen, string schema) => new()
    {
        ConnectionString = connectionString, ListenConnectionString = listen, Schema = schema, NodeName = options.NodeName,
        Bodies = BodyPlace.Open(options.Engine.Bodies),
        BodyGrace = options.Engine.BodyGrace,
    };

    /// <summary>Opens all of them at once: a server that does not answer takes its time.</summary>
    private static async Task<IEngine> OpenShardsAsync(PosthornOptions options, PostgresEngine home, TimeProvider time, CancellationToken cancellationToken)
    {
        var shards = options.Engine.Shards.Select((shard, at) => new Shard(
            shard.Name,
            async token => await OpenAsync(SettingsOf(options, shard.Postgres, shard.Listen, shard.Schema), $"engine.shards[{at}].postgres", time, token),
            shard.Queues));
        return await ShardedEngine.OpenAsync(home, [.. shards], time, cancellationToken);
    }

    /// <exception cref="EngineUnavailableException">It cannot be reached.</exception>
    private static async Task<PostgresEngine> OpenAsync(PostgresOptions settings, string key, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await PostgresEngine.OpenAsync(settings, time, cancellationToken);
        }
        catch (BodyStoreUnusableException e)
        {
            throw new StartException($"The bodies cannot be opened (engine.bodies): {e.Message}", e);
        }
        catch (Exception e) when (e is DatabaseUnusableException or ArgumentException)
        {
            throw new StartException($"The queues cannot be opened ({key}): {e.Message}", e);
        }
    }
}

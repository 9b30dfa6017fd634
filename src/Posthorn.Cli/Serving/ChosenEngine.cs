using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.PostgreSql;
using Posthorn.Server.Operate.Configuration;

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
        var settings = new PostgresOptions
        {
            ConnectionString = connectionString, ListenConnectionString = options.Engine.Listen, Schema = options.Engine.Schema, NodeName = options.NodeName,
            Bodies = BodyPlace.Open(options.Engine.Bodies),
            BodyGrace = options.Engine.BodyGrace,
        };
        // A queue's status is asked for without waiting, and holds a thread while the database answers.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, ThreadsMin), ports);
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
            throw new StartException($"The queues cannot be opened (engine.postgres): {e.Message}", e);
        }
    }
}

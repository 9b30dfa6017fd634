using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Commits;
using Posthorn.Embedded.Consuming;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Embedded.Hosting;
using Posthorn.Journal;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded;

/// <summary>An open store of queues, for programs without a host: what a connection is to a database, except that one is enough.</summary>
/// <example><code>
/// await using var store = await PosthornStore.OpenAsync("queue");
/// await store.Get("orders").SendAsync("42");
/// </code></example>
public sealed class PosthornStore : IQueues, IStoreSource, IAsyncDisposable
{
    private readonly StoreContext _context;
    private readonly string _data;
    private readonly IDisposable? _files;

    private PosthornStore(StoreContext context, string data, IDisposable? files) => (_context, _data, _files) = (context, data, files);

    /// <inheritdoc/>
    public EngineHealth Health => Engine.Health;

    /// <inheritdoc/>
    public IEngine Engine => _context.Engine;

    StoreContext IStoreSource.Context => _context;

    /// <summary>Opens the store of a folder, made when it does not exist, and recovers what a crash left.</summary>
    /// <param name="folder">The data folder. One process has it at a time.</param>
    /// <param name="cancellationToken">Ends the start; nothing is lost by it.</param>
    /// <exception cref="FolderInUseException">Another process has it.</exception>
    /// <exception cref="JournalDamagedException">What was acknowledged is not on the disk as it was written; nothing was changed.</exception>
    public static Task<PosthornStore> OpenAsync(string folder, CancellationToken cancellationToken = default) =>
        OpenAsync(new StoreOptions { Data = folder }, cancellationToken: cancellationToken);

    /// <summary>Opens a store; see <see cref="OpenAsync(string, CancellationToken)"/>.</summary>
    /// <param name="options">Where it is and which queues it has.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <param name="logs">Where it logs; null is nowhere.</param>
    /// <param name="cancellationToken">Ends the start; nothing is lost by it.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Options are wrong; it names each with its key.</exception>
    public static async Task<PosthornStore> OpenAsync(
        StoreOptions options, TimeProvider? time = null, ILoggerFactory? logs = null, CancellationToken cancellationToken = default)
    {
        StoreOptionsValidator.Check(options);
        time ??= TimeProvider.System;
        PhysicalFileSystem? files = null;
        IEngine? engine = null;
        try
        {
            if (options.OpenEngine is { } open)
                engine = await open(cancellationToken);
            else
            {
                files = new PhysicalFileSystem(Path.Combine(options.Data, "journal"));
                engine = await JournalEngine.OpenAsync(files, options.Journal, time, cancellationToken: cancellationToken);
            }
            await DeclareAsync(engine, options, cancellationToken);
            var log = (logs ?? NullLoggerFactory.Instance).CreateLogger("Posthorn");
            var queues = engine.Queues();
            log.Opened(options.Data, queues.Count, queues.Sum(queue => queue.Messages));
            return new PosthornStore(new StoreContext(engine, time, log), options.Data, files);
        }
        catch
        {
            if (engine is not null)
                await engine.DisposeAsync();
            files?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IQueue Get(string name) => new StoreQueue(this, QueueName.Parse(name));

    /// <inheritdoc/>
    public IQueue<T> Get<T>(string name, JsonTypeInfo<T> type) => new StoreQueue<T>(Get(name), type);

    /// <inheritdoc/>
    public IReadOnlyList<QueueStatus> List() => Engine.Queues();

    /// <inheritdoc/>
    public CommitBuilder NewCommit(string? idempotencyKey = null, TimeSpan roomWait = default) => new(this, idempotencyKey, roomWait);

    /// <summary>Puts on disk what is under way and closes the store in order. Consumers should be stopped before; messages they still hold come back at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _files?.Dispose();
        _context.Log.Closed(_data);
    }

    private static async Task DeclareAsync(IEngine engine, StoreOptions options, CancellationToken cancellationToken)
    {
        var commit = new Commit();
        foreach (var (text, make) in options.Queues)
        {
            var name = QueueName.Parse(text);
            var now = engine.Status(name)?.Policy;
            if (make == StoreOptions.Unchanged && now is not null)
                continue;
            var policy = make(QueuePolicy.Default);
            policy = policy with { IsPaused = now?.IsPaused ?? policy.IsPaused };
            if (policy != now)
                commit.SetQueue(name, policy);
        }
        if (commit.Operations.Count > 0)
            await engine.CommitAsync(commit, cancellationToken);
    }
}

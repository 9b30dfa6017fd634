using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Posthorn.Embedded.Consuming;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Embedded.Hosting;

/// <summary>The store of a host: open before any hosted service starts, closed after the last one has stopped. Queues can be had before, and used then.</summary>
internal sealed class StoreHost(IOptions<StoreOptions> options, TimeProvider? time = null, ILoggerFactory? logs = null)
    : IQueues, IStoreSource, IHostedLifecycleService, IAsyncDisposable
{
    private PosthornStore? _store;
    private bool _isClosed;

    public EngineHealth Health => Store.Health;

    public IEngine Engine => Store.Engine;

    public StoreContext Context => ((IStoreSource)Store).Context;

    private PosthornStore Store => Volatile.Read(ref _store) ?? throw (Volatile.Read(ref _isClosed)
        ? new ObjectDisposedException(nameof(PosthornStore), "The host has stopped and closed the store.")
        : new InvalidOperationException("The store is not open yet: it opens when the host starts."));

    public IQueue Get(string name) => new StoreQueue(this, QueueName.Parse(name));

    public IQueue<T> Get<T>(string name, JsonTypeInfo<T> type) => new StoreQueue<T>(Get(name), type);

    public IReadOnlyList<QueueStatus> List() => Store.List();

    public CommitBuilder NewCommit(string? idempotencyKey = null, TimeSpan roomWait = default) => new(this, idempotencyKey, roomWait);

    public async Task StartingAsync(CancellationToken cancellationToken) =>
        Volatile.Write(ref _store, await PosthornStore.OpenAsync(options.Value, time, logs, cancellationToken));

    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Also when the start of another service failed and nothing was ever stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isClosed, true);
        if (Interlocked.Exchange(ref _store, null) is { } store)
            await store.DisposeAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

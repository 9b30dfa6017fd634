using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Orders;

/// <summary>The standing orders, each a document of the engine under <c>orders/</c>: durable when given, in force again after a restart, and on all nodes.</summary>
/// <remarks>
/// Readers see an immutable array, so asking for every recipient of every mail costs a field read while there is none.
/// Diagnostics: an order's document that cannot be read is logged and left where it is. Limits: a few thousand orders; each recipient is
/// compared with each.
/// </remarks>
public sealed partial class StandingOrders : IStandingOrders, IAsyncDisposable
{
    private const string Prefix = "orders/";

    /// <summary>Longest time until the ended orders are looked for again, well below what a timer can take.</summary>
    private static readonly TimeSpan s_lookMax = TimeSpan.FromHours(1);

    private readonly IEngine _engine;
    private readonly ICluster _cluster;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private volatile Snapshot _snapshot;
    private int _disposed;

    private StandingOrders(IEngine engine, ICluster cluster, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _cluster = cluster;
        _time = time;
        _logger = logger;
        _snapshot = Snapshot.Of(Read());
        _timer = time.CreateTimer(_ => _ = RemoveEndedAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(NextLook(), Timeout.InfiniteTimeSpan);
        cluster.DocumentsChanged += OnDocumentsChanged;
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public IReadOnlyList<StandingOrder> InForce
    {
        get
        {
            var now = _time.GetUtcNow();
            return _snapshot.ByAge.Where(o => !HasEnded(o, now)).ToList();
        }
    }

    /// <summary>Reads the orders that the engine keeps.</summary>
    public static StandingOrders Load(IEngine engine, ICluster cluster, TimeProvider time, ILogger<StandingOrders> logger) => new(engine, cluster, time, logger);

    /// <inheritdoc/>
    public StandingOrder? Find(Message message, Recipient recipient)
    {
        var orders = _snapshot.ByPrecedence;
        if (orders.Length == 0)
            return null;
        var now = _time.GetUtcNow();
        var domain = recipient.Address.AsSpan(recipient.Address.LastIndexOf('@') + 1);
        foreach (var order in orders)
        {
            if ((order.Domain is null || domain.Equals(order.Domain, StringComparison.OrdinalIgnoreCase))
                && (order.Recipient is null || order.Recipient.Equals(recipient.Address, StringComparison.OrdinalIgnoreCase))
                && (order.Sender is null || order.Sender.Equals(message.Envelope.Sender, StringComparison.OrdinalIgnoreCase))
                && !HasEnded(order, now))
                return order;
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask GiveAsync(StandingOrder order, CancellationToken cancellationToken)
    {
        var document = JsonSerializer.SerializeToUtf8Bytes(order, OrderJson.Default.StandingOrder);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _engine.CommitAsync(new Commit().SetDocument(Prefix + order.Id, document), cancellationToken);
            _snapshot = Snapshot.Of(_snapshot.ByAge.Where(o => o.Id != order.Id).Append(order));
        }
        finally
        {
            _writing.Release();
        }

        LogGiven(order.Id, order.Action, order.By, order.Reason);
        _timer.Change(NextLook(), Timeout.InfiniteTimeSpan);
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CancelAsync(string id, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!_snapshot.ByAge.Any(o => o.Id == id))
                return false;
            await _engine.CommitAsync(new Commit().SetDocument(Prefix + id, null), cancellationToken);
            _snapshot = Snapshot.Of(_snapshot.ByAge.Where(o => o.Id != id));
        }
        finally
        {
            _writing.Release();
        }

        LogCancelled(id);
        Changed?.Invoke();
        return true;
    }

    /// <summary>Stops looking for ended orders; the orders stay.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _cluster.DocumentsChanged -= OnDocumentsChanged;
        await _stopping.CancelAsync();
        await _timer.DisposeAsync();
        await _writing.WaitAsync();
        _writing.Dispose();
        _stopping.Dispose();
    }

    private static bool HasEnded(StandingOrder order, DateTimeOffset now) => order.Until <= now;

    // Off the engine's thread.
    private void OnDocumentsChanged() => _ = Task.Run(ReadAgainAsync);

    /// <summary>Another node has given an order, or taken one back.</summary>
    private async Task ReadAgainAsync()
    {
        try
        {
            await _writing.WaitAsync(_stopping.Token);
            bool isNew;
            try
            {
                var read = Snapshot.Of(Read());
                isNew = !read.ByAge.SequenceEqual(_snapshot.ByAge);
                _snapshot = read;
            }
            finally
            {
                _writing.Release();
            }

            if (!isNew)
                return;
            _timer.Change(NextLook(), Timeout.InfiniteTimeSpan);
            Changed?.Invoke();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping.
        }
    }

    private List<StandingOrder> Read()
    {
        var orders = new List<StandingOrder>();
        foreach (var (key, document) in _engine.Documents(Prefix))
        {
            try
            {
                orders.Add(JsonSerializer.Deserialize(document.Span, OrderJson.Default.StandingOrder) ?? throw new JsonException("The document is null."));
            }
            catch (JsonException e)
            {
                LogUnreadable(e, key);
            }
        }

        return orders;
    }

    // An order ends by its time whether or not its document is gone: this only tidies up, and tells those who wait.
    private async Task RemoveEndedAsync()
    {
        try
        {
            await _writing.WaitAsync(_stopping.Token);
            var ended = false;
            try
            {
                var now = _time.GetUtcNow();
                var over = _snapshot.ByAge.Where(o => HasEnded(o, now)).ToList();
                ended = over.Count > 0;
                if (ended)
                {
                    _snapshot = Snapshot.Of(_snapshot.ByAge.Except(over));
                    var commit = new Commit();
                    foreach (var order in over)
                        commit.SetDocument(Prefix + order.Id, null);
                    await _engine.CommitAsync(commit, _stopping.Token);
                }
            }
            finally
            {
                _writing.Release();
            }

            _timer.Change(NextLook(), Timeout.InfiniteTimeSpan);
            if (ended)
                Changed?.Invoke();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping.
        }
        catch (Exception e)
        {
            // The documents are found ended again at the next start.
            LogRemoveFailed(e);
            Changed?.Invoke();
        }
    }

    private TimeSpan NextLook()
    {
        if (_snapshot.ByAge.Select(o => o.Until).Min() is not { } next)
            return s_lookMax;
        var wait = next - _time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > s_lookMax ? s_lookMax : wait;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Standing order {Id} given by {By}: {Action}, {Reason}")]
    private partial void LogGiven(string id, OrderAction action, string by, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Standing order {Id} was taken back.")]
    private partial void LogCancelled(string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "The standing order {Key} cannot be read and is not in force.")]
    private partial void LogUnreadable(Exception exception, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ended standing orders could not be removed from the store; they are not in force.")]
    private partial void LogRemoveFailed(Exception exception);

    /// <summary>The orders in the two orders that are asked for.</summary>
    private sealed record Snapshot(StandingOrder[] ByAge, StandingOrder[] ByPrecedence)
    {
        public static Snapshot Of(IEnumerable<StandingOrder> orders)
        {
            var byAge = orders.OrderBy(o => o.At).ThenBy(o => o.Id, StringComparer.Ordinal).ToArray();
            return new Snapshot(byAge, [.. byAge.OrderBy(o => Precedence(o.Action))]);
        }

        // What ends a mail comes before what only keeps it waiting.
        private static int Precedence(OrderAction action) => action switch
        {
            OrderAction.Bounce or OrderAction.Discard => 0,
            OrderAction.Hold => 1,
            OrderAction.Suspend => 2,
            _ => throw new InvalidOperationException($"{action} is no action of an order."),
        };
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(StandingOrder))]
    private sealed partial class OrderJson : JsonSerializerContext;
}

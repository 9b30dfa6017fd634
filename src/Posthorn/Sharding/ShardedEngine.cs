using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Sharding.Spanning;

namespace Posthorn.Sharding;

/// <summary>Several stores as one: each queue is in one of them, which its name alone decides. The first, the home shard, has all that no pattern names, and documents.</summary>
/// <remarks>
/// A commit within one shard is that shard's. One that spans several is decided in one of them, durably, together with what is to happen in the others,
/// and completes when it has happened there too; should the node die in between, another one goes on with it, each part once.
/// <para><i>Diagnostics.</i> A shard that cannot be reached: its queues say <see cref="EngineUnavailableException"/>, the others go on, and <see cref="Health"/>
/// tells which. A spanning commit is refused before it is decided when a shard of it was away and still is; when it goes away in between, the commit
/// happens when it is back, and its caller is told that the outcome is not known. One that was away at the start is opened every second; when it cannot be
/// taken in, for it is not the store that was recorded or refuses its user, it stays away, <see cref="Health"/> says why, and it is tried again.</para>
/// <para><i>Limits.</i> Between the shards of a commit a reader may see one part and not yet the other. Changes, moves and removals of messages in several
/// shards are no one commit (<see cref="SpanningCommitException"/>). A limit of a queue in another shard is looked at before the decision and may be passed by
/// what is decided at that moment.</para>
/// </remarks>
public sealed partial class ShardedEngine : ISharedEngine
{
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing;
    private readonly ShardMap _map;
    private readonly SpanningPlanner _planner;
    private readonly Courier _courier;
    private readonly ShardMetrics _metrics;
    private int _isClosed;

    private ShardedEngine(ShardMap map, TimeProvider time, CancellationTokenSource closing)
    {
        (_map, _time, _closing) = (map, time, closing);
        _planner = new SpanningPlanner(map, time);
        _courier = new Courier(map, time, async commit => await SpanAsync(commit, takesRoom: false, CancellationToken.None));
        Cluster = new ShardCluster(map);
        _metrics = new ShardMetrics(map);
    }

    /// <inheritdoc/>
    public ICluster Cluster { get; }

    /// <inheritdoc/>
    public EngineHealth Health
    {
        get
        {
            var all = _map.Links.Select(link => (Link: link, link.Health)).ToList();
            var home = all[0].Health;
            var reasons = all.Select(s => s.Link.Fault ?? (s.Health.Reason is { } reason ? s.Link.IsHome ? reason : $"The shard '{s.Link.Name}': {reason}" : null))
                .Append(_courier.Complaint).OfType<string>().ToList();
            // Without the home shard nothing is accepted; without another one its queues are not.
            return new EngineHealth(home.State, reasons.Count == 0 ? null : string.Join(' ', reasons), all.Min(s => s.Health.FreeBytes));
        }
    }

    /// <summary>
    /// Opens shards as one engine, which closes them. What shards there are and whose is what is recorded in the home shard; one that cannot be reached, or
    /// is lost before this returns, is away, and taken in when it comes, as long as the shards are as they were recorded.
    /// </summary>
    /// <param name="home">The engine on the home shard.</param>
    /// <param name="shards">The others, in an order that stays.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ShardsUnusableException">They cannot be used as they are given; the message says why and what to do. They are closed.</exception>
    public static async Task<ShardedEngine> OpenAsync(IShard home, IReadOnlyList<Shard> shards, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var closing = new CancellationTokenSource();
        var links = new List<ShardLink> { new(0, "home", _ => Task.FromResult(home), time, closing.Token) };
        links.AddRange(shards.Select((shard, i) => new ShardLink(i + 1, shard.Name, shard.Open, time, closing.Token)));
        try
        {
            await Task.WhenAll(links.Select(link => link.OpenAsync(cancellationToken)));
            var registry = new ShardRegistry(links, shards, new ShardRules([.. shards.Select(s => s.Queues)]));
            var (map, letters) = await AgreeAsync(links, shards, registry, cancellationToken);
            var engine = new ShardedEngine(map, time, closing);
            engine.Start(registry, letters);
            return engine;
        }
        catch
        {
            await closing.CancelAsync();
            foreach (var link in links)
                await link.CloseAsync();
            closing.Dispose();
            throw;
        }
    }

    /// <summary>Whether a queue is in a shard that cannot be reached, while the home shard can: it is to be asked for again later.</summary>
    public bool IsAway(QueueName queue) => _map.Home.Fault is null && ShardOf(queue).Fault is not null;

    /// <summary>Checks that a store may be opened by itself: that it is no shard of another, and has none.</summary>
    /// <exception cref="ShardsUnusableException">It may not; the message says why and what to do.</exception>
    public static void ThrowIfSharded(IEngine engine) => ShardRegistry.ThrowIfSharded(engine);

    /// <summary>Ends what is under way and closes the shards; whoever waits for messages gets none.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        _metrics.Dispose();
        await _courier.DisposeAsync();
        await _closing.CancelAsync();
        foreach (var link in _map.Links)
            await link.CloseAsync();
        _closing.Dispose();
    }

    /// <summary>Agrees on the shards, without those that are lost meanwhile: of these there is one less to be lost each time.</summary>
    /// <returns>Where things are, and the queues of letters there are.</returns>
    private static async Task<(ShardMap Map, IReadOnlyList<(ShardLink Link, QueueName Queue)> Letters)> AgreeAsync(
        List<ShardLink> links, IReadOnlyList<Shard> shards, ShardRegistry registry, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var map = await registry.AgreeAsync(cancellationToken);
                return (map, [.. links.Where(l => l.IsOpen).SelectMany(link => link.Begin(LettersOf).Select(queue => (link, queue)))]);
            }
            catch (EngineUnavailableException) when (links.Exists(l => l.IsLost) && links.TrueForAll(l => !l.IsLost || CanComeAgain(l, shards)))
            {
                foreach (var lost in links.Where(l => l.IsLost))
                    await lost.LeaveAsync();
            }
        }
    }

    private static bool CanComeAgain(ShardLink link, IReadOnlyList<Shard> shards) => !link.IsHome && !shards[link.Index - 1].IsGiven;

    private static List<QueueName> LettersOf(IShard engine) => [.. engine.Queues().Select(q => q.Name).Where(q => BetweenQueues.DeadLetterQueueOf(q) is not null)];

    private void Start(ShardRegistry registry, IReadOnlyList<(ShardLink Link, QueueName Queue)> letters)
    {
        foreach (var (link, queue) in letters)
            _courier.Watch(link, queue);
        foreach (var link in _map.Links.Where(l => !l.IsOpen))
            link.TakeInWhenItComes((engine, cancellationToken) => TakeInAsync(registry, link, engine, cancellationToken));
        _courier.Start();
    }

    private async Task TakeInAsync(ShardRegistry registry, ShardLink link, IShard engine, CancellationToken cancellationToken)
    {
        await registry.TakeInAsync(link, engine, cancellationToken);
        foreach (var queue in LettersOf(engine))
            _courier.Watch(link, queue);
    }

    private ShardLink ShardOf(QueueName queue) => _map.ShardOf(queue);
}

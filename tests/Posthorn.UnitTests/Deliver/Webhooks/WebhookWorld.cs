using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Bodies;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Endpoints;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Sharding;
using Posthorn.UnitTests.Operate.Clustering;
using Posthorn.UnitTests.Sharding;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>Webhooks with an engine in memory, endpoints that answer as they are told, and a clock that moves when told.</summary>
internal sealed class WebhookWorld : ITimeline, IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly PosthornOptions _options;
    private readonly Func<Task<IEngine>> _open;
    private ServiceProvider _services = null!;

    private WebhookWorld(IReadOnlyList<WebhookOptions> webhooks, ManualTimeProvider time, Func<Task<IEngine>> open)
    {
        (Time, _open) = (time, open);
        _options = new PosthornOptions { Hostname = "posthorn.test", Webhooks = webhooks };
        Endpoints = new FakeEndpoints(time);
    }

    public ManualTimeProvider Time { get; }

    public IEngine Engine { get; private set; } = null!;

    public FakeEndpoints Endpoints { get; }

    /// <summary>The nodes; this one alone unless a test says otherwise.</summary>
    public TestCluster Cluster { get; } = new();

    public ConcurrentQueue<TimelineEvent> Events { get; } = new();

    public WebhookCourier Courier => _services.GetRequiredService<WebhookCourier>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public static Task<WebhookWorld> StartAsync(params WebhookSettings[] webhooks) => StartAsync(before: null, webhooks);

    /// <summary>Starts with webhooks as a configuration has them, without chance in their delays.</summary>
    public static async Task<WebhookWorld> StartAsync(Func<WebhookWorld, Task>? before, params WebhookSettings[] webhooks)
    {
        var (time, store) = (new ManualTimeProvider(), new ReferenceStore());
        var world = new WebhookWorld([.. webhooks.Select(Options)], time, () => Task.FromResult<IEngine>(new ReferenceEngine(time, store)));
        world.Engine = await world._open();
        if (before is not null)
            await before(world);
        await world.BeginAsync();
        return world;
    }

    /// <summary>Starts on two shards, of which the second one may be away; those of its webhooks are not waited for then.</summary>
    public static async Task<WebhookWorld> StartAsync(TwoShards shards, params WebhookSettings[] webhooks)
    {
        var time = new ManualTimeProvider();
        var world = new WebhookWorld([.. webhooks.Select(Options)], time, async () => await shards.OpenLosableAsync(time));
        world.Engine = await world._open();
        await world.BeginAsync();
        return world;
    }

    public static WebhookSettings Orders(string url = "http://127.0.0.1:8080/hook") => new() { Queue = "orders", Url = url, Secrets = [Secret], Schedule = "5s, 1m, 10m" };

    public static WebhookOptions Options(WebhookSettings settings) =>
        new WebhookRules(settings, (key, reason) => throw new ConfigException([new ConfigError(new ConfigLocation("test"), key, reason)])).Build(isConfigured: true)! with { Jitter = 0 };

    /// <summary>Ends the process at once, as a crash does, and starts it again on what it had made durable.</summary>
    public async Task CrashAsync()
    {
        var dying = Courier;
        await Engine.DisposeAsync();
        Engine = await _open();
        await BeginAsync();
        _ = dying.StopAsync(new CancellationToken(canceled: true));
    }

    public async Task<MessageId> SendAsync(string text = "hello", string queue = "orders", string? group = null, params (string Name, string Value)[] attributes) =>
        (await Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse(queue), Content = Body.Of(Encoding.UTF8.GetBytes(text)), Group = group,
            Attributes = attributes.ToDictionary(a => a.Name, a => AttributeValue.Of(a.Value, "String"), StringComparer.Ordinal),
        }))).Added[0].Id;

    public List<Message> In(string queue) => Engine.BrowseAsync(QueueName.Parse(queue), MessageFilter.All).ToBlockingEnumerable().ToList();

    public long Count(string queue) => Engine.Status(QueueName.Parse(queue))?.Messages ?? 0;

    public async Task<string> TextAsync(Message message)
    {
        await using var stream = await Engine.OpenAsync(message.Content);
        return await new StreamReader(stream).ReadToEndAsync();
    }

    public LaneStatus Lane(string name = "orders") => Courier.Find(name)!.Lanes().Single();

    public IEnumerable<string> Told(TimelineKind kind) => Events.Where(e => e.Kind == kind).Select(e => e.Detail ?? "");

    /// <summary>Waits until it is so; the clock stands still meanwhile.</summary>
    public async Task UntilAsync(Func<bool> isSo, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > s_patience)
                throw new TimeoutException($"Not so within {s_patience}: {what}. Posts: {string.Join(" | ", Endpoints.Posts.Select(p => $"{p.At:HH:mm:ss} {p.Url} {p.Id}"))}; events: {string.Join(" | ", Events.Select(e => $"{e.Kind} {e.Detail}"))}");
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Waits for so many posts in all, and until what they came to is settled.</summary>
    public async Task PostsAsync(int count)
    {
        await UntilAsync(() => Endpoints.Posts.Count >= count, $"{count} posts");
        await SettledAsync();
        if (Endpoints.Posts.Count != count)
            throw new InvalidOperationException($"{Endpoints.Posts.Count} posts instead of {count}");
    }

    /// <summary>Waits until no call is under way and nothing is leased.</summary>
    public Task SettledAsync() => UntilAsync(
        () => _options.Webhooks.All(w => Courier.Find(w.Name)!.Lanes().All(l => l.InFlight == 0) && Engine.Status(w.Queue) is null or { Leased: 0 }), "all is settled");

    /// <summary>
    /// Moves the clock, in steps, so that what a timer starts goes on before the next one fires: a call that an endpoint would answer is ended before
    /// the clock goes on, however slow the machine is, or it would seem to have taken the whole step.
    /// </summary>
    public async Task AdvanceAsync(TimeSpan by, TimeSpan? step = null)
    {
        var each = step ?? by;
        for (var done = TimeSpan.Zero; done < by; done += each)
        {
            Time.Advance(by - done < each ? by - done : each);
            await Task.Delay(TimeSpan.FromMilliseconds(5));
            await UntilAsync(() => _options.Webhooks.Sum(w => Courier.Find(w.Name)?.Lanes().Sum(l => l.InFlight) ?? 0) <= Endpoints.Held, "only held calls are under way");
        }
    }

    void ITimeline.Record(TimelineEvent happened) => Events.Enqueue(happened);

    public async ValueTask DisposeAsync()
    {
        var stopped = Courier.StopAsync(CancellationToken.None);
        while (!stopped.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(3));
            await Task.WhenAny(stopped, Task.Delay(5));
        }
        await stopped;
        await _services.DisposeAsync();
        await Engine.DisposeAsync();
    }

    private async Task BeginAsync()
    {
        var services = new ServiceCollection().AddLogging(l => l.ClearProviders())
            .AddSingleton<TimeProvider>(Time).AddSingleton<IEngine>(Engine).AddSingleton<ITimeline>(this).AddSingleton(_options).AddSingleton<ICluster>(Cluster)
            .AddSingleton(_ => new EndpointClients(Time, _ => Endpoints));
        services.AddTopics().AddWebhooks();
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<TopicBook>().Load();
        await Courier.StartAsync(CancellationToken.None);
        await UntilAsync(() => _options.Webhooks.All(w => Courier.Find(w.Name) is { } run && (run.Fault is not null || !w.Url.IsFixed || run.Lanes().Count > 0 || IsAway(w.Queue))), "all are at work");
    }

    private bool IsAway(QueueName queue) => Engine is ShardedEngine shards && shards.IsAway(queue);
}

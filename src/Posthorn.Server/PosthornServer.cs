using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Operate.Metrics;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Outages;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server;

/// <summary>A running server: all doors on one Kestrel, over an engine that has recovered.</summary>
/// <remarks>
/// <para>Start: timeline and standing orders, the configured queues, pipeline and dispatcher, and only then the doors.
/// Stop, in the opposite order: the doors take nothing new and their sessions end, pipeline and dispatcher give back what they hold,
/// the timeline is written out, the engine is closed. Whatever is cut short by a time-out is in the engine and goes on after the next start.</para>
/// </remarks>
public sealed partial class PosthornServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly IEngine _engine;
    private readonly ServerState _state;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private Task _applying = Task.CompletedTask;
    private int _stopping;

    private PosthornServer(WebApplication host, IEngine engine, TimeProvider time)
    {
        _host = host;
        _engine = engine;
        _time = time;
        _state = host.Services.GetRequiredService<ServerState>();
        _logger = host.Services.GetRequiredService<ILogger<PosthornServer>>();
    }

    /// <summary>Where the doors listen; ports are the actual ones.</summary>
    public IReadOnlyList<Listener> Listeners => _state.Listeners;

    /// <summary>What the server is made of, for programs that embed it and for tests.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts everything; the doors listen when it returns.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="engine">An engine that has recovered; the server closes it when it is disposed of, also when the start fails.</param>
    /// <param name="time">The clock of everything.</param>
    /// <param name="logs">Takes the log; stays the caller's.</param>
    /// <param name="configure">Adds to the services, last: mailets of one's own, other resolvers.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="ListenException">A door cannot listen where it should.</exception>
    /// <exception cref="IOException">The data folder cannot be used.</exception>
    public static async Task<PosthornServer> StartAsync(
        LoadedConfig config, IEngine engine, TimeProvider time, ILoggerProvider logs, Action<IServiceCollection>? configure = null, CancellationToken cancellationToken = default)
    {
        WebApplication? host = null;
        try
        {
            host = Build(config.Options, engine, time, logs, configure);
            var server = new PosthornServer(host, engine, time);
            await server.StartAsync(config, cancellationToken);
            return server;
        }
        catch
        {
            if (host is not null)
                await host.DisposeAsync();
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts everything with options that a program made itself.</summary>
    public static Task<PosthornServer> StartAsync(
        PosthornOptions options, IEngine engine, TimeProvider time, ILoggerProvider logs, CancellationToken cancellationToken = default) =>
        StartAsync(LoadedConfig.Of(options), engine, time, logs, configure: null, cancellationToken);

    /// <summary>Drains: takes nothing new, finishes what was begun. Returns when that is done or <paramref name="cancellationToken"/> has had enough of it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
            return;
        _state.Phase = ServerPhase.Draining;
        LogDraining();
        try
        {
            await _host.StopAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogDrainCutShort();
        }
    }

    /// <summary>Drains, unless that was done, writes the timeline out and closes the engine.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _closing.CancelAsync();
        await _applying;
        _closing.Dispose();
        await _host.DisposeAsync();
        await _engine.DisposeAsync();
    }

    private async Task StartAsync(LoadedConfig config, CancellationToken cancellationToken)
    {
        foreach (var setting in config.Effective.Settings)
            LogSetting(setting);
        foreach (var warning in config.Warnings)
            LogWarning(warning);
        if (config.Options.Accounts.Count == 0)
            LogOpen();
        // Made now and in this order: what is measured, recorded and ordered must be there before the first message moves.
        _ = Services.GetRequiredService<MetricsExporter>();
        _ = Services.GetRequiredService<ITimelineStore>();
        _ = Services.GetRequiredService<StandingOrders>();
        if (await ConfiguredQueues.ApplyAsync(config.Options, config.Effective, _engine, among: null, cancellationToken) is { Count: > 0 } left)
        {
            LogLeft(string.Join(", ", left.Select(q => q.Value)), _engine.Health.Reason);
            _applying = Task.Run(() => ApplyLaterAsync(config, left), CancellationToken.None);
        }
        await _host.StartAsync(cancellationToken);
        _state.Listeners = Services.GetRequiredService<BoundDoors>().Listeners();
        _state.Phase = ServerPhase.Serving;
        LogServing(config.Options.Hostname, string.Join(", ", Listeners));
    }

    /// <summary>Applies what is configured for queues whose shard was away at the start.</summary>
    private async Task ApplyLaterAsync(LoadedConfig config, IReadOnlyList<QueueName> left)
    {
        try
        {
            await Outage.SitOutAsync(
                async token => (left = await ConfiguredQueues.ApplyAsync(config.Options, config.Effective, _engine, left, token)).Count == 0, _time, _closing.Token);
            LogApplied();
        }
        catch (OperationCanceledException)
        {
            // The next start applies them.
        }
        catch (Exception e)
        {
            LogNotApplied(e, string.Join(", ", left.Select(q => q.Value)), e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is configured for the queues {Queues} is applied later: {Reason}")]
    private partial void LogLeft(string queues, string? reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "All queues are as they are configured.")]
    private partial void LogApplied();

    [LoggerMessage(Level = LogLevel.Error, Message = "The queues {Queues} are not as they are configured: {Reason}. Put that right and start again.")]
    private partial void LogNotApplied(Exception e, string queues, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Configured: {Setting}")]
    private partial void LogSetting(EffectiveSetting setting);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void LogWarning(ConfigWarning warning);

    [LoggerMessage(Level = LogLevel.Information, Message = "No accounts are configured: anyone on this machine may use the server under any name.")]
    private partial void LogOpen();

    [LoggerMessage(Level = LogLevel.Information, Message = "{Hostname} serves: {Listeners}")]
    private partial void LogServing(string hostname, string listeners);

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining: the doors take nothing new, what was begun is finished.")]
    private partial void LogDraining();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The drain was cut short; what was under way goes on after the next start.")]
    private partial void LogDrainCutShort();
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Overview;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>
/// Delivers the mail of <see cref="SpoolQueues.Outgoing"/>. One loop learns which groups have something ready and finds their destinations; couriers, as many as the
/// <see cref="DispatchBoard"/> allows, lease a few mails of a group, send them over one connection and commit what became of each.
/// </summary>
/// <remarks>
/// Diagnostics: a fault of a destination is a result of its mail; a fault of the engine stops the dispatcher, and leases end with the process (what was in flight may be
/// sent again); anything else that goes wrong in a courier is logged as an error, and its mail comes back when its leases end.
/// Limits: memory holds the names of ready groups (<see cref="GroupsMax"/>, then new ones wait in the engine) and the leased mails of the couriers, never the backlog.
/// </remarks>
public sealed partial class OutgoingDispatcher : BackgroundService, IDestinations
{
    // As Postfix qmgr_message_active_limit bounds its memory; here it is groups, not mails.
    private const int GroupsMax = 20_000;
    private const int ResolvingMax = 100;

    private readonly IEngine _engine;
    private readonly OutgoingOptions _options;
    private readonly IStandingOrders _orders;
    private readonly ITimeline _timeline;
    private readonly TimeProvider _time;
    private readonly ILogger<OutgoingDispatcher> _log;
    private readonly ICluster _cluster;
    private readonly OwnedGroups _groups;
    private readonly RouteFinder _routes;
    private readonly ConnectionOpener _opener;
    private readonly SettlementPlanner _planner;

    // Guards the board with its destinations, and _routesByDomain. Never held over an await or a start of a courier.
    private readonly Lock _gate = new();
    private readonly DispatchBoard _board;
    private readonly Dictionary<string, (Destination Destination, DateTimeOffset Until)> _routesByDomain = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<MessageId, LeasedMessage> _inFlight = new();
    private readonly ConcurrentDictionary<long, Task> _couriers = new();
    private readonly SemaphoreSlim _resolving = new(ResolvingMax);
    private readonly CancellationTokenSource _abort = new();
    private readonly ITimer _alarm;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1); // while the engine cannot be reached

    private CancellationToken _stopping;
    private long _courierNumber;

    internal OutgoingDispatcher(
        IEngine engine, PosthornOptions options, IDnsResolver dns, IConnector connector, IBounceWriter bounces, IStandingOrders orders, ITimeline timeline,
        ICluster cluster, NodeTally tally, TimeProvider time, ILogger<OutgoingDispatcher> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_engine, _options, _orders, _timeline, _time, _log) = (engine, options.Outgoing, orders, timeline, time, log);
        var ownName = _options.HeloName ?? options.Hostname;
        _routes = new RouteFinder(_options, ownName, dns);
        _opener = new ConnectionOpener(_options, ownName, connector, _routes, time);
        _planner = new SettlementPlanner(_options, bounces, time, Random.Shared);
        _cluster = cluster;
        _groups = new OwnedGroups(engine, cluster, SpoolQueues.Outgoing, time);
        _board = new DispatchBoard(_options, IsSuspended, IsOwn);
        tally.Ask(Figures);
        _alarm = time.CreateTimer(_ => Pump(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        _orders.Changed += ReviewSuspended;
        _cluster.Changed += PassOn;
        _retriesTakenUp = [.. _engine.Documents(RetryCall.Prefix).Select(d => d.Key)]; // nothing of this process backs off yet
        var follower = new DocumentFollower(_cluster, _takingUp, TakeUpRetries);
        try
        {
            await Task.WhenAll(ReadGroupsAsync(stoppingToken), KeepHouseAsync(stoppingToken), TellOthersAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopping(_couriers.Count);
        }
        catch (EngineFailedException e)
        {
            LogEngineFailed(e);
        }
        finally
        {
            _orders.Changed -= ReviewSuspended;
            _cluster.Changed -= PassOn;
            follower.Dispose();
            await DrainAsync();
        }
    }

    public override void Dispose()
    {
        _alarm.Dispose();
        _abort.Dispose();
        _resolving.Dispose();
        base.Dispose();
    }

    // The engine announces a group when something of it is ready and then stays silent about it until a lease found it empty: nothing is missed, nothing is polled.
    private async Task ReadGroupsAsync(CancellationToken cancellationToken)
    {
        await foreach (var announced in _groups.ReadAllAsync(cancellationToken))
        {
            var group = OutgoingGroup.Parse(announced);
            if (TryAddKnown(group))
            {
                Pump();
            }
            else
            {
                await _resolving.WaitAsync(cancellationToken);
                _ = ResolveAsync(group, cancellationToken);
            }

            while (IsFull())
            {
                try
                {
                    await MakeRoomAsync(cancellationToken);
                }
                catch (EngineUnavailableException e)
                {
                    LogSweepPostponed(e.Message);
                    await Task.Delay(s_pause, _time, cancellationToken);
                }
            }
        }
    }

    private bool TryAddKnown(OutgoingGroup group)
    {
        lock (_gate)
        {
            if (!_routesByDomain.TryGetValue(group.Domain, out var known) || known.Until <= _time.GetUtcNow() || _board.Find(known.Destination.Name) != known.Destination)
                return false;
            Add(known.Destination, group);
            return true;
        }
    }

    // Under the gate.
    private void Add(Destination destination, OutgoingGroup group)
    {
        if (!_board.Add(destination, group))
            _groups.PassOver();
    }

    private async Task ResolveAsync(OutgoingGroup group, CancellationToken cancellationToken)
    {
        try
        {
            var route = await _routes.FindAsync(group.Domain, cancellationToken);
            lock (_gate)
            {
                var destination = _board.Of(route, group.Domain);
                // The resolver remembers answers by their own times; this only saves asking it for every mail.
                _routesByDomain[group.Domain] = (destination, _time.GetUtcNow() + (route is Route.To ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1)));
                Add(destination, group);
            }

            Pump();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return; // Nothing was leased.
        }
        finally
        {
            _resolving.Release();
        }
    }

    // Starts every courier that can start now, then sets the alarm for what has to wait.
    private void Pump()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Destination destination;
            OutgoingGroup group;
            lock (_gate)
            {
                if (!_board.TryStart(_time.GetUtcNow(), out destination, out group))
                {
                    if (_board.NextAlarm is { } at)
                        _alarm.Change(Positive(at - _time.GetUtcNow()), Timeout.InfiniteTimeSpan);
                    return;
                }
            }

            var number = Interlocked.Increment(ref _courierNumber);
            var courier = RunCourierAsync(destination, group);
            _couriers[number] = courier;
            _ = courier.ContinueWith(_ => _couriers.TryRemove(number, out var ended), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void ReviewSuspended()
    {
        lock (_gate)
            _board.ReviewSuspended();
        Pump();
    }

    private bool IsSuspended(string domain)
    {
        foreach (var order in _orders.InForce)
        {
            if (order is { Action: OrderAction.Suspend, Sender: null, Recipient: null } && (order.Domain is null || order.Domain.Equals(domain, StringComparison.OrdinalIgnoreCase)))
                return true;
        }

        return false;
    }

    private bool IsFull()
    {
        lock (_gate)
            return _board.Groups >= GroupsMax;
    }

    // So many groups are ready that memory has no room for more names. Those that can't be delivered now are put off in the queue itself, a hundred mails at a time,
    // so that a few thousand dead destinations can't keep a living one out.
    private async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        OutgoingGroup? victim;
        lock (_gate)
            victim = _board.TakeBlocked(_time.GetUtcNow());
        if (victim is not { } group)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken);
            return;
        }

        while (true)
        {
            var leased = await _engine.LeaseAsync(SpoolQueues.Outgoing, new LeaseRequest { MessagesMax = 100, Group = group.ToString() }, cancellationToken);
            if (leased.Count > 0)
            {
                var commit = new Commit();
                foreach (var message in leased)
                    commit.Release(message, TimeSpan.FromMinutes(1 + Random.Shared.NextDouble()));
                await CommitAsync(commit, leased.Count);
            }

            if (leased.Count < 100)
                return;
        }
    }

    // What is on its way gets its time; what is not given back by then ends with its connection.
    private async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(_options.DrainTimeout, _time);
        try
        {
            await Task.WhenAll(_couriers.Values).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            LogDrainCut(_couriers.Count);
            await _abort.CancelAsync();
            await Task.WhenAll(_couriers.Values);
        }

        List<SmtpConnection> idle;
        lock (_gate)
            idle = _board.Destinations.SelectMany(d => d.Idle).ToList();
        await Task.WhenAll(idle.Select(c => CloseAsync(c).AsTask()));
    }

    private static async ValueTask CloseAsync(SmtpConnection connection)
    {
        OutgoingMetrics.Connections.Add(-1);
        await connection.QuitAsync();
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>Tells the other nodes once a second what this one does; and gives back what a node had leased that died, so that others go on with it at once.</summary>
/// <remarks>
/// Only of queues whose consumers are nodes: the spool, and those of webhooks. What a client leased over SQS, HTTP, IMAP or POP3 stays his until his lease runs out,
/// for he may acknowledge it on another node.
/// </remarks>
internal sealed partial class NodePulse(
    ICluster cluster, NodeTally tally, ServerState state, IEngine engine, WebhookBook webhooks, TimeProvider time, ILogger<NodePulse> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked again for leases of a dead node: should it only have been slow, it may have taken more.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(30);

    private readonly Dictionary<long, DateTimeOffset> _lookAt = []; // of the loop: when what a dead node holds is looked at next
    private ClusterView? _told;
    private string? _toldReason;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(s_interval, time);
        do
        {
            cluster.Report(new NodeReport(ServerVersion.Text, [.. state.Listeners.Select(l => l.ToString())], tally.Take()));
            var view = cluster.View;
            Tell(view);
            TellReason(engine.Health.Reason);
            try
            {
                await GiveBackAsync(view, stoppingToken);
            }
            catch (EngineUnavailableException)
            {
                // Again with the next tick.
            }
            catch (EngineFailedException)
            {
                return; // who leases says so
            }
        }
        while (await tick.WaitForNextTickAsync(stoppingToken));
    }

    private async ValueTask GiveBackAsync(ClusterView view, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var node in view.Nodes)
        {
            if (node.State != NodeState.Dead)
            {
                _lookAt.Remove(node.Id);
                continue;
            }

            // One of the others does it; each would do no harm.
            if (!view.IsOwn($"leases/{node.Id}") || (_lookAt.TryGetValue(node.Id, out var at) && at > now))
                continue;
            var ended = 0;
            foreach (var queue in QueuesOfNodes())
                ended += await cluster.EndLeasesAsync(node.Id, queue, cancellationToken);
            _lookAt[node.Id] = now + s_again;
            if (ended > 0)
                LogGivenBack(node.Name, ended);
        }
    }

    private IEnumerable<QueueName> QueuesOfNodes() => engine.Queues().Where(q => q.Leased > 0 && q.Name.IsBelow(SpoolQueues.Prefix)).Select(q => q.Name)
        .Concat(webhooks.All.Select(w => w.Queue)).Distinct().ToList();

    private void Tell(ClusterView view)
    {
        var before = _told?.Nodes.ToDictionary(n => n.Id, n => n.State) ?? [];
        foreach (var node in view.Nodes.Where(n => before.GetValueOrDefault(n.Id, NodeState.Live) != n.State && !(_told is null && n.State == NodeState.Dead)))
            LogState(node.Name, node.State);
        foreach (var node in view.Nodes.Where(n => _told is not null && !before.ContainsKey(n.Id)))
            LogCame(node.Name);
        foreach (var gone in _told?.Nodes.Where(n => view.Nodes.All(v => v.Id != n.Id)) ?? [])
            LogLeft(gone.Name);
        if (_told is null && view.Nodes.Any(n => n.Id != view.Self.Id && n.Name == view.Self.Name && n.State != NodeState.Dead))
            LogSameName(view.Self.Name);
        _told = view;
    }

    private void TellReason(string? reason)
    {
        if (reason == _toldReason)
            return;
        if (reason is null)
            LogServesFully();
        else
            LogServesInPart(reason);
        _toldReason = reason;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine does not serve fully: {Reason}")]
    private partial void LogServesInPart(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine serves fully again.")]
    private partial void LogServesFully();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Name} is {State} now.")]
    private partial void LogState(string name, NodeState state);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Name} has come.")]
    private partial void LogCame(string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Name} has left.")]
    private partial void LogLeft(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Another node is called {Name} too: all work of the two is one's. Give each a name of its own (node: …).")]
    private partial void LogSameName(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Name} is dead; {Count} messages that it held are taken up by others.")]
    private partial void LogGivenBack(string name, int count);
}

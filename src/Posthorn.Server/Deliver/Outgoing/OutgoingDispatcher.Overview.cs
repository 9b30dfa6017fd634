using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Overview;

namespace Posthorn.Server.Deliver.Outgoing;

/// <content>
/// Each node tells the others of its destinations, so that any of them can be asked about all, and may ask the node of a destination to try it at once.
/// Both go through the engine: nodes do not know each other's addresses.
/// </content>
public sealed partial class OutgoingDispatcher
{
    private static readonly TimeSpan s_tellEvery = TimeSpan.FromSeconds(2);

    // Whoever takes up retries holds it; it guards the keys of those that were.
    private readonly SemaphoreSlim _takingUp = new(1);
    private HashSet<string> _retriesTakenUp = [];

    private async Task TellOthersAsync(CancellationToken cancellationToken)
    {
        if (_cluster.Notices is not { } notices)
            return;
        using var tick = new PeriodicTimer(s_tellEvery, _time);
        while (await tick.WaitForNextTickAsync(cancellationToken))
        {
            if (_cluster.View.Nodes.Count == 1)
                continue; // nobody is there to read it
            try
            {
                var told = FiguresOf(d => IsWorthTelling(d) && (IsOwn(d.Name) || d.Couriers + d.Idle.Count > 0));
                await notices.PostAsync(DestinationNotice.Subject, DestinationNotice.Of(told).Write(), cancellationToken);
            }
            catch (EngineUnavailableException e)
            {
                LogNotTold(e.Message); // the next tick tries again
            }
        }
    }

    private async ValueTask<IReadOnlyList<NodeNotice>> ReadNoticesAsync(ClusterView view, CancellationToken cancellationToken)
    {
        // What a dead node had is others' now.
        var others = view.Nodes.Where(n => n.Id != view.Self.Id && n.State != NodeState.Dead).ToList();
        if (others.Count == 0 || _cluster.Notices is not { } notices)
            return [];
        var told = (await notices.ReadAsync(DestinationNotice.Subject, cancellationToken)).ToDictionary(n => n.NodeId);
        return [.. others.Select(n => told.TryGetValue(n.Id, out var notice) ? new NodeNotice(n, notice.Age, DestinationNotice.Read(notice.Content.Span)) : new NodeNotice(n, null, null))];
    }

    private List<DestinationFigures> FiguresOf(Func<Destination, bool> isMeant)
    {
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            return [.. _board.Destinations.Where(isMeant).Select(d => new DestinationFigures
            {
                Name = d.Name,
                Domains = [.. d.Domains],
                Connections = d.Couriers + d.Idle.Count,
                ConcurrencyLimit = d.Feedback.Limit,
                BackingOffUntil = d.BackOffUntil > now ? d.BackOffUntil : null,
                LastReply = d.LastReply,
                Delivered = d.Delivered,
                Failed = d.Failed,
                Deferred = d.Deferred,
            })];
        }
    }

    // One whose mail only waits is known from the queue.
    private static bool IsWorthTelling(Destination destination) =>
        destination.Couriers + destination.Idle.Count > 0 || destination.BackOffUntil != default || destination.LastReply is not null || destination.Delivered + destination.Failed + destination.Deferred > 0;

    private async ValueTask CallForRetryAsync(string destination, CancellationToken cancellationToken)
    {
        if (_cluster.View.Nodes.Count > 1 && !IsOwn(destination))
            await _engine.CommitAsync(new Commit().SetDocument($"{RetryCall.Prefix}{Guid.NewGuid():N}", new RetryCall(_time.GetUtcNow(), destination).Write()), cancellationToken);
    }

    // Other nodes' calls: what this one is asked for it does itself.
    private void TakeUpRetries()
    {
        var calls = _engine.Documents(RetryCall.Prefix);
        foreach (var (key, document) in calls)
        {
            if (!_retriesTakenUp.Contains(key) && RetryCall.Read(document.Span) is { } call)
                _ = TakeUpAsync(call.Destination);
        }

        _retriesTakenUp = [.. calls.Select(c => c.Key)];
    }

    // The node that was asked has made due what it knows to be the destination's; its own node may know more.
    private async Task TakeUpAsync(string destination)
    {
        List<string> domains;
        lock (_gate)
        {
            if (!IsOwn(destination) || _board.Find(destination) is not { } known)
                return;
            domains = [.. known.Domains];
        }

        try
        {
            await RetryAsync(destination, domains, _stopping);
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            LogNotRetried(destination, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping.
        }
    }

    private async ValueTask RemoveOldRetriesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!_cluster.View.IsOwn(RetryCall.Prefix))
            return; // one node does it for all
        var commit = new Commit();
        foreach (var (key, _) in _engine.Documents(RetryCall.Prefix).Where(d => RetryCall.Read(d.Value.Span)?.IsOver(now) != false))
            commit.SetDocument(key, null);
        if (commit.Operations.Count > 0)
            await _engine.CommitAsync(commit, cancellationToken);
    }
}

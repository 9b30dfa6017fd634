using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    private const int DueAtOnceMax = 500;

    public IReadOnlyList<DestinationStatus> List()
    {
        var groups = _engine.Groups(SpoolQueues.Outgoing).ToLookup(g => OutgoingGroup.Parse(g.Group).Domain, StringComparer.Ordinal);
        lock (_gate)
        {
            var byDomain = new Dictionary<string, Destination>(StringComparer.Ordinal);
            foreach (var destination in _board.Destinations)
            {
                foreach (var domain in destination.Domains)
                    byDomain[domain] = destination;
            }

            // Mail that waits for its time belongs to a domain whose destination may not be known (any more): it then stands by itself.
            var unknown = groups.Where(g => !byDomain.ContainsKey(g.Key)).Select(g => Status(null, [g.Key], g.ToList()));
            var known = _board.Destinations
                .Select(d => Status(d, d.Domains.Where(n => byDomain[n] == d).ToList(), d.Domains.Where(n => byDomain[n] == d).SelectMany(n => groups[n]).ToList()));
            return known.Concat(unknown).OrderBy(d => d.Name, StringComparer.Ordinal).ToList();
        }
    }

    public DestinationStatus? Find(string nameOrDomain)
    {
        var domain = DomainNames.ToAscii(nameOrDomain);
        var all = List();
        return all.FirstOrDefault(d => d.Name == nameOrDomain || d.Name == domain) ?? all.FirstOrDefault(d => d.Domains.Contains(domain, StringComparer.Ordinal));
    }

    public async ValueTask<long?> RetryNowAsync(string nameOrDomain, CancellationToken cancellationToken)
    {
        if (Find(nameOrDomain) is not { } status)
            return null;
        long due = 0;
        foreach (var group in _engine.Groups(SpoolQueues.Outgoing).Select(g => g.Group).Where(g => status.Domains.Contains(OutgoingGroup.Parse(g).Domain, StringComparer.Ordinal)))
            due += await MakeDueAsync(group, cancellationToken);
        lock (_gate)
        {
            foreach (var domain in status.Domains)
                _routesByDomain.Remove(domain);
            if (_board.Find(status.Name) is { } destination)
                _board.EndBackOff(destination);
        }

        Pump();
        return due;
    }

    private async ValueTask<long> MakeDueAsync(string group, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        long due = 0;
        var delayed = new List<MessageId>();
        await foreach (var message in _engine.BrowseAsync(SpoolQueues.Outgoing, new MessageFilter { Group = group, States = [MessageState.Delayed] }, cancellationToken))
        {
            delayed.Add(message.Id);
            if (delayed.Count == DueAtOnceMax)
                due += await MakeDueAsync(delayed, now);
        }

        return due + await MakeDueAsync(delayed, now);
    }

    // One that is gone or busy does not stop the others: it is left out and the rest committed.
    private async ValueTask<long> MakeDueAsync(List<MessageId> delayed, DateTimeOffset now)
    {
        while (delayed.Count > 0)
        {
            var commit = new Commit();
            foreach (var id in delayed)
                commit.Change(id, new MessageChanges { DueAt = now });
            try
            {
                await _engine.CommitAsync(commit, CancellationToken.None);
                var changed = delayed.Count;
                delayed.Clear();
                return changed;
            }
            catch (CommitConflictException e)
            {
                foreach (var conflict in e.Conflicts.OrderByDescending(c => c.Operation))
                    delayed.RemoveAt(conflict.Operation);
            }
        }

        return 0;
    }

    private DestinationStatus Status(Destination? destination, IReadOnlyList<string> domains, IReadOnlyList<GroupStatus> groups)
    {
        var now = _time.GetUtcNow();
        var isSuspended = domains.Count > 0 && domains.All(IsSuspended);
        var isBackingOff = destination is not null && destination.BackOffUntil > now;
        return new DestinationStatus
        {
            Name = destination?.Name ?? (domains[0].Length > 0 ? domains[0] : "(none)"),
            Node = _cluster.View.Nodes.Count > 1 ? _cluster.View.OwnerOf(KeyOf(destination?.Name ?? domains[0]))?.Name : null,
            Domains = domains,
            Queued = groups.Sum(g => g.Messages),
            Ready = groups.Sum(g => g.Ready),
            Connections = destination is null ? 0 : destination.Couriers + destination.Idle.Count,
            ConcurrencyLimit = destination?.Feedback.Limit ?? Math.Min(_options.PerDestination.InitialConnections, _options.PerDestination.Connections),
            Rate = _options.PerDestination.Rate,
            State = isSuspended ? DestinationState.Suspended : isBackingOff ? DestinationState.BackingOff : DestinationState.Active,
            BackingOffUntil = isBackingOff ? destination!.BackOffUntil : null,
            LastReply = destination?.LastReply,
            Delivered = destination?.Delivered ?? 0,
            Failed = destination?.Failed ?? 0,
            Deferred = destination?.Deferred ?? 0,
            OldestEnqueuedAt = groups.Count > 0 ? groups.Min(g => g.OldestEnqueuedAt) : null,
        };
    }
}

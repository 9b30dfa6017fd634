using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing.Overview;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    private const int DueAtOnceMax = 500;

    public async ValueTask<DestinationListing> ListAsync(CancellationToken cancellationToken)
    {
        var view = _cluster.View;
        var others = await ReadNoticesAsync(view, cancellationToken);
        var groups = _engine.Groups(SpoolQueues.Outgoing).ToLookup(g => OutgoingGroup.Parse(g.Group).Domain, StringComparer.Ordinal);
        var known = DestinationOverview.Of(view, KeyOf, FiguresOf(_ => true), others);
        // Mail that waits for its time belongs to a domain whose destination may not be known (any more): it then stands by itself, and whose it is will be seen.
        var served = known.SelectMany(k => k.Figures.Domains).ToHashSet(StringComparer.Ordinal);
        var unknown = groups.Where(g => !served.Contains(g.Key))
            .Select(g => new KnownDestination(new DestinationFigures { Name = g.Key.Length > 0 ? g.Key : "(none)", Domains = [g.Key] }, Node: null, IsUntold: false));
        return new DestinationListing(
            [.. known.Concat(unknown).Select(k => Status(k, [.. k.Figures.Domains.SelectMany(d => groups[d])])).OrderBy(d => d.Name, StringComparer.Ordinal)],
            [.. others.Select(o => new TellingNode(o.Node.Name, o.Notice is null ? null : o.Age, o.Notice?.LeftOff ?? 0))]);
    }

    public async ValueTask<DestinationStatus?> FindAsync(string nameOrDomain, CancellationToken cancellationToken)
    {
        var domain = DomainNames.ToAscii(nameOrDomain);
        var all = (await ListAsync(cancellationToken)).Destinations;
        return all.FirstOrDefault(d => d.Name == nameOrDomain || d.Name == domain) ?? all.FirstOrDefault(d => d.Domains.Contains(domain, StringComparer.Ordinal));
    }

    public async ValueTask<long?> RetryNowAsync(string nameOrDomain, CancellationToken cancellationToken)
    {
        if (await FindAsync(nameOrDomain, cancellationToken) is not { } status)
            return null;
        await CallForRetryAsync(status.Name, cancellationToken);
        return await RetryAsync(status.Name, status.Domains, cancellationToken);
    }

    // As far as this node knows the destination; its mail exchangers are asked for anew, too.
    private async ValueTask<long> RetryAsync(string name, IReadOnlyList<string> domains, CancellationToken cancellationToken)
    {
        long due = 0;
        foreach (var group in _engine.Groups(SpoolQueues.Outgoing).Select(g => g.Group).Where(g => domains.Contains(OutgoingGroup.Parse(g).Domain, StringComparer.Ordinal)))
            due += await MakeDueAsync(group, cancellationToken);
        lock (_gate)
        {
            foreach (var domain in domains)
                _routesByDomain.Remove(domain);
            if (_board.Find(name) is { } destination)
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

    private DestinationStatus Status(KnownDestination known, IReadOnlyList<GroupStatus> groups)
    {
        var figures = known.Figures;
        var isSuspended = figures.Domains.Count > 0 && figures.Domains.All(IsSuspended);
        var backingOffUntil = figures.BackingOffUntil > _time.GetUtcNow() ? figures.BackingOffUntil : null;
        return new DestinationStatus
        {
            Name = figures.Name,
            Node = known.Node,
            IsUntold = known.IsUntold,
            Domains = figures.Domains,
            Queued = groups.Sum(g => g.Messages),
            Ready = groups.Sum(g => g.Ready),
            Connections = figures.Connections,
            ConcurrencyLimit = figures.ConcurrencyLimit > 0 ? figures.ConcurrencyLimit : Math.Min(_options.PerDestination.InitialConnections, _options.PerDestination.Connections),
            Rate = _options.PerDestination.Rate,
            State = isSuspended ? DestinationState.Suspended : backingOffUntil is not null ? DestinationState.BackingOff : DestinationState.Active,
            BackingOffUntil = backingOffUntil,
            LastReply = figures.LastReply,
            Delivered = figures.Delivered,
            Failed = figures.Failed,
            Deferred = figures.Deferred,
            OldestEnqueuedAt = groups.Count > 0 ? groups.Min(g => g.OldestEnqueuedAt) : null,
        };
    }
}

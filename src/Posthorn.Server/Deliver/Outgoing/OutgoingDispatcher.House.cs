using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    private const int DestinationsMax = 10_000;

    // What has to be done now and then, whatever mail there is: close idle connections, keep leases, end what waited too long.
    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        var sweepEvery = _options.GiveUpAfter / 20;
        sweepEvery = sweepEvery < TimeSpan.FromMinutes(1) ? sweepEvery : TimeSpan.FromMinutes(1);
        var (kept, swept) = (_time.GetUtcNow(), _time.GetUtcNow());
        while (await tick.WaitForNextTickAsync(cancellationToken))
        {
            var now = _time.GetUtcNow();
            await CloseIdleAsync(now);
            if (now - kept >= TimeSpan.FromMinutes(1))
            {
                kept = now;
                await KeepLeasesAsync(cancellationToken);
                Forget(now);
                ReviewSuspended();
            }

            if (now - swept >= sweepEvery)
            {
                await SweepAsync(cancellationToken);
                // Looking through a long queue takes time: never more than a tenth of it is spent on that.
                swept = _time.GetUtcNow() + (_time.GetUtcNow() - now) * 9;
            }
        }
    }

    private async ValueTask CloseIdleAsync(DateTimeOffset now)
    {
        var tired = new List<SmtpConnection>();
        lock (_gate)
        {
            foreach (var destination in _board.Destinations.Where(d => d.Idle.Count > 0))
            {
                var young = destination.Idle.Where(c => now - c.IdleSince < _options.PerDestination.IdleTimeout).Reverse().ToList();
                if (young.Count == destination.Idle.Count)
                    continue;
                tired.AddRange(destination.Idle.Except(young));
                destination.Idle.Clear();
                foreach (var connection in young)
                    destination.Idle.Push(connection);
            }
        }

        await Task.WhenAll(tired.Select(c => CloseAsync(c).AsTask()));
    }

    // A mail of 100 MB over a slow line takes longer than a lease.
    private async ValueTask KeepLeasesAsync(CancellationToken cancellationToken)
    {
        foreach (var lease in _inFlight.Values)
            await _engine.ExtendAsync(lease.Handle, s_lease, cancellationToken);
    }

    private void Forget(DateTimeOffset now)
    {
        var queued = _engine.Groups(SpoolQueues.Outgoing).Select(g => OutgoingGroup.Parse(g.Group).Domain).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var destination in _board.Destinations)
                destination.Domains.RemoveWhere(d => !queued.Contains(d) && !(_routesByDomain.TryGetValue(d, out var route) && route.Until >= now));
            var old = _board.Destinations.Where(d => d.IsForgettable && d.BackOffUntil < now).OrderBy(d => d.LastUsed).ToList();
            foreach (var destination in old.Take(_board.Destinations.Count - DestinationsMax).Concat(old.Where(d => now - d.LastUsed > TimeSpan.FromHours(1))).Distinct().ToList())
                _board.Forget(destination);
            foreach (var (domain, route) in _routesByDomain.Where(r => r.Value.Until < now).ToList())
                _routesByDomain.Remove(domain);
        }
    }

    // Whatever waits too long is ended here, wherever it waits: at a destination that backs off or is suspended, in a paused queue, behind a rate.
    // What a courier holds is his: he looks at its age himself.
    private async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        if (_engine.Status(SpoolQueues.Outgoing) is not { Messages: > 0 })
            return;
        var now = _time.GetUtcNow();
        // Mail that is due for its last attempt gets the time to have it before it is ended without.
        var giveUp = _options.GiveUpAfter + _options.GiveUpAfter / 100;
        var youngest = _options.DelayWarningAfter is { } warning && warning < giveUp ? warning : giveUp;
        var filter = new MessageFilter { AcceptedBefore = now - youngest, States = [MessageState.Ready, MessageState.Delayed] };
        await foreach (var message in _engine.BrowseAsync(SpoolQueues.Outgoing, filter, cancellationToken))
        {
            if (_inFlight.ContainsKey(message.Id))
                continue;
            if (now - MailAge.StartOf(message, _options.GiveUpAfter) >= giveUp)
                await GiveUpAsync(message, cancellationToken);
            else if (MailAge.IsWarningDue(message, _options, now))
                await WarnAsync(message, cancellationToken);
        }
    }

    private async ValueTask GiveUpAsync(Message message, CancellationToken cancellationToken)
    {
        var reply = SmtpReply.TryParse(message.LastError ?? "", out var last) && last.IsTransient
            ? last
            : new SmtpReply(451, new EnhancedStatusCode(4, 4, 7), message.LastError ?? "it was not tried: the destination was not available or was stopped");
        var results = message.Envelope.Recipients.Select(r => new RecipientResult(r, RecipientOutcome.Deferred, reply, null, null)).ToList();
        var settlement = await _planner.PlanAsync(message, message.Id, results, mayAdd: true, cancellationToken);
        if (!await TryCommitAsync(settlement))
            return;
        OutgoingMetrics.Attempts.Add(settlement.Failed, OutgoingMetrics.Outcome("failed"));
        foreach (var happened in settlement.Events.Where(e => e.Kind != TimelineKind.Attempted))
            _timeline.Record(happened);
    }

    private async ValueTask WarnAsync(Message message, CancellationToken cancellationToken)
    {
        var settlement = await _planner.WarnAsync(message, cancellationToken);
        await TryCommitAsync(settlement);
    }

    // Without room, or when somebody else was faster, the next sweep finds it again.
    private async ValueTask<bool> TryCommitAsync(Settlement settlement)
    {
        try
        {
            await _engine.CommitAsync(settlement.Commit, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is CommitConflictException or Posthorn.Engine.StorageFullException or Posthorn.Engine.QueueFullException)
        {
            LogSweepPostponed(e.Message);
            return false;
        }
    }
}

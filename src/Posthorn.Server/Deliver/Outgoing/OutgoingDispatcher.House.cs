using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    private const int DestinationsMax = 10_000;

    private long _houseKeptAt;

    /// <summary>When what has to be done now and then was done last.</summary>
    internal DateTimeOffset HouseKeptAt => new(Volatile.Read(ref _houseKeptAt), TimeSpan.Zero);

    // What has to be done now and then, whatever mail there is: close idle connections, keep leases, end what waited too long.
    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        Volatile.Write(ref _houseKeptAt, _time.GetUtcNow().UtcTicks);
        var sweepEvery = _options.GiveUpAfter / 20;
        sweepEvery = sweepEvery < TimeSpan.FromMinutes(1) ? sweepEvery : TimeSpan.FromMinutes(1);
        var (kept, swept) = (_time.GetUtcNow(), _time.GetUtcNow());
        while (await tick.WaitForNextTickAsync(cancellationToken))
        {
            var now = _time.GetUtcNow();
            await CloseIdleAsync(now);
            try
            {
                if (now - kept >= TimeSpan.FromMinutes(1))
                {
                    kept = now;
                    await KeepLeasesAsync(cancellationToken);
                    Forget(now);
                    ReviewSuspended();
                    await RemoveOldRetriesAsync(now, cancellationToken);
                }

                if (now - swept >= sweepEvery)
                {
                    await SweepAsync(cancellationToken);
                    // Looking through a long queue takes time: never more than a tenth of it is spent on that.
                    swept = _time.GetUtcNow() + (_time.GetUtcNow() - now) * 9;
                }
            }
            catch (EngineUnavailableException e)
            {
                LogSweepPostponed(e.Message); // the next tick tries again
            }

            Volatile.Write(ref _houseKeptAt, now.UtcTicks);
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
}

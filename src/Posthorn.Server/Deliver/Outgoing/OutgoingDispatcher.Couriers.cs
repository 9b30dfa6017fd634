using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

/// <content>The couriers: which mails they lease, and what they do with their connections.</content>
public sealed partial class OutgoingDispatcher
{
    private const int BatchMax = 50;

    // A batch is what takes this long: with a fast destination dozens of mails share a lease call, with a slow one nothing waits behind another mail
    // that a second connection could have sent meanwhile.
    private const double BatchSeconds = 0.1;

    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(5);

    // One courier: a batch of a group, then the next group of the same destination, as long as it is its turn.
    private async Task RunCourierAsync(Destination destination, OutgoingGroup group)
    {
        // Started by whoever sees that it can: it must neither hold that one up nor build up a stack of couriers starting couriers.
        await Task.Yield();
        SmtpConnection? connection = null;
        try
        {
            while (true)
            {
                connection = await WorkAsync(destination, group, connection);
                var lane = group.Lane;
                lock (_gate)
                {
                    if (_stopping.IsCancellationRequested || !_board.TryContinue(destination, lane, _time.GetUtcNow(), out group))
                    {
                        if (_stopping.IsCancellationRequested)
                            _board.End(destination, lane);
                        Park(destination, ref connection);
                        break;
                    }
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
                _board.End(destination, group.Lane);
            if (e is EngineFailedException)
                LogEngineFailed(e);
            else
                LogCourierFailed(destination.Name, e);
        }

        if (connection is not null)
            await CloseAsync(connection);
        Pump();
    }

    // A connection that can be used again waits for the next courier.
    private void Park(Destination destination, ref SmtpConnection? connection)
    {
        destination.LastUsed = _time.GetUtcNow();
        if (connection is null || connection.IsBroken || connection.NeedsReset || _stopping.IsCancellationRequested
            || connection.Mails >= _options.PerDestination.MessagesPerConnection || _options.PerDestination.IdleTimeout == TimeSpan.Zero || !IsOwn(destination.Name))
            return;
        connection.Rest();
        connection.IdleSince = destination.LastUsed;
        destination.Idle.Push(connection);
        connection = null;
    }

    private async ValueTask<SmtpConnection?> WorkAsync(Destination destination, OutgoingGroup group, SmtpConnection? connection)
    {
        connection ??= await TakeIdleAsync(destination);
        var wanted = Wanted(destination, connection);
        if (wanted == 0)
        {
            lock (_gate)
                Add(destination, group);
            return connection;
        }

        var swept = Volatile.Read(ref _swept);
        var leased = await _engine.LeaseAsync(
            SpoolQueues.Outgoing, new LeaseRequest { MessagesMax = wanted, Group = group.ToString(), VisibilityTimeout = s_lease }, CancellationToken.None);
        lock (_gate)
        {
            if (destination.Route is Route.To)
                destination.Rate?.GiveBack(wanted - leased.Count);
            // Fewer than asked for: the group is empty, and the engine announces it when that changes. Otherwise others may help.
            if (leased.Count == wanted)
                Add(destination, group);
        }

        if (leased.Count == wanted)
            Pump();
        leased = await StillOursAsync(leased, swept);
        foreach (var lease in leased)
            _inFlight[lease.Message.Id] = lease;
        try
        {
            if (leased.Count == 0)
                return connection;
            if (group.Domain.Length == 0 && _options.Relay is null)
            {
                await RegroupAsync(leased);
                return connection;
            }

            return destination.Route is Route.To route
                ? await DeliverAsync(destination, route, leased, connection)
                : await EndAsync(destination, ((Route.Nowhere)destination.Route).Reply, leased, connection);
        }
        finally
        {
            foreach (var lease in leased)
                _inFlight.TryRemove(lease.Message.Id, out _);
        }
    }

    private async ValueTask<SmtpConnection?> TakeIdleAsync(Destination destination)
    {
        while (true)
        {
            SmtpConnection? idle;
            lock (_gate)
            {
                if (!destination.Idle.TryPop(out idle))
                    return null;
            }

            if (idle.SeemsAlive)
                return idle;
            await CloseAsync(idle);
        }
    }

    // Without a connection one mail is enough to find out whether one can be had: were there more, they would all pay for its failure.
    private int Wanted(Destination destination, SmtpConnection? connection)
    {
        lock (_gate)
        {
            if (destination.Route is not Route.To)
                return BatchMax;
            var wanted = connection is null ? 1
                : Math.Clamp((int)(BatchSeconds / Math.Max(destination.SecondsPerMail, 1e-6)), 1, Math.Min(BatchMax, Math.Max(1, _options.PerDestination.MessagesPerConnection - connection.Mails)));
            return destination.Rate?.Take(wanted, _time.GetUtcNow()) ?? wanted;
        }
    }

    // There is nowhere to send it: all of the group has the same result.
    private async ValueTask<SmtpConnection?> EndAsync(Destination destination, SmtpReply reply, IReadOnlyList<LeasedMessage> leased, SmtpConnection? connection)
    {
        var outcome = reply.IsPermanent ? RecipientOutcome.Failed : RecipientOutcome.Deferred;
        destination.LastReply = reply.ToString();
        var settling = new List<Task>();
        foreach (var lease in leased)
        {
            var mail = new MailInFlight(lease, OrderedResults.Of(lease.Message, _orders, _time.GetUtcNow()));
            while (mail.Transactions.TryDequeue(out var transaction))
            {
                transaction.SetRest(r => new RecipientResult(r, outcome, reply, null, null));
                mail.Take(transaction);
            }

            settling.Add(SettleAsync(destination, mail));
        }

        await Task.WhenAll(settling);
        return connection;
    }

    // A moving average; the first measurement counts whole.
    private static void Measure(Destination destination, TimeSpan perMail)
    {
        var seconds = perMail.TotalSeconds;
        destination.SecondsPerMail = destination.SecondsPerMail == 0 ? seconds : destination.SecondsPerMail * 0.7 + seconds * 0.3;
    }
}

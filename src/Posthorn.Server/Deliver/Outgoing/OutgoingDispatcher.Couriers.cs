using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

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
            || connection.Mails >= _options.PerDestination.MessagesPerConnection || _options.PerDestination.IdleTimeout == TimeSpan.Zero)
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
                _board.Add(destination, group);
            return connection;
        }

        var leased = await _engine.LeaseAsync(
            SpoolQueues.Outgoing, new LeaseRequest { MessagesMax = wanted, Group = group.ToString(), VisibilityTimeout = s_lease }, CancellationToken.None);
        lock (_gate)
        {
            if (destination.Route is Route.To)
                destination.Rate?.GiveBack(wanted - leased.Count);
            // Fewer than asked for: the group is empty, and the engine announces it when that changes. Otherwise others may help.
            if (leased.Count == wanted)
                _board.Add(destination, group);
        }

        if (leased.Count == wanted)
            Pump();
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
            var mail = new MailInFlight(lease, OrdersFor(lease.Message));
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

    private async ValueTask<SmtpConnection?> DeliverAsync(Destination destination, Route.To route, IReadOnlyList<LeasedMessage> leased, SmtpConnection? connection)
    {
        var settling = new List<Task>(leased.Count);
        var unfinished = new List<MailInFlight>();
        var started = _time.GetTimestamp();
        var mails = new Queue<MailInFlight>(leased.Select(l => new MailInFlight(l, OrdersFor(l.Message))));
        try
        {
            while (mails.TryDequeue(out var mail))
            {
                while (mail.Transactions.TryDequeue(out var transaction))
                {
                    var next = mail.Transactions.TryPeek(out var own) ? own : mails.TryPeek(out var other) && other.Transactions.TryPeek(out var first) ? first : null;
                    connection = await SendAsync(destination, route, mail, transaction, next, connection, isFailOver: false);
                    mail.Take(transaction);
                }

                if (mail.IsUnfinished(route.Exchangers.Count))
                    unfinished.Add(mail);
                else
                    settling.Add(SettleAsync(destination, mail));
            }

            Measure(destination, _time.GetElapsedTime(started) / leased.Count);
            foreach (var mail in unfinished)
            {
                connection = await SendAgainAsync(destination, route, mail, connection);
                await FailOverAsync(destination, route, mail);
                settling.Add(SettleAsync(destination, mail));
            }
        }
        finally
        {
            await Task.WhenAll(settling);
        }

        return connection;
    }

    // Sends one transaction; afterwards all its recipients have results. Returns the connection to go on with.
    private async ValueTask<SmtpConnection?> SendAsync(
        Destination destination, Route.To route, MailInFlight mail, Transaction transaction, Transaction? next, SmtpConnection? connection, bool isFailOver)
    {
        for (var isRetry = false; ; isRetry = true)
        {
            try
            {
                if (connection is not null && transaction.Written is null && (connection.IsBroken || connection.Mails >= _options.PerDestination.MessagesPerConnection))
                {
                    await CloseAsync(connection);
                    connection = null;
                }

                if (transaction.Written is null && _stopping.IsCancellationRequested)
                {
                    transaction.SetRest(r => Untried(r, TimeSpan.Zero));
                    break;
                }

                if (connection is null)
                {
                    transaction.Written = null;
                    connection = await OpenAsync(route, mail, isFailOver);
                    OutgoingMetrics.Connections.Add(1);
                }

                mail.Tried.Add(connection.Host);
                await LoadAsync(mail.Message, transaction);
                var canFollow = next is not null && !_stopping.IsCancellationRequested && connection.Mails + 1 < _options.PerDestination.MessagesPerConnection;
                if (canFollow)
                    await LoadAsync(next!.Message, next);
                await MailSender.SendAsync(connection, transaction, canFollow && next!.Content is not null ? next : null);
                Answered(destination, transaction);
                break;
            }
            catch (DeliveryException e) when (!isRetry && connection is { Mails: > 0 } && e.Stage is DeliveryStage.Mail && !transaction.IsDone)
            {
                // A connection that was used before and is closed now was closed while it was idle, or has had its number of mails: a new one is no second attempt.
                await CloseAsync(connection);
                (connection, transaction.Written) = (null, null);
            }
            catch (DeliveryException e)
            {
                // Whatever was being said was not said to the end.
                if (connection is not null)
                    connection.IsBroken = true;
                Failed(destination, e, isFailOver);
                mail.MayFailOver &= e.Stage != DeliveryStage.DataEnd;
                var outcome = e.Reply.IsPermanent ? RecipientOutcome.Failed : RecipientOutcome.Deferred;
                transaction.SetRest(r => new RecipientResult(r, outcome, e.Reply, e.IsRemote ? e.Host : null, e.Peer));
                break;
            }
            catch (BodyLostException e)
            {
                // Set aside for a person to look at: neither sent in part nor dropped.
                LogBodyLost(transaction.Message.Id.ToString(), e);
                transaction.SetRest(r => new RecipientResult(r, RecipientOutcome.Held, new SmtpReply(451, new EnhancedStatusCode(4, 3, 0), $"its content can't be read: {e.Message}"), null, null));
                break;
            }
            catch (OperationCanceledException) when (_abort.IsCancellationRequested)
            {
                transaction.SetRest(r => Untried(r, TimeSpan.Zero));
                break;
            }
        }

        if (transaction.Content is { } content)
            await content.DisposeAsync();
        if (connection is null or { IsBroken: true } && next is not null)
            next.Written = null;
        return connection;
    }

    private async ValueTask<SmtpConnection> OpenAsync(Route.To route, MailInFlight mail, bool isFailOver)
    {
        if (isFailOver)
            return await _opener.OpenAsync(route, mail.Tried, _abort.Token);
        var tried = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            return await _opener.OpenAsync(route, tried, _abort.Token);
        }
        finally
        {
            mail.Tried.UnionWith(tried);
        }
    }

    private async ValueTask LoadAsync(Message message, Transaction transaction)
    {
        if (transaction.IsDone || transaction.Content is not null)
            return;
        transaction.Content = await MailContent.OpenAsync(_engine, message.Content, transaction.Front, _abort.Token);
    }

    // The recipients that were too many for one mail, over the same connection; each round takes at least one of them.
    private async ValueTask<SmtpConnection?> SendAgainAsync(Destination destination, Route.To route, MailInFlight mail, SmtpConnection? connection)
    {
        while (mail.Again.Count > 0)
        {
            var transactions = Transaction.For(mail.Message, mail.Again).ToList();
            mail.Again.Clear();
            foreach (var transaction in transactions)
            {
                connection = await SendAsync(destination, route, mail, transaction, null, connection, isFailOver: false);
                mail.Take(transaction);
            }
        }

        return connection;
    }

    // RFC 5321 5.1: when one mail exchanger can't take it now, the others are asked before it waits.
    private async ValueTask FailOverAsync(Destination destination, Route.To route, MailInFlight mail)
    {
        while (mail.MayFailOver && mail.Deferred.Count > 0 && !_stopping.IsCancellationRequested && route.Exchangers.Any(e => !mail.Tried.Contains(e.Host)))
        {
            SmtpConnection? connection = null;
            var before = mail.Tried.Count;
            foreach (var transaction in Transaction.For(mail.Message, mail.Deferred).ToList())
            {
                connection = await SendAsync(destination, route, mail, transaction, null, connection, isFailOver: true);
                mail.Take(transaction);
            }

            connection = await SendAgainAsync(destination, route, mail, connection);
            if (connection is not null)
                await CloseAsync(connection);
            if (mail.Tried.Count == before)
                return;
        }
    }

    // What an administrator's standing orders say of a mail's recipients, looked up just before the attempt.
    private List<RecipientResult> OrdersFor(Message message)
    {
        var results = new List<RecipientResult>();
        foreach (var recipient in message.Envelope.Recipients)
        {
            if (_orders.Find(message, recipient) is not { } order)
                continue;
            results.Add(order.Action switch
            {
                OrderAction.Suspend => Untried(recipient, order.Until is { } until && until - _time.GetUtcNow() < s_suspendedAgain ? Positive(until - _time.GetUtcNow()) : s_suspendedAgain),
                OrderAction.Bounce => new RecipientResult(recipient, RecipientOutcome.Failed, BounceReply(order), null, null),
                OrderAction.Hold => new RecipientResult(recipient, RecipientOutcome.Held, new SmtpReply(450, new EnhancedStatusCode(4, 7, 0), $"held by {order.By}: {order.Reason}"), null, null),
                _ => new RecipientResult(recipient, RecipientOutcome.Discarded, new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"discarded by {order.By}: {order.Reason}"), null, null),
            });
        }

        return results;
    }

    // An order that suspends a sender or a recipient, not a whole domain, is found only with the mail in hand: it is looked at again after a minute.
    private static readonly TimeSpan s_suspendedAgain = TimeSpan.FromMinutes(1);

    private static SmtpReply BounceReply(StandingOrder order) =>
        SmtpReply.TryParse(order.Reason, out var reply) && reply.IsPermanent ? reply : new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), order.Reason);

    private static RecipientResult Untried(Recipient recipient, TimeSpan waitFor) =>
        new(recipient, RecipientOutcome.Untried, new SmtpReply(450, new EnhancedStatusCode(4, 3, 2), "not tried"), null, null) { WaitFor = waitFor };

    private void Answered(Destination destination, Transaction transaction)
    {
        lock (_gate)
        {
            if (transaction.Results.Any(r => r.Reply.Code == 421))
                _board.Failed(destination, _time.GetUtcNow());
            else
                _board.Succeeded(destination);
        }
    }

    // The feedback is about whom we ask first: a second choice that is down says nothing about it.
    private void Failed(Destination destination, DeliveryException e, bool isFailOver)
    {
        if (e.Stage == DeliveryStage.DataEnd)
            OutgoingMetrics.InDoubt.Add(1);
        LogDestinationFailed(destination.Name, e.Peer, e.Reply.ToString());
        lock (_gate)
        {
            destination.LastReply = e.Reply.ToString();
            if (!isFailOver)
                _board.Failed(destination, _time.GetUtcNow());
        }
    }

    // Mail that was put into the queue without a group, by hand or from another queue: each domain's recipients become a message of that group.
    private async ValueTask RegroupAsync(IReadOnlyList<LeasedMessage> leased)
    {
        foreach (var lease in leased)
        {
            var message = lease.Message;
            var domains = message.Envelope.Recipients.GroupBy(r => DomainNames.ToAscii(DomainNames.OfAddress(r.Address)), StringComparer.Ordinal).ToList();
            var commit = new Commit();
            if (domains is [] or [{ Key: "" }])
            {
                commit.Release(lease, default, new MessageChanges { IsHeld = true, LastError = "no recipient has a domain: there is nowhere to send it" });
                domains.Clear();
            }

            for (var i = 0; i < domains.Count; i++)
            {
                var envelope = message.Envelope with { Recipients = domains[i].ToList() };
                var group = domains[i].Key.Length > 0 ? OutgoingGroup.Of(domains[i].Key) : "[]";
                if (i == 0)
                    commit.Release(lease, default, new MessageChanges { Group = group, Envelope = envelope });
                else
                    commit.Add(SettlementPlanner.Copy(message) with { Envelope = envelope, Group = group });
            }

            await CommitAsync(commit, 1);
        }
    }

    // A moving average; the first measurement counts whole.
    private static void Measure(Destination destination, TimeSpan perMail)
    {
        var seconds = perMail.TotalSeconds;
        destination.SecondsPerMail = destination.SecondsPerMail == 0 ? seconds : destination.SecondsPerMail * 0.7 + seconds * 0.3;
    }
}

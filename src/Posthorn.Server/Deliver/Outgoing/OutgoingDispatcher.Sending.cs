using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Outgoing.Settling;

namespace Posthorn.Server.Deliver.Outgoing;

/// <content>Sends what a courier has leased: over its connection, over a new one when that is over, to the other exchangers when one can't take it now.</content>
public sealed partial class OutgoingDispatcher
{
    private async ValueTask<SmtpConnection?> DeliverAsync(Destination destination, Route.To route, IReadOnlyList<LeasedMessage> leased, SmtpConnection? connection)
    {
        var settling = new List<Task>(leased.Count);
        var unfinished = new List<MailInFlight>();
        var started = _time.GetTimestamp();
        var mails = new Queue<MailInFlight>(leased.Select(l => new MailInFlight(l, OrderedResults.Of(l.Message, _orders, _time.GetUtcNow()))));
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
                    transaction.SetRest(r => RecipientResult.NotTried(r, TimeSpan.Zero));
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
                transaction.SetRest(r => RecipientResult.NotTried(r, TimeSpan.Zero));
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
        while (mail.MayFailOver && mail.Elsewhere.Count > 0 && !_stopping.IsCancellationRequested && route.Exchangers.Any(e => !mail.Tried.Contains(e.Host)))
        {
            SmtpConnection? connection = null;
            var before = mail.Tried.Count;
            foreach (var transaction in Transaction.For(mail.Message, mail.Elsewhere).ToList())
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
}

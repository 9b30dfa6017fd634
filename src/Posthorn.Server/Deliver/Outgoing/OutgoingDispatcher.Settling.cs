using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Settling;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    // Commits what became of one mail. Commits of many couriers share a sync, so each mail has its own as soon as it is done:
    // a crash repeats no more than what was on its way.
    private async Task SettleAsync(Destination destination, MailInFlight mail)
    {
        var results = mail.Results;
        var message = mail.Message;
        var settlement = await _planner.PlanAsync(message, mail.Lease, results, mayAdd: true, CancellationToken.None);
        bool isDone;
        try
        {
            isDone = await CommitAsync(settlement.Commit, 1);
        }
        catch (Exception e) when (e is StorageFullException or QueueFullException && settlement.IsAdding)
        {
            // Bounces and dead letters find no room. What was delivered must not be delivered again all the same; the rest waits.
            LogNoRoom(message.Id.ToString(), e.Message);
            settlement = await _planner.PlanAsync(message, mail.Lease, results, mayAdd: false, CancellationToken.None);
            isDone = await CommitAsync(settlement.Commit, 1);
        }

        foreach (var happened in settlement.Events)
            _timeline.Record(happened);
        if (!isDone)
            return;
        Count(destination, message, results, settlement);
    }

    private void Count(Destination destination, Message message, IReadOnlyList<RecipientResult> results, Settlement settlement)
    {
        if (settlement.Delivered > 0)
        {
            OutgoingMetrics.Attempts.Add(settlement.Delivered, OutgoingMetrics.Outcome("delivered"));
            OutgoingMetrics.Latency.Record((_time.GetUtcNow() - message.AcceptedAt).TotalSeconds);
        }

        if (settlement.Deferred > 0)
            OutgoingMetrics.Attempts.Add(settlement.Deferred, OutgoingMetrics.Outcome("deferred"));
        if (settlement.Failed > 0)
            OutgoingMetrics.Attempts.Add(settlement.Failed, OutgoingMetrics.Outcome("failed"));
        lock (_gate)
        {
            destination.Delivered += settlement.Delivered;
            destination.Failed += settlement.Failed;
            destination.Deferred += settlement.Deferred;
            if (settlement.Delivered < results.Count)
                destination.LastReply = results.LastOrDefault(r => r.Outcome is RecipientOutcome.Deferred or RecipientOutcome.Failed)?.Reply.ToString() ?? destination.LastReply;
        }

        LogSettled(message.Id.ToString(), settlement.Delivered, settlement.Deferred, settlement.Failed);
    }

    // False when the leases had ended: an administrator's hand, or the time. The message is whoever's it is now; what was delivered may be delivered again.
    private async ValueTask<bool> CommitAsync(Commit commit, int messages)
    {
        try
        {
            await _engine.CommitAsync(commit, CancellationToken.None);
            return true;
        }
        catch (CommitConflictException e)
        {
            OutgoingMetrics.Unsettled.Add(messages);
            LogUnsettled(e.Message);
            return false;
        }
    }
}

using System.Collections.Concurrent;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

/// <content>The sweep: ends what waits too long and tells senders of a delay, for mail that no courier holds.</content>
public sealed partial class OutgoingDispatcher
{
    private readonly ConcurrentDictionary<MessageId, byte> _claimed = new();
    private long _swept;

    // Whatever waits too long is ended here, wherever it waits: at a destination that backs off or is suspended, in a paused queue, behind a rate.
    // What a courier holds is his: he looks at its age himself.
    private async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        await SweepAsync(SpoolQueues.Outgoing, mayWarn: true, cancellationToken);
        // The pipeline gives up what is too old when it takes it up; of a paused queue it takes up nothing.
        foreach (var queue in _engine.Queues().Where(q => q.Policy.IsPaused && SpoolQueues.IsOfPipeline(q.Name) && _cluster.View.IsOwn($"sweep/{q.Name}")).ToList())
            await SweepAsync(queue.Name, mayWarn: false, cancellationToken);
    }

    private async ValueTask SweepAsync(QueueName queue, bool mayWarn, CancellationToken cancellationToken)
    {
        if (_engine.Status(queue) is not { Messages: > 0 })
            return;
        var now = _time.GetUtcNow();
        // Mail that is due for its last attempt gets the time to have it before it is ended without.
        var giveUp = _options.GiveUpAfter + _options.GiveUpAfter / 100;
        var youngest = mayWarn && _options.DelayWarningAfter is { } warning && warning < giveUp ? warning : giveUp;
        var filter = new MessageFilter { AcceptedBefore = now - youngest, States = [MessageState.Ready, MessageState.Delayed] };
        await foreach (var message in _engine.BrowseAsync(queue, filter, cancellationToken))
        {
            var isTooOld = now - MailAge.StartOf(message, _options.GiveUpAfter) >= giveUp;
            if ((isTooOld || (mayWarn && MailAge.IsWarningDue(message, _options, now))) && (!mayWarn || await IsSweptHereAsync(message.Group, cancellationToken)))
                await SweepAsync(message.Id, isTooOld, cancellationToken);
        }
    }

    // Between the look and the deed a courier may lease it. Each side says what it is about to do before it looks at what the other does: either the sweep
    // sees the lease, or the courier sees the claim or, when that is over, that the sweep has committed something since (StillOursAsync).
    private async ValueTask SweepAsync(MessageId id, bool isTooOld, CancellationToken cancellationToken)
    {
        _claimed[id] = 0;
        try
        {
            if (await _engine.FindAsync(id, cancellationToken) is not { State: MessageState.Ready or MessageState.Delayed } message)
                return;
            if (isTooOld)
                await GiveUpAsync(message, cancellationToken);
            else if (message.Text(MailAttributes.DelayWarning) != "sent")
                await WarnAsync(message, cancellationToken);
            Interlocked.Increment(ref _swept);
        }
        finally
        {
            _claimed.TryRemove(id, out _);
        }
    }

    // What a courier has leased, as it is now and without what the sweep has ended or is about to.
    private async ValueTask<IReadOnlyList<LeasedMessage>> StillOursAsync(IReadOnlyList<LeasedMessage> leased, long sweptBefore)
    {
        if (_claimed.IsEmpty && Volatile.Read(ref _swept) == sweptBefore)
            return leased;
        var ours = new List<LeasedMessage>(leased.Count);
        foreach (var lease in leased)
        {
            // What is left out comes back when its lease ends, unless the sweep ends it first.
            if (!_claimed.ContainsKey(lease.Message.Id) && await _engine.ExtendAsync(lease.Handle, s_lease, CancellationToken.None) is not null
                && await _engine.FindAsync(lease.Message.Id, CancellationToken.None) is { } message)
                ours.Add(lease with { Message = message });
        }

        return ours;
    }

    private async ValueTask GiveUpAsync(Message message, CancellationToken cancellationToken)
    {
        var reply = SmtpReply.TryParse(message.LastError ?? "", out var last) && last.IsTransient
            ? last
            : new SmtpReply(451, new EnhancedStatusCode(4, 4, 7), message.LastError ?? "it was not tried: the destination was not available or was stopped");
        // Of a copy that waits for a full queue its sender knows nothing.
        var isCopy = message.Text(MailAttributes.DeferredCopy) is not null;
        var results = message.Envelope.Recipients
            .Select(r => new RecipientResult(isCopy ? r with { Notify = DsnNotify.Never } : r, RecipientOutcome.Deferred, reply, null, null)).ToList();
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
        catch (Exception e) when (e is CommitConflictException or StorageFullException or QueueFullException)
        {
            LogSweepPostponed(e.Message);
            return false;
        }
    }
}

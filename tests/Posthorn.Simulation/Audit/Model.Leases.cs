using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>Handing out: who may have what, in which order, how often (I4 to I7).</summary>
public sealed partial class Model
{
    private readonly List<AskedLease> _leasesAsked = [];
    private readonly List<(string Queue, TimeSpan Until)> _ghosts = [];
    private readonly HashSet<ulong> _tokens = [];

    public AskedLease AskLease(KnownQueue queue, LeaseRequest request)
    {
        NoteTime();
        var duration = request.VisibilityTimeout ?? (queue.Policy ?? QueuePolicy.Default).VisibilityTimeout;
        var asked = new AskedLease(queue, request, ++_at, time.Elapsed, Wall, time.WallSteps, duration);
        foreach (var other in _leasesAsked.Where(other => other.Queue == queue))
            other.IsOverlapped = asked.IsOverlapped = true;
        _leasesAsked.Add(asked);
        return asked;
    }

    /// <summary>Messages were handed out.</summary>
    public IReadOnlyList<KnownLease> Leased(AskedLease asked, IReadOnlyList<LeasedMessage> leased)
    {
        NoteTime();
        _leasesAsked.Remove(asked);
        if (leased.Count > asked.Request.MessagesMax)
            throw new AuditException("I4", $"{asked.Request.MessagesMax} messages were asked for and {leased.Count} handed out.");
        if (leased.Count > 0 && IsCertainlyPaused(asked))
            throw new AuditException("I4", $"The paused queue {asked.Queue.Name} handed messages out.");
        var leases = leased.Select(one => Leased(asked, one)).ToList();
        CheckLeasesMax(asked);
        if (asked.Queue.Policy is { IsFifo: true })
            CheckInOrder(asked, leases);
        else if (asked.Targets is null)
            CheckByPriority(asked, leases);
        if (asked.Targets is not null)
            CheckTargets(asked, leases);
        else if (!asked.IsOverlapped && !IsMaybePaused(asked))
            CheckNothingPassedOver(asked, leased);
        foreach (var lease in leases)
            lease.Message.TouchedAt = ++_at;
        return leases;
    }

    /// <summary>The answer to a request was lost, perhaps with messages in it: nobody knows which are leased until its time is over.</summary>
    public void LoseLease(AskedLease asked)
    {
        NoteTime();
        if (!_leasesAsked.Remove(asked))
            return;
        foreach (var known in _messages.Values.Where(m => !m.IsRemoved))
        {
            known.CountHigh++;
            known.TouchedAt = known.LeasedMeanwhileAt = ++_at;
        }
        _ghosts.Add((asked.Queue.Name, time.Elapsed + asked.Duration + Tick));
    }

    /// <summary>A lease was asked to be extended.</summary>
    public void Extended(KnownLease lease, TimeSpan askedAt, TimeSpan duration, long at, DateTimeOffset? end)
    {
        NoteTime();
        var known = lease.Message;
        var isCertain = known.Lease == lease && !lease.IsUncertain && known.UnderWay == 0 && known.TouchedAt <= at;
        if (isCertain && end is null && time.Elapsed + Tick < lease.EndsFrom)
            throw new AuditException("I4", $"The lease of {known.Tag} could not be extended though it lasts until {lease.EndsFrom}.{known.History}");
        if (end is not null && !lease.IsUncertain && askedAt > lease.EndsUntil + Tick)
            throw new AuditException("I4", $"The lease of {known.Tag} was extended though it had ended at {lease.EndsUntil}.{known.History}");
        if (end is not null && known.IsRemoved && !lease.IsUncertain && known.TouchedAt <= at)
            throw new AuditException("I2", $"The lease of {known.Tag} was extended though it is removed.{known.History}");
        if (end is null)
            return;
        (lease.EndsFrom, lease.EndsUntil) = (askedAt + duration, time.Elapsed + duration);
        known.TouchedAt = ++_at;
        known.Note($"{time.Elapsed} lease extended to {lease.EndsUntil}");
    }

    /// <summary>The counter by which it is told what came after what.</summary>
    public long At => _at;

    /// <summary>Whether somebody may hold a message now.</summary>
    private bool IsMaybeLeased(KnownMessage known) =>
        (known.Lease is { } lease && time.Elapsed <= lease.EndsUntil + Tick) || _ghosts.Exists(ghost => ghost.Queue == known.State!.Queue && ghost.Until >= time.Elapsed);

    private KnownLease Leased(AskedLease asked, LeasedMessage leased)
    {
        var message = leased.Message;
        var known = MessageOf(message);
        if (known is null || (!known.IsLive && known.UnderWay == 0 && !(known.IsRemoved && known.TouchedAt > asked.At)))
            throw new AuditException("I2", $"{message.Text("tag")} was handed out and should not be there.{known?.History}");
        if (message.State != MessageState.Leased || message.Queue.Value != asked.Queue.Name || (asked.Request.Group is { } group && (message.Group ?? "") != group))
            throw new AuditException("I4", $"{known.Tag} was handed out as {message.State} of {message.Queue}, group {message.Group}; asked was {asked.Queue.Name}, group {asked.Request.Group}.");
        if (asked.Targets is null)
            CheckDeferral(asked, message);
        if (!_tokens.Add(leased.Handle.Token))
            throw new AuditException("I4", $"A lease's token was given twice, the second time for {known.Tag}.");
        if (asked.Queue.Policy is { ReceivesMax: { } max, DeadLetterQueue: not null } && message.ReceiveCount > max)
            throw new AuditException("I6", $"{known.Tag} was handed out the {message.ReceiveCount}th time; {asked.Queue.Name} gives up after {max}.{known.History}");
        known.Id = known.Id == MessageId.None ? message.Id : known.Id;
        var isUntouched = known.IsIdle && known.TouchedAt < asked.At;
        if (isUntouched)
            CheckUntouched(asked, known, message);
        else
        {
            if (known.IsIdle)
                known.State = Background(known, message); // it may have become a dead letter since
            known.CountHigh++;
            known.LeasedMeanwhileAt = ++_at;
            // Two who were handed it one after the other may hear of it in the other order: then the earlier answer is of the lease that lasts.
            if (known.Lease is { } earlier && earlier.EndsUntil > time.Elapsed)
                _ghosts.Add((known.State?.Queue ?? message.Queue.Value, earlier.EndsUntil + Tick));
        }
        var isExact = time.WallSteps == asked.WallSteps;
        var machineStart = Wall - time.Elapsed;
        var from = isExact ? leased.ExpiresAt - machineStart : asked.Elapsed + asked.Duration;
        var until = isExact ? from : time.Elapsed + asked.Duration;
        known.Note($"{time.Elapsed} leased the {message.ReceiveCount}th time until {until}{(isUntouched ? "" : ", while something was under way")}");
        return known.Lease = new KnownLease(known, leased, from, until) { IsUncertain = !isUntouched };
    }

    private void CheckUntouched(AskedLease asked, KnownMessage known, Message message)
    {
        // Others may have been handed it, and their lease be over, before they heard of it.
        var unheard = _leasesAsked.Count(other => other.Queue == asked.Queue);
        if (known.Lease is { IsUncertain: false } other && time.Elapsed + Tick < other.EndsFrom)
            throw new AuditException("I4", $"{known.Tag} was handed out while somebody holds it until {other.EndsFrom}; it is {time.Elapsed}.{known.History}");
        var before = Background(known, message);
        if (before.DifferenceTo(new FoundMessage(message, null)) is { } difference)
            throw new AuditException("I3", $"{known.Tag} was handed out and {difference}.{known.History}");
        if (IsEarly(known, message.DueAt))
            throw new AuditException("I7", $"{known.Tag} was handed out at {Wall:O} and is due at {message.DueAt:O}.{known.History}");
        if (before.IsHeld)
            throw new AuditException("I4", $"{known.Tag} is held and was handed out.{known.History}");
        if (message.ReceiveCount < known.CountLow + 1 || message.ReceiveCount > known.CountHigh + 1 + unheard)
            throw new AuditException("I6", $"{known.Tag} was handed out with a receive count of {message.ReceiveCount} after {known.CountLow} to {known.CountHigh}.{known.History}");
        Observe(known, message, before);
        (known.CountLow, known.CountHigh) = (message.ReceiveCount, message.ReceiveCount);
        if (message.Id != known.Id)
            throw new AuditException("I3", $"{known.Tag} was {known.Id} and is {message.Id}.");
    }

    private bool IsCertainlyPaused(AskedLease asked) => asked.Queue is { Policy.IsPaused: true, UnderWay: 0 } && asked.Queue.TouchedAt < asked.At;

    private bool IsMaybePaused(AskedLease asked) => asked.Queue.Policy is not { IsPaused: false } || asked.Queue.UnderWay > 0 || asked.Queue.TouchedAt > asked.At;

    private void CheckNothingPassedOver(AskedLease asked, IReadOnlyList<LeasedMessage> leased)
    {
        // Of a queue that hands out no more than so many nothing is missing while somebody may hold them.
        if (asked.Queue.Policy?.LeasesMax is { } max && leased.Count + MaybeLeasedIn(asked.Queue.Name) >= max)
            return;
        // Of a FIFO queue the first groups may be what is in memory, and the next one's head on disk: that comes with the next request.
        if (asked.Queue.Policy is { IsFifo: true } && leased.Count > 0)
            return;
        foreach (var known in _messages.Values)
        {
            if (!IsCertainlyReady(known, asked) || (asked.Queue.Policy is { IsFifo: true } && !IsCertainlyHead(known, asked)) || leased.Any(one => one.Message.Id == known.Id))
                continue;
            if (leased.Count < asked.Request.MessagesMax)
                throw new AuditException("I13", $"{asked.Queue.Name} handed out {leased.Count} of {asked.Request.MessagesMax} messages and not {known.Tag}, which is ready.{known.History}");
            // In a fair queue a quiet tenant may pass: order holds within each.
            var last = leased.LastOrDefault(one => !IsFair(asked) || (one.Message.Group ?? "") == (known.State!.Group ?? ""))?.Message;
            if (last is null)
                continue;
            var isFirst = known.State!.Priority > last.Priority.Value || (known.State.Priority == last.Priority.Value && known.Number > 0 && known.Number < last.Number);
            if (isFirst)
                throw new AuditException("I5", $"{asked.Queue.Name} handed out number {last.Number} with priority {last.Priority} before {known.Tag}, number {known.Number}, priority {known.State.Priority}.{known.History}");
        }
    }

    /// <summary>Whether a message could be handed out all the time since something was asked.</summary>
    private bool IsCertainlyReady(KnownMessage known, AskedLease asked)
    {
        if (!known.IsIdle || known.TouchedAt > asked.At || known.State!.Queue != asked.Queue.Name || known.State.IsHeld)
            return false;
        if (asked.Request.Group is { } group && (known.State.Group ?? "") != group)
            return false;
        if (IsMaybeDeferred(known, asked))
            return false;
        if (known.Lease is { } lease && (lease.IsUncertain || lease.EndsUntil + Tick >= asked.Elapsed))
            return false;
        var wall = Wall < asked.Wall ? Wall : asked.Wall;
        return (known.State.IsDueAtOnce || known.State.DueUntil + Tick < wall) && !MayBeDeadLettered(known) && !MayHaveExpired(known)
            && !_ghosts.Exists(ghost => ghost.Queue == asked.Queue.Name && ghost.Until + Tick >= asked.Elapsed);
    }

    private static bool IsBefore(Message first, Message second) =>
        first.Priority.Value > second.Priority.Value || (first.Priority.Value == second.Priority.Value && first.Number < second.Number);
}

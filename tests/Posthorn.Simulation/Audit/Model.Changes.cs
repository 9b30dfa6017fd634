using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>Numbers of changes: who sees which, and what is refused because of them (I15); leases by number.</summary>
public sealed partial class Model
{
    /// <summary>The highest number of a change that anybody has seen: what is committed from now on has a higher one.</summary>
    private long _highestModSeq;

    /// <summary>Messages of a queue were leased by their numbers.</summary>
    public AskedLease AskLease(KnownQueue queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout)
    {
        var asked = AskLease(queue, new LeaseRequest { MessagesMax = targets.Count, VisibilityTimeout = visibilityTimeout });
        asked.Targets = targets;
        return asked;
    }

    /// <summary>A message was listed; whether as it must be, when nobody did anything with it since.</summary>
    public void Listed(KnownMessage known, MessageSummary summary, long at)
    {
        if (!known.IsIdle || known.TouchedAt > at || MayBeDeadLettered(known) || known.Id != summary.Id)
            return;
        var flags = known.State!.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!flags.Order(StringComparer.Ordinal).SequenceEqual(summary.Flags.Order(StringComparer.Ordinal)))
            throw new AuditException("I3", $"{known.Tag} was listed with the flags '{string.Join(' ', summary.Flags)}' and has '{known.State.Flags}'.{known.History}");
        if (summary.Length != known.State.Content.Length)
            throw new AuditException("I3", $"{known.Tag} was listed with {summary.Length} bytes and has {known.State.Content.Length}.{known.History}");
        ObserveModSeq(known, summary.ModSeq, isAside: false);
    }

    /// <summary>Whether the engine has said what became of every message that was to be leased by its number.</summary>
    private void CheckTargets(AskedLease asked, IReadOnlyList<KnownLease> leases)
    {
        foreach (var lease in leases)
        {
            var message = lease.Leased.Message;
            if (!asked.Targets!.Any(target => target.Number == message.Number && !(message.ModSeq > target.UnchangedSince)))
                throw new AuditException("I15", $"{lease.Message.Tag}, number {message.Number}, was leased and not asked for as it is since {message.ModSeq}.{lease.Message.History}");
        }
        var mayBeAtMax = asked.Queue.Policy?.LeasesMax is { } max && leases.Count + MaybeLeasedIn(asked.Queue.Name) >= max;
        if (asked.IsOverlapped || IsMaybePaused(asked) || mayBeAtMax || asked.Queue.Policy is { IsFifo: true })
            return;
        foreach (var known in _messages.Values.Where(m => IsCertainlyReady(m, asked)))
        {
            var isWanted = asked.Targets!.Any(target => target.Number == known.Number && (target.UnchangedSince is null || (known.IsModSeqKnown && known.ModSeq <= target.UnchangedSince)));
            if (isWanted && !leases.Any(lease => lease.Message == known))
                throw new AuditException("I13", $"{known.Tag} was asked for by its number {known.Number}, is ready, and was not leased.{known.History}");
        }
    }

    /// <summary>What a commit that asks for messages as they were seen says of them.</summary>
    private static void CheckSeen(AskedCommit asked)
    {
        foreach (var effect in asked.Messages.Where(e => e.MustBeChanged))
            throw new AuditException("I15", $"{effect.Known.Tag} was changed though somebody had changed it since it was seen.{effect.Known.History}");
    }

    private static void NoteChange(AskedCommit asked, KnownMessage known)
    {
        known.ModSeqAbove = Math.Max(known.ModSeqAbove, asked.ModSeqAbove);
        known.IsModSeqKnown = false;
        known.ChangeAskedAt = Math.Max(known.ChangeAskedAt, asked.At);
    }

    /// <summary>A queue's number is above all that were seen before its last change was asked for; dead letters come and go by themselves.</summary>
    private void NoteChanges(AskedCommit asked)
    {
        foreach (var name in asked.Messages.SelectMany(e => new[] { e.Before?.Queue, e.After?.Queue }).OfType<string>().Distinct())
        {
            if (Queue(name) is { IsRecreated: false, IsBeingRemoved: false, Policy.ReceivesMax: null } queue && name != "twice/dead")
                queue.HighestModSeq = Math.Max(queue.HighestModSeq, asked.ModSeqAbove + 1);
        }
    }

    private void ObserveModSeq(KnownMessage known, long modSeq, bool isAside)
    {
        if (known.IsModSeqKnown ? modSeq != known.ModSeq : modSeq <= known.ModSeqAbove || modSeq < known.ModSeq)
            throw new AuditException("I15", $"{known.Tag} was changed last by {modSeq}; {(known.IsModSeqKnown ? $"it was {known.ModSeq}" : $"it must be above {known.ModSeqAbove} and not below {known.ModSeq}")}.{known.History}");
        if (isAside)
            return;
        (known.ModSeq, known.IsModSeqKnown) = (modSeq, true);
        _highestModSeq = Math.Max(_highestModSeq, modSeq);
    }

    private void ObserveHighest(KnownQueue queue, QueueStatus status, bool isAside)
    {
        if (status.HighestModSeq < queue.HighestModSeq)
            throw new AuditException("I15", $"{queue.Name} was changed last by {status.HighestModSeq}, and by {queue.HighestModSeq} before.");
        if (isAside)
            return;
        queue.HighestModSeq = status.HighestModSeq;
        _highestModSeq = Math.Max(_highestModSeq, status.HighestModSeq);
    }
}

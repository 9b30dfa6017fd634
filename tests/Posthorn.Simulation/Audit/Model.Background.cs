using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Simulation.Audit;

/// <summary>What the engine does by itself (dead letters, retention), what it may refuse, and what numbers must obey.</summary>
public sealed partial class Model
{
    private readonly Dictionary<(string Queue, long Number), string> _numbers = [];

    /// <summary>Whether the engine may have moved it to the dead letters by now: received as often as allowed, and its lease may be over.</summary>
    public bool MayBeDeadLettered(KnownMessage known) =>
        known.State is { IsHeld: false } state && Queue(state.Queue).Policy is { DeadLetterQueue: not null, ReceivesMax: { } max } && known.CountHigh >= max;

    /// <summary>Whether it may have been removed for its age.</summary>
    public bool MayHaveExpired(KnownMessage known) =>
        known.State is { IsHeld: false } state && Queue(state.Queue).Policy is { Retention: { } retention }
        && known.AcceptedFrom + retention <= _highestWallEver + TimeSpan.FromSeconds(1);

    /// <summary>How a message must look that was seen, given what the engine may have done with it by itself.</summary>
    private ExpectedMessage AsSeen(ExpectedMessage state, int countHigh, Message seen, out bool isDeadLetter)
    {
        var policy = Queue(state.Queue).Policy;
        isDeadLetter = seen.Queue.Value != state.Queue && !state.IsHeld && countHigh >= policy?.ReceivesMax && policy.DeadLetterQueue?.Value == seen.Queue.Value;
        return isDeadLetter
            ? state with { Queue = seen.Queue.Value, DeadLetterSource = state.Queue, DueFrom = DateTimeOffset.MinValue, DueUntil = _highestWallEver, IsDueAtOnce = true, MayBeDueAtOnce = true }
            : state;
    }

    private ExpectedMessage Background(KnownMessage known, Message seen)
    {
        var state = AsSeen(known.State!, known.CountHigh, seen, out var isDeadLetter);
        if (!isDeadLetter)
            return state;
        (known.Number, known.NumberAbove, known.CountLow, known.CountHigh, known.CountDurable, known.Lease) = (0, 0, 0, 0, 0, null);
        (known.ModSeqAbove, known.IsModSeqKnown) = (Math.Max(known.ModSeqAbove, known.ModSeq), false);
        known.Note($"{time.Elapsed} seen as a dead letter");
        return state;
    }

    /// <summary>Takes from a message that was seen what could not be known before.</summary>
    private void Observe(KnownMessage known, Message seen, ExpectedMessage state, bool isAside = false)
    {
        ObserveModSeq(known, seen.ModSeq, isAside);
        known.State = state with { DueFrom = seen.DueAt, DueUntil = seen.DueAt };
        if (known.Id == MessageId.None)
            known.Id = seen.Id;
        if (known.Number == 0)
            NoteNumber(known, seen.Queue.Value, seen.Number, known.NumberAbove);
        else if (known.Number != seen.Number)
            throw new AuditException("I11", $"{known.Tag} had number {known.Number} in {seen.Queue} and has {seen.Number}.{known.History}");
    }

    private void NoteNumber(KnownMessage known, string queue, long number, long above)
    {
        known.Number = number;
        var knownQueue = Queue(queue);
        knownQueue.HighestNumber = Math.Max(knownQueue.HighestNumber, number);
        if (knownQueue.IsRecreated || knownQueue.IsBeingRemoved)
            return;
        if (number <= above)
            throw new AuditException("I11", $"{known.Tag} got number {number} in {queue}, where {above} had been given before.{known.History}");
        if (_numbers.TryGetValue((queue, number), out var other) && other != known.Tag)
            throw new AuditException("I11", $"Number {number} of {queue} was given to {other} and to {known.Tag}.");
        _numbers[(queue, number)] = known.Tag;
    }

    private void CheckRefusal(AskedCommit asked, Exception reason)
    {
        switch (reason)
        {
            case CommitConflictException conflicts:
                foreach (var conflict in conflicts.Conflicts)
                    CheckConflict(asked, conflict);
                break;
            case QueueFullException full:
                var queue = Queue(full.Queue.Value);
                if (queue.UnderWay == 0 && queue.TouchedAt < asked.At && !IsMaybeFull(queue, asked))
                    throw new AuditException("I9", $"{full.Queue} refused a message and is not full: {full.Message}");
                break;
        }
    }

    private void CheckConflict(AskedCommit asked, CommitConflict conflict)
    {
        var effect = asked.Messages.Last(e => e.Operation == conflict.Operation);
        var known = effect.Known;
        if (conflict.Reason == ConflictReason.MessageChanged && effect is { MayBeChanged: false })
            throw new AuditException("I15", $"{known.Tag} was said to have changed since it was seen, and nobody did anything with it.{known.History}");
        if (known.UnderWay > 0 || !WasIdle(known, asked) || MayBeDeadLettered(known) || MayHaveExpired(known))
            return;
        switch (conflict.Reason)
        {
            case ConflictReason.MessageNotFound:
                throw new AuditException("I1", $"{known.Tag} was not found.{known.History}");
            case ConflictReason.MessageBusy:
                throw new AuditException("I9", $"{known.Tag} was busy, and nobody does anything with it.{known.History}");
            case ConflictReason.LeaseEnded when effect.By is { IsUncertain: false } lease && known.Lease == lease && time.Elapsed + Tick < lease.EndsFrom:
                throw new AuditException("I4", $"The lease of {known.Tag} was ended before its time at {lease.EndsFrom}; it is {time.Elapsed}.{known.History}");
        }
    }

    /// <summary>Whether nothing else was asked or heard of a message since a commit on it was asked.</summary>
    private static bool WasIdle(KnownMessage known, AskedCommit asked) => known.IsLive && known.OthersTouchedAt <= asked.At;

    private bool IsMaybeFull(KnownQueue queue, AskedCommit asked)
    {
        if (queue.Policy is not { } policy)
            return false;
        var adds = asked.Messages.Where(e => e.After?.Queue == queue.Name && e.Before?.Queue != queue.Name).Select(e => (long)e.After!.Content.Length).ToList();
        // Whoever is under way may be in the queue, and whoever was removed lately may have been.
        var there = _messages.Values.Where(m => (m.State?.Queue == queue.Name) || m.UnderWay > 0 || m.TouchedAt >= asked.At).ToList();
        return there.Count + adds.Count > policy.MessagesMax
            || there.Sum(m => (long)(m.State?.Content.Length ?? 4_000)) + adds.Sum() > policy.BytesMax
            || adds.Exists(length => length > policy.MessageBytesMax);
    }
}

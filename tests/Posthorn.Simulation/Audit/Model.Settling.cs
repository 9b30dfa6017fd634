using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>Comparing with what an engine holds; before that, deciding of what was in doubt whether it happened.</summary>
public sealed partial class Model
{
    /// <summary>Compares all that an engine holds with what it must hold.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="mustHaveActed">Whether the engine has had time to do all that it does by itself.</param>
    /// <param name="isAside">Whether the engine is of a copy: what it has removed for its age may still be in the store.</param>
    public void Compare(Findings found, bool mustHaveActed, bool isAside)
    {
        NoteTime();
        ++_at;
        SettleDoubts(found);
        foreach (var known in _messages.Values)
        {
            if (known.State is not { } state)
                continue;
            if (found.Messages.TryGetValue(known.Tag, out var actual))
                Compare(known, actual, mustHaveActed, isAside);
            else if (MayHaveExpired(known))
            {
                if (!isAside)
                    (known.State, known.IsRemoved) = (null, true);
            }
            else
                throw new AuditException("I1", $"{known.Tag} was acknowledged and is lost; it should be {state}.{known.History}");
        }
        foreach (var (tag, actual) in found.Messages)
        {
            if (!Message(tag).IsLive)
                throw new AuditException("I2", $"{tag} came back, or was never acknowledged whole; it is number {actual.Message.Number} of {actual.Message.Queue}.{Message(tag).History}");
        }
        CompareConsumed(found);
        CompareDocuments(found);
        CompareQueues(found, isAside);
    }

    private void Compare(KnownMessage known, FoundMessage actual, bool mustHaveActed, bool isAside)
    {
        var message = actual.Message;
        var state = Background(known, message);
        if (state.DifferenceTo(actual) is { } difference)
            throw new AuditException("I3", $"{known.Tag} is not what it should be: {difference}.{known.History}");
        if (message.ReceiveCount < known.CountLow || message.ReceiveCount > known.CountHigh)
            throw new AuditException("I6", $"{known.Tag} has a receive count of {message.ReceiveCount}; it was received {known.CountLow} to {known.CountHigh} times.{known.History}");
        Observe(known, message, state, isAside);
        (known.CountLow, known.CountHigh) = (message.ReceiveCount, message.ReceiveCount);
        known.TouchedAt = _at;
        CompareState(known, message);
        if (mustHaveActed && MayBeDeadLettered(known) && !IsMaybeLeased(known))
            throw new AuditException("I6", $"{known.Tag} was received {message.ReceiveCount} times and still waits in {message.Queue} as {message.State}.{known.History}");
        if (mustHaveActed && !state.IsHeld && !IsMaybeLeased(known) && Queue(state.Queue).Policy?.Retention is { } retention && message.AcceptedAt + retention + TimeSpan.FromSeconds(62) < Wall)
            throw new AuditException("I7", $"{known.Tag} was accepted at {message.AcceptedAt:O}, is kept for {retention} and is still there at {Wall:O}.{known.History}");
    }

    private void CompareState(KnownMessage known, Message message)
    {
        var isHeldByConsumer = known.Lease is { IsUncertain: false } lease && time.Elapsed + Tick < lease.EndsFrom;
        var fault = message.State switch
        {
            MessageState.Leased => IsMaybeLeased(known) || MayBeDeadLettered(known) ? null : ("I4", "is leased and nobody holds it"),
            _ when isHeldByConsumer => ("I4", "is not leased though somebody holds it"),
            MessageState.Delayed => message.DueAt + Tick < Wall ? ("I7", $"is delayed though it was due at {message.DueAt:O}; it is {Wall:O}") : null,
            MessageState.Ready => IsEarly(known, message.DueAt) ? ("I7", $"is ready though it is due at {message.DueAt:O}; it is {Wall:O}") : null,
            _ => default((string Invariant, string What)?),
        };
        if (fault is { } f)
            throw new AuditException(f.Invariant, $"{known.Tag} {f.What}.{known.History}");
    }

    private void CompareDocuments(Findings found)
    {
        foreach (var (key, value) in _documents)
        {
            if (!found.Documents.TryGetValue(key, out var actual) || !actual.AsSpan().SequenceEqual(value))
                throw new AuditException("I1", $"Document {key} is not what was acknowledged.");
        }
        foreach (var key in found.Documents.Keys)
        {
            if (!_documents.ContainsKey(key))
                throw new AuditException("I2", $"Document {key} came back, or was never acknowledged.");
        }
    }

    private void CompareQueues(Findings found, bool isAside)
    {
        foreach (var queue in _queues.Values)
        {
            var isThere = found.Queues.TryGetValue(queue.Name, out var status);
            if (queue.Policy is null && !isThere)
                continue;
            if (queue.Policy is null)
            {
                // The engine makes a queue for its dead letters by itself.
                if (!_queues.Values.Any(q => q.Policy?.DeadLetterQueue?.Value == queue.Name))
                    throw new AuditException("I2", $"The queue {queue.Name} came back.");
                queue.Policy = status!.Policy;
            }
            if (!isThere)
                throw new AuditException("I1", $"The queue {queue.Name} is lost.");
            if (status!.Policy != queue.Policy)
                throw new AuditException("I1", $"The queue {queue.Name} should have {queue.Policy} and has {status.Policy}.");
            if (!queue.IsRecreated && ((queue.Identity != 0 && queue.Identity != status.Identity) || status.NextNumber < queue.NextNumber || status.NextNumber <= queue.HighestNumber))
                throw new AuditException("I11", $"The queue {queue.Name} had identity {queue.Identity}, next number {queue.NextNumber} and {queue.HighestNumber} given; it has {status.Identity} and {status.NextNumber}.");
            ObserveHighest(queue, status, isAside);
            (queue.Identity, queue.NextNumber) = (status.Identity, status.NextNumber);
        }
    }

    private void SettleDoubts(Findings found)
    {
        foreach (var asked in _inDoubt)
        {
            bool? happened = null;
            foreach (var effect in asked.Effects)
            {
                if (Happened(asked, effect, found) is not { } verdict)
                    continue;
                if (happened is { } other && other != verdict)
                    throw new AuditException("I3", $"A commit that was never answered happened in part: {string.Join("; ", asked.Effects.Select(e => $"{e} {Happened(asked, e, found)}"))}.{asked.Messages.FirstOrDefault()?.Known.History}");
                happened = verdict;
            }
            // When all its effects look the same either way, it may as well have happened.
            foreach (var effect in asked.Effects)
                Touch(effect, -1, happened == false ? "found not to have happened" : "found to have happened");
            if (happened == false)
            {
                foreach (var add in asked.Messages.Where(e => e.IsAdd))
                    add.Known.IsRemoved = true;
                continue;
            }
            var bounds = asked.Messages.Select(e => (e.Known, e.Known.NumberAbove, e.Known.CountHigh, e.Known.ModSeqAbove)).ToList();
            Apply(asked);
            foreach (var (known, above, high, modSeqAbove) in happened is null ? bounds : [])
                (known.NumberAbove, known.CountHigh, known.ModSeqAbove) = (Math.Min(known.NumberAbove, above), Math.Max(known.CountHigh, high), modSeqAbove);
            NoteFirst(asked);
            // Of one whose messages have all become too old meanwhile nobody can tell whether its key is remembered.
            if (asked.Key is { } key && happened == true)
                _keys[key] = new KnownKey(asked, null);
        }
        _inDoubt.Clear();
    }

    /// <summary>Whether an effect can be seen to have happened, or not; null when it looks the same either way.</summary>
    private bool? Happened(AskedCommit asked, Effect effect, Findings found)
    {
        if (effect is MessageEffect { Discards: true, Known: var kept })
            return found.Consumed.Contains(kept.Tag) ? false : null; // or its time was over
        var (before, after) = effect switch
        {
            // A removal does not mind what others in doubt have made of the message before.
            MessageEffect { After: null } removal when found.Messages.ContainsKey(removal.Known.Tag) => (true, false),
            MessageEffect message => (
                Fits(message.Known, message.Before, message.Known.CountHigh, found),
                Fits(message.Known, message.After?.Resolved(asked.WallFrom, asked.WallUntil), message.Moves ? 0 : message.Known.CountHigh, found)),
            DocumentEffect document => (Fits(document.Key, document.Before, found), Fits(document.Key, document.After, found)),
            QueueEffect queue => (Fits(queue.Queue, queue.Before, found), Fits(queue.Queue, queue.After, found)),
            _ => throw new InvalidOperationException($"{effect} is of an unknown kind."),
        };
        // A move within a queue is told by the number.
        if (effect is MessageEffect { Moves: true, Known: { Number: > 0 } moved } && before && after && found.Messages.TryGetValue(moved.Tag, out var seen))
            return seen.Message.Number != moved.Number;
        if (effect is MessageEffect { Known: var known } && ((known.IsRemoved && effect is not MessageEffect { Replays: true }) || (!found.Messages.ContainsKey(known.Tag) && IsRemovedByAnother(known, asked))))
            return null;
        return before == after ? null : after;
    }

    private bool IsRemovedByAnother(KnownMessage known, AskedCommit asked) =>
        _inDoubt.Exists(other => other != asked && other.Messages.Any(e => e.Known == known && e.After is null));

    private bool Fits(KnownMessage known, ExpectedMessage? state, int countHigh, Findings found)
    {
        if (!found.Messages.TryGetValue(known.Tag, out var actual))
            return state is null || (!state.IsHeld && Queue(state.Queue).Policy?.Retention is { } retention && known.AcceptedFrom + retention <= _highestWallEver + TimeSpan.FromSeconds(1));
        return state is not null && AsSeen(state, countHigh, actual.Message, out _).DifferenceTo(actual) is null;
    }

    private static bool Fits(string key, byte[]? value, Findings found) =>
        found.Documents.TryGetValue(key, out var actual) ? value is not null && actual.AsSpan().SequenceEqual(value) : value is null;

    private static bool Fits(KnownQueue queue, QueuePolicy? policy, Findings found) =>
        found.Queues.TryGetValue(queue.Name, out var status) ? status.Policy == policy : policy is null;
}

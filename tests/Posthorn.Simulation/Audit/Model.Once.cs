using Posthorn.Commits;

namespace Posthorn.Simulation.Audit;

/// <summary>What happens once only: messages with deduplication ids; and what a queue keeps of what was consumed.</summary>
public sealed partial class Model
{
    private static readonly TimeSpan Window = Posthorn.Queues.QueuePolicy.Default.DeduplicationWindow;

    /// <summary>The last message of a deduplication id that came in, by queue and id, and since when that is known.</summary>
    private readonly Dictionary<(string Queue, string Id), (AskedCommit Asked, AddedMessage? Added, long KnownAt)> _firsts = [];

    /// <summary>A message with a deduplication id was taken, or found to have come before.</summary>
    public void AcknowledgeDeduplicated(AskedCommit asked, CommitResult result)
    {
        var effect = asked.Messages.Single();
        var name = (effect.After!.Queue, asked.DeduplicationId!);
        var isFirstKnown = _firsts.TryGetValue(name, out var first);
        // Others of the same id whose answer has not come yet, or never came, may have been first.
        var isOvertaken = _asked.Concat(_inDoubt).Any(other => other != asked && other.DeduplicationId == name.Item2 && other.Messages.Single().After!.Queue == name.Queue);
        var isExact = !isOvertaken && isFirstKnown && first.Asked.WallSteps == time.WallSteps;
        if (result.Added is not [var added])
            throw new AuditException("I3", $"A commit that adds one message was answered with {result.Added.Count}.");
        if (!added.IsDuplicate)
        {
            if (isExact && first.Added is not null && Wall < first.Asked.WallFrom + Window)
                throw new AuditException("I3", $"{effect.Known.Tag} was added as {added.Id}, though {first.Added} had come with the same deduplication id.{effect.Known.History}");
            Acknowledge(asked, result);
            _firsts[name] = (asked, added, _at);
            return;
        }
        if (!isOvertaken && !isFirstKnown)
            throw new AuditException("I1", $"{effect.Known.Tag} was taken for a duplicate of {added.Id}, and nothing had come with its deduplication id.");
        if (isExact && asked.WallFrom > first.Asked.WallUntil + Window)
            throw new AuditException("I1", $"{effect.Known.Tag} was taken for a duplicate of {added.Id}, which came more than {Window} before.");
        if (isExact && first.Added is { } known && (known.Id, known.Number) != (added.Id, added.Number))
            throw new AuditException("I3", $"{effect.Known.Tag} was taken for a duplicate of {added.Id}; the first one was {known.Id}.");
        // However often the clock was set: an earlier one had been forgotten when the last one came, and stands never again.
        if (isFirstKnown && asked.At > first.KnownAt && first.Added is { } last && added.Id.Value < last.Id.Value)
            throw new AuditException("I3", $"{effect.Known.Tag} was taken for a duplicate of {added.Id}, though {last.Id} had come with the same deduplication id since.{effect.Known.History}");
        Conclude(asked, $"a duplicate of {added.Id}");
    }

    /// <summary>A commit in doubt was decided: its message may be the first of its deduplication id.</summary>
    private void NoteFirst(AskedCommit asked)
    {
        if (asked.DeduplicationId is { } id)
            _firsts[(asked.Messages.Single().After!.Queue, id)] = (asked, null, _at);
    }

    /// <summary>A message ended; its queue may keep it.</summary>
    private void NoteEnd(AskedCommit asked, MessageEffect effect)
    {
        var known = effect.Known;
        var isKept = effect.Consumes && known.State is { } state && Queue(state.Queue).Policy?.KeepConsumed is not null;
        if (isKept)
            known.Consumed = known.State! with { IsHeld = false };
        (known.IsConsumption, known.ConsumedAt) = (effect.Consumes, (asked.WallFrom, asked.WallUntil, asked.WallSteps));
        (known.State, known.IsRemoved, known.Lease) = (null, true, null);
    }

    /// <summary>A change was heard of after the end of its message, which it must have come before: whoever writes his own commit hears of it first.</summary>
    private static void NoteOvertaken(AskedCommit asked, MessageEffect effect)
    {
        if (effect is { After: { } after, Known: { IsConsumption: true } known })
            known.MayBeKept = after.Resolved(asked.WallFrom, asked.WallUntil) with { IsHeld = false };
    }

    private void CompareConsumed(Findings found)
    {
        foreach (var tag in found.Consumed)
        {
            if (Message(tag) is not { Consumed: null, UnderWay: 0 } known)
                continue;
            known.Consumed = known.MayBeKept ?? throw new AuditException("I2", $"{tag} is kept as consumed, and was not consumed, or was ended for good.{known.History}");
        }
        foreach (var known in _messages.Values.Where(m => m.Consumed is not null && !found.Consumed.Contains(m.Tag)))
        {
            var keep = Queue(known.Consumed!.Queue).Policy?.KeepConsumed;
            if (known is { MayBeKept: null, UnderWay: 0 } && known.ConsumedAt.WallSteps == time.WallSteps && Wall + TimeSpan.FromSeconds(2) < known.ConsumedAt.From + keep)
                throw new AuditException("I1", $"{known.Tag} was consumed at {known.ConsumedAt.From:O}, is to be kept for {keep} and is gone at {Wall:O}.{known.History}");
            known.Consumed = null;
        }
        foreach (var known in _messages.Values)
            known.MayBeKept = null;
    }
}

using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Messages;

namespace Posthorn.Journal.Writing;

/// <summary>Applies a commit's changes to a message as it was read.</summary>
internal static class MessageReviser
{
    public static void Revise(ref MessageRecord record, MessageChanges changes, long now)
    {
        record.Priority = changes.Priority ?? record.Priority;
        record.IsHeld = changes.IsHeld ?? record.IsHeld;
        record.Envelope = changes.Envelope ?? record.Envelope;
        record.Flags = changes.FlagsAfter(record.Flags);
        record.ReceiveCount = changes.ReceiveCount ?? record.ReceiveCount;
        if (changes.LastError is { } error)
            record.LastError = error.Length == 0 ? null : error;
        if (changes.Group is { } group)
            record.Group = group.Length == 0 ? null : group;
        foreach (var (name, value) in changes.Attributes ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, AttributeValue?>.Empty)
            record.Attributes = With(record.Attributes, name, value);
        if (changes.DueAt is { } due)
            (record.DueAt, record.IsDue) = (Math.Max(due.UtcTicks, now), due.UtcTicks <= now);
    }

    /// <summary>Sets the due time of a message that is released or moved: what the changes say, else after the delay, else now.</summary>
    public static void Reschedule(ref MessageRecord record, CommitOperation.Change change, bool isMoved, bool ignoresDelay, long now)
    {
        var delay = ignoresDelay ? TimeSpan.Zero : change.Delay;
        if (delay > TimeSpan.Zero)
            (record.DueAt, record.IsDue) = (JournalEngine.Later(now, delay.Value), false);
        else if ((delay is not null || isMoved) && (change.Changes.DueAt is null || ignoresDelay))
            (record.DueAt, record.IsDue) = (now, true);
    }

    public static Dictionary<string, AttributeValue> With(IReadOnlyDictionary<string, AttributeValue> attributes, string name, AttributeValue? value)
    {
        var changed = new Dictionary<string, AttributeValue>(attributes, StringComparer.Ordinal);
        if (value is null)
            changed.Remove(name);
        else
            changed[name] = value.Value;
        return changed;
    }
}

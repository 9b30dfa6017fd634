using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Journal.Writing;

/// <summary>A commit's operations with all that concern one message made one: a message is read, checked and written once a commit.</summary>
/// <param name="All">The operations.</param>
/// <param name="Conflicts">Those that the commit itself makes impossible.</param>
/// <param name="Moves">The messages of the caller's operations that move one, in their order.</param>
internal sealed record MergedOperations(IReadOnlyList<MergedOperation> All, IReadOnlyList<CommitConflict> Conflicts, IReadOnlyList<MessageId> Moves)
{
    public static MergedOperations Of(IReadOnlyList<CommitOperation> operations)
    {
        if (operations.Count == 1)
            return new MergedOperations([new MergedOperation(operations[0], 0)], [], MovedBy(operations[0]) is { } only ? [only] : []);
        List<CommitConflict>? conflicts = null;
        List<MessageId>? moves = null;
        var merged = new List<MergedOperation>(operations.Count);
        Dictionary<MessageId, int>? places = null;
        for (var i = 0; i < operations.Count; i++)
        {
            if (MovedBy(operations[i]) is { } moved)
                (moves ??= []).Add(moved);
            if (IdOf(operations[i]) is not { } id)
            {
                merged.Add(new MergedOperation(operations[i], i));
                continue;
            }
            if ((places ??= []).TryAdd(id, merged.Count))
            {
                merged.Add(new MergedOperation(operations[i], i));
                continue;
            }
            ref var place = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(merged)[places[id]];
            if (place.Operation is CommitOperation.Change first)
                place = place with { Operation = Merge(first, operations[i]) };
            else
                (conflicts ??= []).Add(new CommitConflict(i, ConflictReason.MessageNotFound)); // the commit itself has removed it
        }
        return new MergedOperations(merged, conflicts ?? [], moves ?? []);
    }

    private static MessageId? MovedBy(CommitOperation operation) => operation is CommitOperation.Change { MoveTo: not null } move ? move.Message.Id : null;

    private static MessageId? IdOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Remove remove => remove.Message.Id,
        CommitOperation.Change change => change.Message.Id,
        CommitOperation.Replay replay => replay.Message,
        _ => null,
    };

    private static CommitOperation Merge(CommitOperation.Change first, CommitOperation second)
    {
        if (second is CommitOperation.Remove remove)
            return remove with { Message = Earliest(remove.Message, first.Message) };
        if (second is not CommitOperation.Change change)
            return second;
        var (a, b) = (first.Changes, change.Changes);
        var message = first.Message.Lease is null ? Earliest(change.Message, first.Message) : Earliest(first.Message, change.Message);
        return new CommitOperation.Change(message, new MessageChanges
        {
            Priority = b.Priority ?? a.Priority,
            DueAt = b.DueAt ?? (change.Delay is null ? a.DueAt : null),
            IsHeld = b.IsHeld ?? a.IsHeld,
            Envelope = b.Envelope ?? a.Envelope,
            Attributes = Merge(a.Attributes, b.Attributes),
            Flags = b.Flags ?? a.Flags,
            FlagsAdded = b.Flags is null ? Union(a.FlagsAdded?.Except(b.FlagsRemoved ?? [], StringComparer.OrdinalIgnoreCase), b.FlagsAdded) : b.FlagsAdded,
            FlagsRemoved = b.Flags is null ? Union(a.FlagsRemoved, b.FlagsRemoved) : b.FlagsRemoved,
            LastError = b.LastError ?? a.LastError,
            Content = b.Content ?? a.Content,
            Group = b.Group ?? a.Group,
            ReceiveCount = b.ReceiveCount ?? (change.MoveTo is null ? a.ReceiveCount : null),
        })
        {
            MoveTo = change.MoveTo ?? first.MoveTo,
            Delay = change.Delay ?? (b.DueAt is null ? first.Delay : null),
            EndsLease = first.EndsLease || change.EndsLease,
        };
    }

    /// <summary>The same message, unchanged since whichever of both is earlier.</summary>
    private static MessageReference Earliest(MessageReference message, MessageReference other) =>
        other.UnchangedSince is { } since && !(message.UnchangedSince <= since) ? message.IfUnchangedSince(since) : message;

    private static IReadOnlyList<string>? Union(IEnumerable<string>? first, IReadOnlyList<string>? second) =>
        first is null ? second : [.. first.Union(second ?? [], StringComparer.OrdinalIgnoreCase)];

    private static IReadOnlyDictionary<string, AttributeValue?>? Merge(
        IReadOnlyDictionary<string, AttributeValue?>? first, IReadOnlyDictionary<string, AttributeValue?>? second)
    {
        if (first is null || second is null)
            return second ?? first;
        var all = new Dictionary<string, AttributeValue?>(first, StringComparer.Ordinal);
        foreach (var (name, value) in second)
            all[name] = value;
        return all;
    }
}

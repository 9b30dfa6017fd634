using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

public sealed partial class ReferenceEngine
{
    private void Check(Commit commit)
    {
        var conflicts = new List<CommitConflict>();
        var touched = new HashSet<MessageId>();
        for (var i = 0; i < commit.Operations.Count; i++)
        {
            MessageReference? reference = commit.Operations[i] switch
            {
                CommitOperation.Remove remove => remove.Message,
                CommitOperation.Change change => change.Message,
                _ => default(MessageReference?),
            };
            if (reference is not { } message)
                continue;
            if (Find(message.Id) is null)
                conflicts.Add(new CommitConflict(i, ConflictReason.MessageNotFound));
            else if (message.Lease is { } lease && Find(lease) is null)
                conflicts.Add(new CommitConflict(i, ConflictReason.LeaseEnded));
            else if (!touched.Add(message.Id))
                conflicts.Add(new CommitConflict(i, ConflictReason.MessageBusy));
        }
        if (conflicts.Count > 0)
            throw new CommitConflictException(conflicts);
        foreach (var added in commit.Operations.OfType<CommitOperation.Add>().GroupBy(a => a.Message.Queue))
            CheckLimits(added.Key, [.. added.Select(a => a.Message.Content.Length)]);
        foreach (var moved in commit.Operations.OfType<CommitOperation.Change>().Where(c => c.MoveTo is not null).GroupBy(c => c.MoveTo!.Value))
            CheckLimits(moved.Key, [.. moved.Select(c => (c.Changes.Content ?? Find(c.Message.Id)!.Content).Length)]);
    }

    private void CheckLimits(QueueName name, IReadOnlyList<long> sizes)
    {
        if (!_queues.TryGetValue(name, out var queue))
            return;
        var policy = queue.Policy;
        if (policy.MessageBytesMax is { } messageMax && sizes.Any(s => s > messageMax))
            throw new QueueFullException(name, isMessageTooLarge: true, $"A message of {sizes.Max()} bytes is larger than queue {name} takes ({messageMax}).");
        if (policy.MessagesMax is { } countMax && queue.Entries.Count + sizes.Count > countMax)
            throw new QueueFullException(name, isMessageTooLarge: false, $"Queue {name} holds as many messages as it may ({countMax}).");
        if (policy.BytesMax is { } bytesMax && queue.Entries.Sum(e => e.Content.Length) + sizes.Sum() > bytesMax)
            throw new QueueFullException(name, isMessageTooLarge: false, $"Queue {name} would hold more bytes than it may ({bytesMax}).");
    }

    private AddedMessage? Apply(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add add:
                return AddMessage(add.Message);
            case CommitOperation.Remove remove:
                var removed = Find(remove.Message.Id)!;
                _queues[removed.Queue].Entries.Remove(removed);
                return null;
            case CommitOperation.Change change:
                ChangeMessage(change);
                return null;
            case CommitOperation.SetQueue set:
                GetOrMake(set.Name).Policy = set.Policy;
                return null;
            case CommitOperation.DeleteQueue delete:
                _queues.Remove(delete.Name);
                return null;
            case CommitOperation.SetDocument { Value: { } value } document:
                _documents[document.Key] = value.ToArray();
                return null;
            case CommitOperation.SetDocument document:
                _documents.Remove(document.Key);
                return null;
            default:
                throw new InvalidOperationException($"{operation.GetType().Name} is unknown.");
        }
    }

    private AddedMessage AddMessage(NewMessage message)
    {
        var now = time.GetUtcNow();
        var queue = GetOrMake(message.Queue);
        var id = new MessageId(_nextId++);
        var entry = new ReferenceEntry
        {
            Id = id,
            Origin = message.Origin ?? id,
            Queue = message.Queue,
            Number = queue.NextNumber++,
            Group = message.Group,
            Priority = message.Priority,
            AcceptedAt = message.AcceptedAt ?? now,
            EnqueuedAt = now,
            DueAt = message.DueAt ?? now + queue.Policy.Delay,
            Envelope = message.Envelope,
            Attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal),
            Flags = message.Flags,
            LastError = message.LastError,
            Content = message.Content,
            IsHeld = message.IsHeld,
        };
        queue.Entries.Add(entry);
        SetTimer(entry.DueAt);
        return new AddedMessage(id, entry.Number);
    }

    private void ChangeMessage(CommitOperation.Change change)
    {
        var now = time.GetUtcNow();
        var entry = Find(change.Message.Id)!;
        var changes = change.Changes;
        var receives = entry.ReceiveCount;
        if (change.MoveTo is { } to)
        {
            _queues[entry.Queue].Entries.Remove(entry);
            var target = GetOrMake(to);
            (entry.Queue, entry.Number, entry.EnqueuedAt, entry.ReceiveCount, entry.DueAt) = (to, target.NextNumber++, now, 0, now);
            target.Entries.Add(entry);
        }
        if (change.EndsLease)
            entry.LeasedUntil = null;
        if (change.EndsLease && change.MoveTo is null)
            entry.DueAt = now;
        entry.DueAt = changes.DueAt ?? (change.Delay is { } delay && delay > TimeSpan.Zero ? Later(now, delay) : entry.DueAt);
        entry.Priority = changes.Priority ?? entry.Priority;
        entry.IsHeld = changes.IsHeld ?? entry.IsHeld;
        entry.Envelope = changes.Envelope ?? entry.Envelope;
        entry.Flags = changes.Flags ?? entry.Flags;
        entry.Content = changes.Content ?? entry.Content;
        entry.ReceiveCount = changes.ReceiveCount ?? entry.ReceiveCount;
        if (changes.LastError is { } error)
            entry.LastError = error.Length == 0 ? null : error;
        if (changes.Group is { } group)
            entry.Group = group.Length == 0 ? null : group;
        foreach (var (name, value) in changes.Attributes ?? new Dictionary<string, AttributeValue?>())
        {
            if (value is { } set)
                entry.Attributes[name] = set;
            else
                entry.Attributes.Remove(name);
        }
        if (change.EndsLease && change.MoveTo is null)
            DeadLetterIfDue(entry, receives);
        SetTimer(entry.DueAt);
    }

    private void DeadLetterIfDue(ReferenceEntry entry, int receives)
    {
        var policy = _queues[entry.Queue].Policy;
        if (policy.DeadLetterQueue is not { } deadLetters || policy.ReceivesMax is not { } max || receives < max)
            return;
        var now = time.GetUtcNow();
        entry.Attributes["dead-letter-source"] = entry.Queue.Value;
        _queues[entry.Queue].Entries.Remove(entry);
        var target = GetOrMake(deadLetters);
        (entry.Queue, entry.Number, entry.EnqueuedAt, entry.ReceiveCount, entry.DueAt) = (deadLetters, target.NextNumber++, now, 0, now);
        target.Entries.Add(entry);
    }

    private static DateTimeOffset Later(DateTimeOffset now, TimeSpan delay) => DateTimeOffset.MaxValue - now < delay ? DateTimeOffset.MaxValue : now + delay;
}

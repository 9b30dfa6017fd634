using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>Applies one commit to a state, operation by operation, in the order given.</summary>
internal sealed class ReferenceCommit(ReferenceState state, DateTimeOffset now)
{
    private readonly ReferenceState _before = state;
    private readonly long _modSeq = state.NextModSeq;
    private readonly Dictionary<Body, ReferenceBody> _bodies = new(ReferenceEqualityComparer.Instance);
    private readonly List<CommitConflict> _conflicts = [];
    private readonly List<AddedMessage> _added = [];
    private readonly HashSet<MessageId> _consumedHere = [];

    public ReferenceState State { get; private set; } = state with { NextModSeq = state.NextModSeq + 1 };

    /// <summary>Queues that messages came to, with the largest of them.</summary>
    public Dictionary<QueueName, long> Entered { get; } = [];

    /// <summary>Queues that messages left.</summary>
    public HashSet<QueueName> Left { get; } = [];

    /// <exception cref="CommitConflictException">Something is in the way.</exception>
    public CommitResult Apply(Commit commit)
    {
        for (var i = 0; i < commit.Operations.Count; i++)
        {
            if (Apply(commit.Operations[i]) is { } reason)
                _conflicts.Add(new CommitConflict(i, reason));
        }
        if (_conflicts.Count > 0)
            throw new CommitConflictException(_conflicts);
        return new CommitResult(_added)
        {
            Moved = [.. commit.Operations.OfType<CommitOperation.Change>().Where(c => c.MoveTo is not null)
                .Select(c => new AddedMessage(c.Message.Id, _consumedHere.Contains(c.Message.Id) ? 0 : State.Messages.GetValueOrDefault(c.Message.Id)?.Number ?? 0))],
        };
    }

    /// <summary>The first queue that holds more than it may because of this commit; null when all is well.</summary>
    public QueueFullException? Refusal()
    {
        foreach (var (name, largest) in Entered)
        {
            var policy = State.Queues[name].Policy;
            if (largest > policy.MessageBytesMax)
                return new QueueFullException(name, isMessageTooLarge: true, $"The queue '{name}' takes messages of up to {policy.MessageBytesMax} bytes; this one has {largest}.");
            if (State.In(name).Count() > policy.MessagesMax || State.In(name).Sum(e => e.Content.Length) > policy.BytesMax)
                return new QueueFullException(name, isMessageTooLarge: false, $"The queue '{name}' is full.");
        }
        return null;
    }

    private ConflictReason? Apply(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message.Arrival: { } arrival } when _before.Messages.ContainsKey(arrival.Id):
                return ConflictReason.MessageExists;
            case CommitOperation.Add add:
                _added.Add(Add(add.Message));
                return null;
            case CommitOperation.Remove remove:
                return ConflictOf(remove.Message, isConsumedMeant: remove.IsFinal ? null : false) ?? Remove(State.Messages[remove.Message.Id], remove.IsFinal);
            case CommitOperation.Replay replay:
                return ConflictOf(replay.Message, isConsumedMeant: true) ?? Replay(State.Messages[replay.Message], replay.To);
            case CommitOperation.Change change:
                return ConflictOf(change.Message, isConsumedMeant: false) ?? Change(State.Messages[change.Message.Id], change);
            case CommitOperation.SetQueue { IsOnlyWhenMissing: true } make when State.Queues.ContainsKey(make.Name):
                return null;
            case CommitOperation.SetQueue set:
                return SetQueue(set.Name, set.Policy);
            case CommitOperation.DeleteQueue { IsOnlyWhenEmpty: true } delete when State.In(delete.Name).Any():
                return ConflictReason.QueueNotEmpty;
            case CommitOperation.DeleteQueue delete:
                var gone = State.Messages.Values.Where(e => e.Queue == delete.Name).Select(e => e.Id);
                State = State with { Messages = State.Messages.RemoveRange(gone), Queues = State.Queues.Remove(delete.Name) };
                return null;
            case CommitOperation.SetDocument { Value: { } value } document:
                State = State with { Documents = State.Documents.SetItem(document.Key, value.ToArray()) };
                return null;
            case CommitOperation.SetDocument document:
                State = State with { Documents = State.Documents.Remove(document.Key) };
                return null;
            default:
                throw new InvalidOperationException($"{operation.GetType().Name} is unknown.");
        }
    }

    // Lease and number of change are looked for as they were before the commit: several operations may be done with one.
    private ConflictReason? ConflictOf(MessageReference message, bool? isConsumedMeant)
    {
        if (!State.Messages.TryGetValue(message.Id, out var entry) || !_before.Messages.TryGetValue(message.Id, out var before) || _consumedHere.Contains(message.Id))
            return ConflictReason.MessageNotFound;
        if (isConsumedMeant is { } meant && entry.IsConsumed != meant)
            return ConflictReason.MessageNotFound;
        if (message.Lease is { } lease && (before.LeasedUntil is null || before.Token != lease.Token))
            return ConflictReason.LeaseEnded;
        return before.ModSeq > message.UnchangedSince ? ConflictReason.MessageChanged : null;
    }

    private ConflictReason? SetQueue(QueueName name, QueuePolicy policy)
    {
        var isMadeHere = !_before.Queues.TryGetValue(name, out var known) || !State.Queues.TryGetValue(name, out var same) || same.Identity != known.Identity;
        if (!isMadeHere && known!.Policy.IsFifo != policy.IsFifo && _before.In(name).Any())
            return ConflictReason.QueueNotEmpty;
        var queue = QueueFor(name);
        State = State with { Queues = State.Queues.SetItem(name, queue with { Policy = policy, HighestModSeq = _modSeq }) };
        return null;
    }

    private AddedMessage Add(NewMessage message)
    {
        var queue = QueueFor(message.Queue);
        var key = (queue.Identity, queue.Policy.DeduplicationScope == DeduplicationScope.Group ? message.Group ?? "" : "", message.DeduplicationId ?? "");
        var isSent = message.Arrival is not { IsMove: true };
        if (isSent && message.DeduplicationId is not null && State.Deduplicated.TryGetValue(key, out var first) && first.Until > now)
            return first.First with { IsDuplicate = true };
        var id = message.Arrival?.Id ?? new MessageId(State.NextId);
        if (message.Arrival is null)
            State = State with { NextId = State.NextId + 1 };
        var entry = Place(new ReferenceEntry
        {
            Id = id,
            Origin = message.Origin ?? id,
            Queue = message.Queue,
            Number = 0,
            Group = message.Group,
            DeduplicationId = message.DeduplicationId,
            Priority = message.Priority,
            AcceptedAt = message.AcceptedAt ?? now,
            EnqueuedAt = now,
            DueAt = message.DueAt is { } due ? Max(due, now) : Later(now, queue.Policy.Delay),
            Envelope = message.Envelope,
            Attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal),
            Flags = message.Flags,
            LastError = message.LastError,
            Content = Kept(message.Content),
            IsHeld = message.IsHeld,
            ReceiveCount = message.Arrival?.ReceiveCount ?? 0,
        }, message.Queue);
        if (message.Arrival is not null)
            Entered.Remove(message.Queue); // decided where it came from: a full queue takes it all the same
        var added = new AddedMessage(id, entry.Number);
        if (isSent && message.DeduplicationId is not null)
            State = State with { Deduplicated = State.Deduplicated.SetItem(key, (Later(now, queue.Policy.DeduplicationWindow), added)) };
        return added;
    }

    private ConflictReason? Remove(ReferenceEntry entry, bool isFinal)
    {
        Left.Add(entry.Queue);
        _consumedHere.Add(entry.Id);
        Touch(entry.Queue);
        State = isFinal || State.Queues[entry.Queue].Policy.KeepConsumed is null
            ? State.Without(entry.Id)
            : State.With(entry with { IsConsumed = true, ModSeq = _modSeq, IsHeld = false, LeasedUntil = null, DueAt = now });
        return null;
    }

    private ConflictReason? Replay(ReferenceEntry entry, QueueName? to)
    {
        Place(entry with { IsConsumed = false, ReceiveCount = 0, DueAt = now, AcceptedAt = now }, to ?? entry.Queue);
        return null;
    }

    private ConflictReason? Change(ReferenceEntry entry, CommitOperation.Change change)
    {
        var changes = change.Changes;
        var policy = State.Queues[entry.Queue].Policy;
        var isLastRelease = change.MoveTo is null && change.EndsLease && entry.LeasedUntil is not null
            && (changes.ReceiveCount ?? entry.ReceiveCount) >= policy.ReceivesMax && policy.DeadLetterQueue is not null;
        Touch(entry.Queue);
        var target = isLastRelease ? policy.DeadLetterQueue : change.MoveTo;
        var changed = Revised(entry, changes);
        var delay = isLastRelease ? TimeSpan.Zero : change.Delay;
        if (delay > TimeSpan.Zero)
            changed = changed with { DueAt = Later(now, delay.Value), WasDue = false };
        else if ((delay is not null || target is not null) && (changes.DueAt is null || isLastRelease))
            changed = changed with { DueAt = now };
        if (change.EndsLease || target is not null)
            changed = changed with { LeasedUntil = null };
        if (isLastRelease)
            changed = changed with { Attributes = With(changed.Attributes, MessageAttributes.DeadLetterSource, entry.Queue.Value) };
        if (target is { } queue)
        {
            Left.Add(entry.Queue);
            changed = Place(changed with { ReceiveCount = changes.ReceiveCount ?? 0 }, queue);
            if (isLastRelease)
                Entered.Remove(queue); // a full queue takes dead letters all the same
        }
        State = State.With(changed with { WasDue = changed.WasDue || changed.DueAt <= now });
        return null;
    }

    /// <summary>What is dead-lettered because its lease ended.</summary>
    public void DeadLetter(ReferenceEntry entry, QueueName to)
    {
        Touch(entry.Queue);
        Place(
            entry with
            {
                LeasedUntil = null, ReceiveCount = 0, DueAt = now,
                Attributes = With(entry.Attributes, MessageAttributes.DeadLetterSource, entry.Queue.Value),
            },
            to);
    }

    private ReferenceEntry Revised(ReferenceEntry entry, MessageChanges changes) => entry with
    {
        Priority = changes.Priority ?? entry.Priority,
        IsHeld = changes.IsHeld ?? entry.IsHeld,
        Envelope = changes.Envelope ?? entry.Envelope,
        Flags = changes.FlagsAfter(entry.Flags),
        ModSeq = _modSeq,
        Content = changes.Content is { } content ? Kept(content) : entry.Content,
        ReceiveCount = changes.ReceiveCount ?? entry.ReceiveCount,
        LastError = changes.LastError switch { null => entry.LastError, "" => null, var error => error },
        Group = changes.Group switch { null => entry.Group, "" => null, var group => group },
        Attributes = (changes.Attributes ?? new Dictionary<string, AttributeValue?>()).Aggregate(entry.Attributes, (all, one) => With(all, one.Key, one.Value)),
        DueAt = changes.DueAt is { } due ? Max(due, now) : entry.DueAt,
        WasDue = entry.WasDue && changes.DueAt is null,
    };

    /// <summary>Puts a message at the end of a queue, which is made when it does not exist.</summary>
    private ReferenceEntry Place(ReferenceEntry entry, QueueName name)
    {
        var queue = QueueFor(name);
        var group = entry.Group ?? (queue.Policy.Fairness?.Attribute is { } attribute ? QueueFairness.GroupOf(entry.Attributes, attribute) : null);
        var placed = entry with { Queue = name, Number = queue.NextNumber, EnqueuedAt = now, WasDue = entry.WasDue || entry.DueAt <= now, Group = group, ModSeq = _modSeq };
        State = (State with { Queues = State.Queues.SetItem(name, queue with { NextNumber = queue.NextNumber + 1, HighestModSeq = _modSeq }) }).With(placed);
        Entered[name] = Math.Max(Entered.GetValueOrDefault(name), entry.Content.Length);
        return placed;
    }

    private void Touch(QueueName queue) =>
        State = State with { Queues = State.Queues.SetItem(queue, State.Queues[queue] with { HighestModSeq = _modSeq }) };

    private ReferenceQueue QueueFor(QueueName name)
    {
        if (State.Queues.TryGetValue(name, out var queue))
            return queue;
        queue = new ReferenceQueue(name, State.NextIdentity, QueuePolicy.Default, _modSeq);
        State = State with { NextIdentity = State.NextIdentity + 1, Queues = State.Queues.Add(name, queue) };
        return queue;
    }

    /// <summary>Content whose body the engine knows again: one given to several messages stays one.</summary>
    private Content Kept(Content content)
    {
        if (content.Body is ReferenceBody known)
        {
            if (!_before.Messages.Values.Any(e => ReferenceEquals(e.Content.Body, known)))
                throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
            return content;
        }
        if (!_bodies.TryGetValue(content.Body, out var body))
            _bodies[content.Body] = body = new ReferenceBody(content.Body.Bytes ?? throw new ArgumentException("The body comes from another engine."));
        return content with { Body = body };
    }

    private static Dictionary<string, AttributeValue> With(IReadOnlyDictionary<string, AttributeValue> attributes, string name, AttributeValue? value)
    {
        var changed = new Dictionary<string, AttributeValue>(attributes, StringComparer.Ordinal);
        if (value is { } given)
            changed[name] = given;
        else
            changed.Remove(name);
        return changed;
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan delay) => DateTimeOffset.MaxValue - time < delay ? DateTimeOffset.MaxValue : time + delay;
}

using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What operations do to messages.</summary>
internal sealed partial class CommitDecision
{
    /// <summary>Makes a message a dead letter that was received too often and came back, if it still is one.</summary>
    public void Bury(ulong id)
    {
        if (Find(id) is not { IsConsumed: false, IsHeld: false, LeasedUntil: null } entry)
            return;
        var queue = Queue(entry.QueueId)!;
        if (queue.Policy is not { DeadLetterQueue: { } target, ReceivesMax: { } max } || entry.ReceiveCount < max)
            return;
        Touch(queue.Id);
        Left.Add(queue.Id);
        Entered.Remove(Place(entry, entry with { DueAt = Now, ReceiveCount = 0, Data = AsDeadLetter(entry.Data, queue.Name) }, target).QueueId);
    }

    /// <summary>Removes a message that is older than its queue's retention, if it still is.</summary>
    public void Expire(ulong id)
    {
        if (Find(id) is { IsConsumed: false, IsHeld: false } entry && Queue(entry.QueueId)!.Policy.Retention is { } retention && Moment.Later(entry.AcceptedAt, retention) <= Now)
            Remove(entry, isFinal: true);
    }

    /// <summary>Ends what was consumed when it is kept no longer, or more is kept than may be.</summary>
    public void Forget(ulong id)
    {
        if (Find(id) is not { IsConsumed: true } entry)
            return;
        var queue = Queue(entry.QueueId)!;
        if (queue.KeepsTooMuch || (queue.Policy.KeepConsumed is { } kept && Moment.Later(entry.DueAt, kept) <= Now))
            Remove(entry, isFinal: true);
    }

    private AddedMessage Add(NewMessage message)
    {
        var queue = QueueFor(message.Queue);
        var scope = queue.Policy.DeduplicationScope == DeduplicationScope.Group ? message.Group ?? "" : "";
        var key = new DeduplicationKey(queue.Id, scope, message.DeduplicationId ?? "");
        var isSent = message.Arrival is not { IsMove: true };
        if (isSent && message.DeduplicationId is not null && First(key) is { } first)
            return first with { IsDuplicate = true };
        var id = message.Arrival?.Id.Value ?? _state.NextMessageId();
        var placed = Place(
            before: null,
            new Entry
            {
                Id = id,
                QueueId = 0,
                Group = message.Group ?? "",
                Priority = message.Priority,
                AcceptedAt = message.AcceptedAt?.UtcTicks ?? Now,
                DueAt = message.DueAt is { } due ? Math.Max(due.UtcTicks, Now) : Moment.Later(Now, queue.Policy.Delay),
                IsHeld = message.IsHeld,
                ReceiveCount = message.Arrival?.ReceiveCount ?? 0,
                Data = WithContent(
                    new MessageData
                    {
                        Origin = message.Origin?.Value ?? id,
                        DeduplicationId = message.DeduplicationId,
                        Envelope = message.Envelope,
                        Attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal),
                        Flags = message.Flags,
                        LastError = message.LastError,
                    },
                    message.Content),
            },
            message.Queue);
        var added = new AddedMessage(new MessageId(id), placed.Number);
        if (message.Arrival is not null)
            Entered.Remove(placed.QueueId); // decided where it came from: a full queue takes it all the same
        if (isSent && message.DeduplicationId is not null)
            _deduplicated[key] = new Remembered<AddedMessage>(Moment.Later(Now, queue.Policy.DeduplicationWindow), added);
        return added;
    }

    private AddedMessage? First(DeduplicationKey key) =>
        (_deduplicated.TryGetValue(key, out var first) || _state.Deduplicated.TryGetValue(key, out first)) && first.Until > Now ? first.Value : null;

    private ConflictReason? Remove(Entry entry, bool isFinal)
    {
        Left.Add(entry.QueueId);
        _consumedHere.Add(entry.Id);
        Touch(entry.QueueId);
        var isKept = !isFinal && Queue(entry.QueueId)!.Policy.KeepConsumed is not null;
        Take(entry);
        Put(entry.Id, isKept ? entry with { IsConsumed = true, ModSeq = _modSeq, IsHeld = false, LeasedUntil = null, DueAt = Now } : null);
        return null;
    }

    private ConflictReason? Replay(Entry entry, QueueName? to)
    {
        Place(entry, entry with { IsConsumed = false, ReceiveCount = 0, DueAt = Now, AcceptedAt = Now }, to ?? Queue(entry.QueueId)!.Name);
        return null;
    }

    private ConflictReason? Change(Entry entry, CommitOperation.Change change)
    {
        var changes = change.Changes;
        var queue = Queue(entry.QueueId)!;
        var isLastRelease = change.MoveTo is null && change.EndsLease && entry.LeasedUntil is not null
            && (changes.ReceiveCount ?? entry.ReceiveCount) >= queue.Policy.ReceivesMax && queue.Policy.DeadLetterQueue is not null;
        var target = isLastRelease ? queue.Policy.DeadLetterQueue : change.MoveTo;
        var delay = isLastRelease ? TimeSpan.Zero : change.Delay;
        Touch(queue.Id);
        var changed = Revised(entry, changes);
        if (delay > TimeSpan.Zero)
            changed = changed with { DueAt = Moment.Later(Now, delay.Value), IsDue = false };
        else if ((delay is not null || target is not null) && (changes.DueAt is null || isLastRelease))
            changed = changed with { DueAt = Now };
        if (change.EndsLease || target is not null)
            changed = changed with { LeasedUntil = null };
        if (isLastRelease)
            changed = changed with { Data = AsDeadLetter(changed.Data, queue.Name) };
        changed = changed with { IsDue = changed.IsDue || changed.DueAt <= Now };
        if (target is not { } to)
        {
            Take(entry);
            Put(entry.Id, changed);
            return null;
        }
        Left.Add(queue.Id);
        var placed = Place(entry, changed with { ReceiveCount = changes.ReceiveCount ?? 0 }, to);
        if (isLastRelease)
            Entered.Remove(placed.QueueId); // a full queue takes dead letters all the same
        return null;
    }

    private Entry Revised(Entry entry, MessageChanges changes)
    {
        var data = entry.Data;
        var revised = data with
        {
            Envelope = changes.Envelope ?? data.Envelope,
            Flags = changes.FlagsAfter(data.Flags),
            LastError = changes.LastError switch { null => data.LastError, "" => null, var error => error },
            Attributes = (changes.Attributes ?? NoChanges).Aggregate(data.Attributes, (all, one) => With(all, one.Key, one.Value)),
        };
        return entry with
        {
            Priority = changes.Priority ?? entry.Priority,
            IsHeld = changes.IsHeld ?? entry.IsHeld,
            ModSeq = _modSeq,
            ReceiveCount = changes.ReceiveCount ?? entry.ReceiveCount,
            Group = changes.Group ?? entry.Group,
            DueAt = changes.DueAt is { } due ? Math.Max(due.UtcTicks, Now) : entry.DueAt,
            IsDue = entry.IsDue && changes.DueAt is null,
            Data = changes.Content is { } content ? WithContent(revised, content) : Same(data, revised),
        };
    }

    private static Dictionary<string, AttributeValue?> NoChanges { get; } = [];

    /// <summary>The row as it was when nothing of it is another, so that it is not written.</summary>
    private static MessageData Same(MessageData before, MessageData after) =>
        ReferenceEquals(before.Envelope, after.Envelope) && ReferenceEquals(before.Attributes, after.Attributes) && before.LastError == after.LastError
            && (ReferenceEquals(before.Flags, after.Flags) || before.Flags.SequenceEqual(after.Flags, StringComparer.Ordinal)) ? before : after;

    /// <summary>Puts a message at the end of a queue, which is made when it does not exist.</summary>
    /// <param name="before">As it is counted in its queue until now; null for a new one.</param>
    /// <param name="entry">As it is to be.</param>
    /// <param name="name">The queue.</param>
    private Entry Place(Entry? before, Entry entry, QueueName name)
    {
        if (before is not null)
            Take(before);
        var queue = QueueFor(name);
        var group = entry.Group.Length == 0 && queue.Policy.Fairness?.Attribute is { } attribute ? QueueFairness.GroupOf(entry.Data.Attributes, attribute) ?? "" : entry.Group;
        var placed = entry with
        {
            QueueId = queue.Id, Number = queue.NextNumber, EnqueuedAt = Now, IsDue = entry.IsDue || entry.DueAt <= Now, Group = group, ModSeq = _modSeq,
            LeasedUntil = null,
        };
        _queues[queue.Id] = queue with { NextNumber = queue.NextNumber + 1, HighestModSeq = _modSeq };
        Put(entry.Id, placed);
        Entered[queue.Id] = Math.Max(Entered.GetValueOrDefault(queue.Id), placed.Data.Length);
        return placed;
    }

    /// <summary>Takes a message out of its queue's figures.</summary>
    private void Take(Entry entry) => Count(entry, -1);

    private void Put(ulong id, Entry? entry)
    {
        _entries[id] = entry;
        if (entry is not null)
            Count(entry, 1);
    }

    private void Count(Entry entry, int by)
    {
        // As it is now, not as it was when the operation began: another may have counted meanwhile.
        var queue = Queue(entry.QueueId)!;
        var bytes = by * entry.Data.Length;
        _queues[queue.Id] = entry.IsConsumed
            ? queue with { Consumed = queue.Consumed + by, ConsumedBytes = queue.ConsumedBytes + bytes }
            : queue with { Messages = queue.Messages + by, Bytes = queue.Bytes + bytes };
    }

    private void Touch(long queueId) => _queues[queueId] = Queue(queueId)! with { HighestModSeq = _modSeq };

    private MessageData WithContent(MessageData data, Content content)
    {
        var body = content.Body;
        return data with { Prefix = content.Prefix, Skip = content.Skip, BodyId = IdOf(body, data.BodyId), BodyLength = body.Length };
    }

    private long IdOf(Body body, long before) => body switch
    {
        { Length: 0 } => 0,
        PostgresBody known => known.Id == before ? before : Known(known),
        _ => _uploaded.TryGetValue(body, out var large) ? Known(large) : Written(body),
    };

    private long Known(PostgresBody body)
    {
        var isInRow = RowBody.Is(body.Id);
        if (!(isInRow ? IsInRow(body.Id) : _state.Bodies.GetValueOrDefault(body.Id).IsAlive))
            throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        return isInRow ? Written(body) : body.Id;
    }

    private bool IsInRow(long bodyId) =>
        _state.Entries.TryGetValue(RowBody.MessageOf(bodyId), out var entry) ? entry?.Data.BodyId == bodyId : _state.LentBodies.ContainsKey(bodyId);

    private long Written(Body body)
    {
        if (_newBodies.TryGetValue(body, out var written))
            return written.Id;
        var bytes = body.Bytes ?? (body is PostgresBody known ? _state.LentBodies[known.Id] : throw new ArgumentException("The body comes from another engine."));
        written = new NewBody(_state.NextBodyId(), bytes.ToArray());
        _newBodies.Add(body, written);
        return written.Id;
    }

    private static MessageData AsDeadLetter(MessageData data, QueueName from) =>
        data with { Attributes = With(data.Attributes, MessageAttributes.DeadLetterSource, from.Value) };

    private static Dictionary<string, AttributeValue> With(IReadOnlyDictionary<string, AttributeValue> attributes, string name, AttributeValue? value)
    {
        var changed = new Dictionary<string, AttributeValue>(attributes, StringComparer.Ordinal);
        if (value is { } given)
            changed[name] = given;
        else
            changed.Remove(name);
        return changed;
    }
}

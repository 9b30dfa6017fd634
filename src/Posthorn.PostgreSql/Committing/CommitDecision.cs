using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Committing;

/// <summary>
/// Decides one commit on a batch's state, operation by operation, in the order given: pure, no clock, no database. Nothing of it is in the state
/// before <see cref="Merge"/>.
/// </summary>
internal sealed partial class CommitDecision
{
    private readonly BatchState _state;
    private readonly long _modSeq;
    private readonly Dictionary<ulong, Entry?> _entries = [];
    private readonly Dictionary<long, QueueRow> _queues = [];
    private readonly Dictionary<string, long?> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<Body, NewBody> _newBodies = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<DeduplicationKey, Remembered<AddedMessage>> _deduplicated = [];
    private readonly Dictionary<string, byte[]?> _documents = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<Body, PostgresBody> _uploaded;
    private readonly HashSet<ulong> _consumedHere = [];
    private readonly List<AddedMessage> _added = [];
    private readonly HashSet<long> _remade = [];

    /// <param name="state">The batch's state before it.</param>
    /// <param name="uploaded">Large bodies of it that were in memory and are in the database now.</param>
    public CommitDecision(BatchState state, IReadOnlyDictionary<Body, PostgresBody> uploaded)
    {
        (_state, _uploaded) = (state, uploaded);
        // Above all that any queue of the batch has seen: so it grows in each of them in the order in which commits can be seen.
        _modSeq = 1 + state.Queues.Values.Select(q => q.HighestModSeq).DefaultIfEmpty(0).Max();
    }

    /// <summary>Queues that messages came to, with the largest of them.</summary>
    public Dictionary<long, long> Entered { get; } = [];

    /// <summary>Queues that messages left.</summary>
    public HashSet<long> Left { get; } = [];

    private long Now => _state.Now.Wall;

    /// <exception cref="CommitConflictException">Something is in the way.</exception>
    public CommitResult Apply(Commit commit)
    {
        List<CommitConflict>? conflicts = null;
        for (var i = 0; i < commit.Operations.Count; i++)
        {
            if (Apply(commit.Operations[i]) is { } reason)
                (conflicts ??= []).Add(new CommitConflict(i, reason));
        }
        if (conflicts is not null)
            throw new CommitConflictException(conflicts);
        return new CommitResult(_added) { Moved = Moved(commit) };
    }

    /// <summary>The first queue that holds more than it may because of this commit; null when all is well.</summary>
    public QueueFullException? Refusal()
    {
        foreach (var (id, largest) in Entered)
        {
            var queue = Queue(id)!;
            if (largest > queue.Policy.MessageBytesMax)
            {
                return new QueueFullException(
                    queue.Name, isMessageTooLarge: true, $"The queue '{queue.Name}' takes messages of up to {queue.Policy.MessageBytesMax} bytes; this one has {largest}.");
            }
            if (queue.Messages > queue.Policy.MessagesMax || queue.Bytes > queue.Policy.BytesMax)
                return new QueueFullException(queue.Name, isMessageTooLarge: false, $"The queue '{queue.Name}' is full.");
        }
        return null;
    }

    /// <summary>The name under which a queue of this decision is known.</summary>
    public QueueName NameOf(long queueId) => Queue(queueId)!.Name;

    private List<AddedMessage> Moved(Commit commit)
    {
        var moved = new List<AddedMessage>();
        foreach (var operation in commit.Operations)
        {
            if (operation is CommitOperation.Change { MoveTo: not null } move)
                moved.Add(new AddedMessage(move.Message.Id, _consumedHere.Contains(move.Message.Id.Value) ? 0 : Find(move.Message.Id.Value)?.Number ?? 0));
        }
        return moved;
    }

    private ConflictReason? Apply(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message.Arrival: { } arrival } when _state.Find(arrival.Id.Value) is not null:
                return ConflictReason.MessageExists;
            case CommitOperation.Add add:
                _added.Add(Add(add.Message));
                return null;
            case CommitOperation.Remove remove:
                return ConflictOf(remove.Message, isConsumedMeant: remove.IsFinal ? null : false) ?? Remove(Find(remove.Message.Id.Value)!, remove.IsFinal);
            case CommitOperation.Replay replay:
                return ConflictOf(replay.Message, isConsumedMeant: true) ?? Replay(Find(replay.Message.Value)!, replay.To);
            case CommitOperation.Change change:
                return ConflictOf(change.Message, isConsumedMeant: false) ?? Change(Find(change.Message.Id.Value)!, change);
            case CommitOperation.SetQueue { IsOnlyWhenMissing: true } make when IdOf(make.Name) is not null:
                return null;
            case CommitOperation.SetQueue set:
                return SetQueue(set.Name, set.Policy);
            case CommitOperation.DeleteQueue { IsOnlyWhenEmpty: true } delete when IdOf(delete.Name) is { } id && Queue(id)!.Messages > 0:
                return ConflictReason.QueueNotEmpty;
            case CommitOperation.DeleteQueue delete:
                DeleteQueue(delete.Name);
                return null;
            case CommitOperation.SetDocument document:
                _documents[document.Key] = document.Value?.ToArray();
                return null;
            default:
                throw new InvalidOperationException($"{operation.GetType().Name} is unknown.");
        }
    }

    // A lease and a mod-seq are looked for as they were before the commit: several operations may be done with one.
    private ConflictReason? ConflictOf(MessageReference message, bool? isConsumedMeant)
    {
        var id = message.Id.Value;
        if (Find(id) is not { } entry || _state.Find(id) is not { } before || _consumedHere.Contains(id))
            return ConflictReason.MessageNotFound;
        if (isConsumedMeant is { } meant && entry.IsConsumed != meant)
            return ConflictReason.MessageNotFound;
        if (message.Lease is { } lease && (before.LeasedUntil is null || before.Token != lease.Token))
            return ConflictReason.LeaseEnded;
        return before.ModSeq > message.UnchangedSince ? ConflictReason.MessageChanged : null;
    }

    private ConflictReason? SetQueue(QueueName name, QueuePolicy policy)
    {
        var before = _state.Names.TryGetValue(name.Value, out var known) ? known : (long?)null;
        if (before is { } id && IdOf(name) == id && _state.Queues[id] is { Messages: > 0 } queue && queue.Policy.IsFifo != policy.IsFifo)
            return ConflictReason.QueueNotEmpty;
        var row = QueueFor(name);
        _remade.Add(row.Id);
        _queues[row.Id] = row with { Policy = policy, PolicyVersion = _modSeq, HighestModSeq = _modSeq };
        return null;
    }

    private void DeleteQueue(QueueName name)
    {
        if (IdOf(name) is not { } id)
            return;
        _queues[id] = Queue(id)! with { IsDeleted = true };
        _names[name.Value] = null;
        Entered.Remove(id);
        _remade.Add(id);
    }

    private Entry? Find(ulong id)
    {
        if (!_entries.TryGetValue(id, out var entry))
            entry = _state.Entries.GetValueOrDefault(id);
        return entry is not null && Queue(entry.QueueId) is { IsDeleted: false } ? entry : null;
    }

    private QueueRow? Queue(long id) => _queues.GetValueOrDefault(id) ?? _state.Queues.GetValueOrDefault(id);

    private long? IdOf(QueueName name) => _names.TryGetValue(name.Value, out var id) ? id : _state.Names.TryGetValue(name.Value, out var known) ? known : null;

    private QueueRow QueueFor(QueueName name)
    {
        if (IdOf(name) is { } id)
            return Queue(id)!;
        var queue = new QueueRow { Id = _state.NextQueueId(), Name = name, Policy = QueuePolicy.Default, PolicyVersion = _modSeq, HighestModSeq = _modSeq };
        _names[name.Value] = queue.Id;
        _remade.Add(queue.Id);
        return _queues[queue.Id] = queue;
    }
}

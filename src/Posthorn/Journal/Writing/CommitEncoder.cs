using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Writing;

/// <summary>Writes a commit's operations as they go to disk, on the thread of its caller; again when the index moved on meanwhile.</summary>
internal sealed partial class CommitEncoder(JournalEngine engine, Commit commit, bool isInternal) : IAsyncDisposable
{
    private readonly MergedOperations _operations = MergedOperations.Of(commit.Operations);

    /// <summary>By queue the first operation that makes it, when the commit itself does.</summary>
    private readonly Dictionary<QueueName, int>? _sets = FirstSets(commit.Operations);

    /// <summary>Adds that are not made, by their operation; what <see cref="LeaveOut"/> was told.</summary>
    private Dictionary<int, Duplicate>? _duplicates;

    /// <summary>Removals, by their operation, of messages whose queue keeps what was consumed.</summary>
    private HashSet<int>? _consumptions;

    /// <summary>Queues that must be made before the first operation that needs them.</summary>
    private HashSet<QueueName>? _toMake;
    private Dictionary<Body, StoredBody>? _spilled;
    private HashSet<StoredBody>? _handedOver;
    private HashSet<QueueName>? _removed;
    private HashSet<QueueName>? _made;
    private BodyPlan _bodies = null!; // of the encoding under way
    private PendingCommit? _pending;

    /// <summary>Operations that can be told to be impossible without looking at the index.</summary>
    public IReadOnlyList<CommitConflict> Conflicts => _operations.Conflicts;

    /// <summary>Its messages that had to be brought into memory; null while there are none.</summary>
    public ColdClaim? Claim { get; set; }

    public void Make(QueueName queue) => (_toMake ??= []).Add(queue);

    public MergedOperations Operations => _operations;

    /// <summary>Whether the commit itself makes a queue before an operation.</summary>
    public bool Makes(QueueName queue, int operation) =>
        _toMake?.Contains(queue) == true || (_sets is not null && _sets.TryGetValue(queue, out var first) && first < operation);

    /// <summary>Tells which adds are not made because their message came before.</summary>
    /// <returns>False when that is not what was encoded.</returns>
    public bool LeaveOut(Dictionary<int, Duplicate> duplicates)
    {
        var isAsEncoded = duplicates.Count == (_duplicates?.Count ?? 0)
            && duplicates.All(duplicate => _duplicates!.TryGetValue(duplicate.Key, out var encoded) && encoded == duplicate.Value);
        _duplicates = duplicates;
        return isAsEncoded;
    }

    /// <summary>Tells whether a removal is of a message whose queue keeps what was consumed.</summary>
    public void Keep(int operation, bool isKept)
    {
        if (isKept)
            (_consumptions ??= []).Add(operation);
        else
            _consumptions?.Remove(operation);
    }

    /// <summary>The commit has been submitted; its buffers and files belong to it.</summary>
    public void HandOver()
    {
        foreach (var step in _pending!.Steps)
        {
            foreach (var file in step.Files ?? [])
            {
                file.Writer?.HandOver(file);
                (_handedOver ??= new(ReferenceEqualityComparer.Instance)).Add(file);
            }
        }
        _pending = null;
    }

    /// <summary>Gives back what was not handed over: buffers, and files written for bodies of a commit that is not made.</summary>
    public async ValueTask DisposeAsync()
    {
        DropPending();
        if (_spilled is null)
            return;
        foreach (var body in _spilled.Values)
        {
            if (_handedOver?.Contains(body) != true)
                await body.Writer!.DisposeAsync();
        }
    }

    private void DropPending()
    {
        _pending?.Operations.Dispose();
        _pending = null;
    }

    /// <summary>Encodes the commit.</summary>
    /// <exception cref="ArgumentException">Something in it is outside of its limits.</exception>
    public async ValueTask<PendingCommit> EncodeAsync(CancellationToken cancellationToken)
    {
        DropPending();
        _removed = _made = null;
        _tenants = null;
        var pending = _pending = new PendingCommit(_operations.All.Count) { Key = commit.IdempotencyKey, IsInternal = isInternal };
        _bodies = new BodyPlan();
        foreach (var merged in _operations.All)
        {
            if (ContentOf(merged.Operation) is not { } content || _duplicates?.ContainsKey(merged.Index) == true)
                continue;
            var placed = await PlaceAsync(content.Body, cancellationToken);
            if (_bodies.Add(content.Body, placed))
                pending.Bodies.Add(placed.Bytes!.Value);
        }
        if (_bodies.InlineCount > 0)
            BodyCodec.ReserveTable(pending.Operations, _bodies.InlineCount);
        pending.BodiesLength = _bodies.InlineLength;
        foreach (var merged in _operations.All)
            await EncodeAsync(pending, merged, cancellationToken);
        if (commit.IdempotencyKey is { } key)
            pending.KeyAt = KeyCodec.Write(pending.Operations, key, pending.AddsCount, _operations.Moves.Count);
        pending.OperationsLength = pending.Operations.Length;
        pending.RecordLength = pending.Length;
        foreach (var step in pending.Steps)
        {
            if (step.BodyOffset is { } offset)
                MessageLayout.Set(pending.Operations.Written[step.At..], MessageLayout.BodyAt, (long)pending.OperationsLength - step.At + offset);
        }
        if (pending.RecordLength > RecordHeader.RecordBytesMax)
            throw new ArgumentException($"A commit of {pending.RecordLength} bytes is longer than {RecordHeader.RecordBytesMax}.");
        return pending;
    }

    private async ValueTask EncodeAsync(PendingCommit pending, MergedOperation merged, CancellationToken cancellationToken)
    {
        switch (merged.Operation)
        {
            case CommitOperation.Add add:
                EncodeAdd(pending, add.Message, merged.Index);
                break;
            case CommitOperation.Remove remove when _consumptions?.Contains(merged.Index) == true:
                await EncodeConsumptionAsync(pending, remove, merged.Index, cancellationToken);
                break;
            case CommitOperation.Replay replay:
                await EncodeReplayAsync(pending, replay, merged.Index, cancellationToken);
                break;
            case CommitOperation.Remove remove:
                pending.Steps.Add(new CommitStep(OperationKind.Remove, merged.Index)
                {
                    At = pending.Operations.Length,
                    Message = remove.Message.Id.Value,
                    Lease = remove.Message.Lease,
                    UnchangedSince = remove.Message.UnchangedSince ?? long.MaxValue,
                    IsFinal = remove.IsFinal,
                });
                Operation.OfId(pending.Operations, OperationKind.Remove, remove.Message.Id.Value);
                break;
            case CommitOperation.Change change:
                await EncodeChangeAsync(pending, change, merged.Index, cancellationToken);
                break;
            case CommitOperation.SetQueue { IsOnlyWhenMissing: true } make:
                CommitLimits.Check(make.Name, make.Policy);
                EncodeMaking(pending, make, merged.Index);
                break;
            case CommitOperation.SetQueue set:
                CommitLimits.Check(set.Name, set.Policy);
                EncodeQueue(pending, set.Name, set.Policy, merged.Index);
                (_made ??= []).Add(set.Name);
                (_tenants ??= [])[set.Name] = set.Policy.Fairness?.Attribute;
                break;
            case CommitOperation.DeleteQueue delete:
                CommitLimits.Check(delete.Name);
                pending.Steps.Add(new CommitStep(OperationKind.RemoveQueue, merged.Index)
                {
                    At = pending.Operations.Length, Queue = delete.Name, IsOnlyWhenEmpty = delete.IsOnlyWhenEmpty,
                });
                Operation.OfId(pending.Operations, OperationKind.RemoveQueue, 0);
                (_removed ??= []).Add(delete.Name);
                (_tenants ??= [])[delete.Name] = null;
                _made?.Remove(delete.Name);
                break;
            case CommitOperation.SetDocument document:
                CommitLimits.Check(document);
                DocumentCodec.Write(pending.Operations, document.Key, document.Value);
                break;
        }
    }

    private void EncodeAdd(PendingCommit pending, NewMessage message, int index)
    {
        CommitLimits.Check(message);
        pending.HasDeduplicationIds |= message.DeduplicationId is not null;
        if (_duplicates is not null && _duplicates.TryGetValue(index, out var duplicate))
        {
            (pending.Duplicates ??= []).Add((pending.AddsCount++, duplicate));
            return;
        }
        MakeWhenNeeded(pending, message.Queue, index);
        var step = new CommitStep(OperationKind.Add, index)
        {
            Queue = message.Queue,
            Length = message.Content.Length,
            IsDueByPolicy = message.DueAt is null,
            IsOrigin = message.Origin is null,
            HasAcceptedAt = message.AcceptedAt is not null,
            AddIndex = pending.AddsCount++,
            DeduplicationId = message.DeduplicationId,
            Group = message.Group,
        };
        var record = new MessageRecord
        {
            Origin = message.Origin?.Value ?? 0,
            Priority = message.Priority,
            IsHeld = message.IsHeld,
            AcceptedAt = message.AcceptedAt?.UtcTicks ?? 0,
            DueAt = message.DueAt?.UtcTicks ?? 0,
            Group = GroupOf(step, message.Group, message.Attributes),
            Envelope = message.Envelope,
            Attributes = message.Attributes,
            Flags = message.Flags,
            LastError = message.LastError,
            DeduplicationId = message.DeduplicationId,
        };
        SetContent(step, ref record, message.Content);
        Write(pending, step, OperationKind.Add, record);
        if (message.DeduplicationId is { } id)
            step.DeduplicationAt = DeduplicationCodec.Write(pending.Operations, message.Group, id);
    }

    private async ValueTask EncodeChangeAsync(PendingCommit pending, CommitOperation.Change change, int index, CancellationToken cancellationToken)
    {
        var reference = change.Message;
        if (await engine.ReadForChangeAsync(reference, cancellationToken) is not { } read)
        {
            // It is gone, or not readable: the check under the lock says so, unless it comes back until then.
            pending.Steps.Add(new CommitStep(OperationKind.Put, index) { Message = reference.Id.Value, Lease = reference.Lease, UnchangedSince = reference.UnchangedSince ?? long.MaxValue });
            return;
        }
        var record = read.Record;
        CommitLimits.Check(change);
        var target = change.MoveTo;
        // Given up the last time, or let go after its last lease ended while it was held.
        var isGivenUp = read.IsLeased ? change.EndsLease : record.IsHeld && change.Changes.IsHeld == false;
        var isLastRelease = target is null && isGivenUp
            && (change.Changes.ReceiveCount ?? record.ReceiveCount) >= read.Policy.ReceivesMax && read.Policy.DeadLetterQueue is not null;
        if (isLastRelease)
            target = read.Policy.DeadLetterQueue;
        if (target is { } queue)
            MakeWhenNeeded(pending, queue, index);
        var step = new CommitStep(OperationKind.Put, index)
        {
            Message = reference.Id.Value,
            Lease = reference.Lease,
            UnchangedSince = reference.UnchangedSince ?? long.MaxValue,
            ReadFrom = read.ReadFrom,
            Queue = target ?? default,
            Moves = target is not null,
            KeepsReceiveCount = target is null && change.Changes.ReceiveCount is null,
        };
        MessageReviser.Revise(ref record, change.Changes, engine.NowTicks);
        MessageReviser.Reschedule(ref record, change, isMoved: step.Moves, ignoresDelay: isLastRelease, engine.NowTicks);
        if (step.Moves)
        {
            record.ReceiveCount = change.Changes.ReceiveCount ?? 0;
            record.Group = GroupOf(step, record.Group, record.Attributes);
        }
        if (isLastRelease)
            record.Attributes = MessageReviser.With(record.Attributes, MessageAttributes.DeadLetterSource, read.Queue.Value);
        record.LeaseGoesOn = !change.EndsLease && target is null;
        if (change.Changes.Content is { } content)
            SetContent(step, ref record, content);
        step.Length = record.Prefix.Length + record.BodyLength - record.Skip;
        Write(pending, step, OperationKind.Put, record);
    }

    private void Write(PendingCommit pending, CommitStep step, OperationKind kind, in MessageRecord record)
    {
        step.At = MessageCodec.Write(pending.Operations, kind, record);
        if (record.BodyPlace == BodyPlace.Here)
            step.BodyOffset = (int)record.Body.Value;
        pending.Steps.Add(step);
    }

    private void MakeWhenNeeded(PendingCommit pending, QueueName queue, int index)
    {
        if (_removed?.Contains(queue) != true && _toMake?.Contains(queue) != true)
            return;
        if ((_made ??= []).Add(queue))
            EncodeQueue(pending, queue, policy: null, index);
    }

    /// <summary>A queue that is there already costs one operation that says nothing; whether it is there the check under the lock says.</summary>
    private void EncodeMaking(PendingCommit pending, CommitOperation.SetQueue make, int index)
    {
        if (_removed?.Contains(make.Name) != true && _toMake?.Contains(make.Name) != true)
        {
            pending.Steps.Add(new CommitStep(OperationKind.Nothing, index) { At = pending.Operations.Length, Queue = make.Name, NeedsQueue = true });
            Operation.OfId(pending.Operations, OperationKind.Nothing, 0);
        }
        else if ((_made ??= []).Add(make.Name))
        {
            EncodeQueue(pending, make.Name, policy: null, index, make.Policy);
            (_tenants ??= [])[make.Name] = make.Policy.Fairness?.Attribute;
        }
    }

    private static void EncodeQueue(PendingCommit pending, QueueName queue, QueuePolicy? policy, int index, QueuePolicy? policyWhenMade = null)
    {
        var at = QueueCodec.Write(pending.Operations, 0, queue, policy ?? policyWhenMade ?? QueuePolicy.Default, 1);
        pending.Steps.Add(new CommitStep(OperationKind.Queue, index) { At = at, Queue = queue, Policy = policy, PolicyWhenMade = policyWhenMade });
    }

    private static Dictionary<QueueName, int>? FirstSets(IReadOnlyList<CommitOperation> operations)
    {
        Dictionary<QueueName, int>? sets = null;
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is CommitOperation.SetQueue { IsOnlyWhenMissing: false } set)
                (sets ??= []).TryAdd(set.Name, i);
        }
        return sets;
    }

    private static Content? ContentOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Add add => add.Message.Content,
        CommitOperation.Change change => change.Changes.Content,
        _ => null,
    };
}

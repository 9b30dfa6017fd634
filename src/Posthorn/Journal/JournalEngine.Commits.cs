using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>A commit's way to the writer: encoded by its caller, checked and numbered under the lock, copied into the open batch outside of it.</summary>
public sealed partial class JournalEngine
{
    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        CommitLimits.Check(commit);
        cancellationToken.ThrowIfCancellationRequested();
        return CommitAsync(commit, isInternal: false, cancellationToken);
    }

    private async ValueTask<CommitResult> CommitAsync(Commit commit, bool isInternal, CancellationToken cancellationToken)
    {
        var encoder = new CommitEncoder(this, commit, isInternal);
        var waiter = commit.RoomWait == TimeSpan.Zero ? null : new RoomWaiter();
        long? started = _metrics.TimesCommits ? _time.GetTimestamp() : null;
        try
        {
            while (true)
            {
                lock (_gate)
                    ThrowIfOutOfService();
                var pending = await encoder.EncodeAsync(cancellationToken);
                Submission submission;
                Task wait;
                Batch? own = null;
                lock (_gate)
                {
                    ThrowIfOutOfService();
                    submission = FindRepeat(commit.IdempotencyKey, out wait) ? Submission.Repeat : Submit(pending, encoder, waiter, commit.Linger, out wait, out own);
                }
                switch (submission)
                {
                    case Submission.Accepted:
                        encoder.HandOver();
                        Fill(pending);
                        if (own is not null)
                            await WriteAsCallerAsync(own);
                        var result = await pending.Task;
                        if (started is { } since)
                            _metrics.Committed(_time.GetElapsedTime(since));
                        return result;
                    case Submission.Repeat:
                        return await ((Task<CommitResult>)wait).WaitAsync(cancellationToken) with { IsRepeat = true };
                    case Submission.AllDuplicates:
                        await wait.WaitAsync(cancellationToken);
                        return new CommitResult(pending.Added);
                    case Submission.NoRoom:
                        await wait.WaitAsync(cancellationToken);
                        break;
                    case Submission.Cold:
                        await BringInAsync(encoder.Claim!);
                        break;
                    case Submission.QueueFull:
                        await WaitForRoomAsync(waiter!, commit.RoomWait, cancellationToken);
                        break;
                }
            }
        }
        finally
        {
            if (waiter is not null)
            {
                lock (_gate)
                    LeaveLine(waiter);
            }
            Release(encoder.Claim);
            await encoder.DisposeAsync();
        }
    }

    /// <summary>Checks a commit and, when all is well, gives out ids and numbers and puts it into the open batch: from then on it happens, or the engine fails.</summary>
    private Submission Submit(PendingCommit pending, CommitEncoder encoder, RoomWaiter? waiter, TimeSpan lingers, out Task wait, out Batch? own)
    {
        own = null;
        wait = Task.CompletedTask;
        if ((pending.Key is not null || pending.HasDeduplicationIds) && !WriteForgotten())
            return WaitForRoom(out wait);
        if (!Deduplicate(pending, encoder))
            return Submission.Stale;
        if (pending.Adds && _isFull && !pending.IsInternal)
            throw new StorageFullException("There is no space for more messages.");
        var outcome = Check(pending, encoder);
        if (outcome != Submission.Accepted)
            return outcome;
        if (pending.OperationsLength == 0 && pending.Duplicates is not null)
        {
            pending.Added = new AddedMessage[pending.AddsCount];
            AssignKeys(pending, [], 0);
            wait = Task.WhenAll(FirstsUnderWay(pending));
            return Submission.AllDuplicates;
        }
        if (!TryCharge(pending, waiter, out var full))
            return full is null ? Submission.QueueFull : throw full;
        if (!TryRetain(pending, out var lost))
        {
            Uncharge(pending);
            throw new BodyLostException($"The body at {lost} is gone: its last message was removed.", isDamaged: false);
        }
        pending.LingersUntil = lingers == TimeSpan.Zero ? 0 : MonotonicNow + (long)Math.Ceiling(lingers.TotalMilliseconds);
        var isWriter = IsForCaller(pending);
        if (Reserve(pending, wakes: !isWriter))
        {
            Assign(pending, encoder.Operations.Moves);
            if (isWriter)
                own = StartWriting();
            if (waiter is not null)
                LeaveLine(waiter);
            return Submission.Accepted;
        }
        Unretain(pending, pending.Steps.Count);
        Uncharge(pending);
        return WaitForRoom(out wait);
    }

    private Submission WaitForRoom(out Task wait)
    {
        wait = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        return Submission.NoRoom;
    }

    /// <summary>Whether every message is there, free, and leased by who says so.</summary>
    private Submission Check(PendingCommit pending, CommitEncoder encoder)
    {
        List<CommitConflict>? conflicts = null;
        var isStale = false;
        HashSet<QueueName>? deleted = null;
        foreach (var step in pending.Steps)
        {
            if (!step.Retained.IsNone && !_index.IsAlive(step.Retained, step.RetainedFrom))
                ClaimCold(encoder, step.RetainedFrom);
            if (step.Message == 0)
            {
                if (step.Kind == OperationKind.Add)
                    isStale |= !Resolve(step, encoder);
                else if (step.NeedsQueue)
                    isStale |= !IsThereOrMade(step, encoder);
                else if (ConflictOf(step, pending, ref deleted) is { } refusal)
                    (conflicts ??= []).Add(new CommitConflict(step.Operation, refusal));
                continue;
            }
            step.Slot = _index.Find(new MessageId(step.Message));
            if (step.Slot == 0)
                ClaimCold(encoder, step.Message);
            var conflict = ConflictOf(step);
            if (conflict is { } reason)
                (conflicts ??= []).Add(new CommitConflict(step.Operation, reason));
            else if (step.Kind == OperationKind.Put)
            {
                isStale |= _index.Entries[step.Slot].Record != step.ReadFrom;
                if (step.Moves)
                    isStale |= !Resolve(step, encoder);
            }
            if (conflict is null && !IsKeptAsEncoded(step, encoder))
                isStale = true;
        }
        if (encoder.Claim is { Wanted.Count: > 0 })
            return Submission.Cold;
        if (encoder.Conflicts is { Count: > 0 } known)
            (conflicts ??= []).AddRange(known);
        if (conflicts is not null)
        {
            conflicts.Sort((a, b) => a.Operation.CompareTo(b.Operation));
            throw new CommitConflictException(conflicts);
        }
        return isStale ? Submission.Stale : Submission.Accepted;
    }

    /// <summary>Whether a message that ends is kept or not as its queue's policy wants it now.</summary>
    private bool IsKeptAsEncoded(CommitStep step, CommitEncoder encoder)
    {
        if (!step.Consumes && (step.Kind != OperationKind.Remove || step.IsFinal))
            return true;
        var isKept = _index.QueueOf(_index.Entries[step.Slot]).SubmittedPolicy.KeepConsumed is not null;
        encoder.Keep(step.Operation, isKept);
        return isKept == step.Consumes;
    }

    /// <summary>Notes a message that may be on disk only, unless it was looked for already.</summary>
    private void ClaimCold(CommitEncoder encoder, ulong id)
    {
        if (encoder.Claim?.Ids.Contains(id) != true && _index.MayBeCold(id))
            (encoder.Claim ??= new ColdClaim()).Wanted.Add(id);
    }

    private ConflictReason? ConflictOf(CommitStep step)
    {
        if (step.Slot == 0)
            return ConflictReason.MessageNotFound;
        ref var entry = ref _index.Entries[step.Slot];
        if (_index.QueueOf(entry).IsRemoved || !_index.QueueOf(entry).IsVisible)
            return ConflictReason.MessageNotFound;
        var reachesConsumed = step.Replays || step.IsFinal;
        if (entry.State == MessageState.Consumed ? !reachesConsumed : step.Replays)
            return ConflictReason.MessageNotFound;
        if (step.Lease is { } lease && !_index.IsLeasedWith(step.Slot, lease.Token))
            return ConflictReason.LeaseEnded;
        if (entry.ModSeq > step.UnchangedSince)
            return ConflictReason.MessageChanged;
        return entry.IsCommitting ? ConflictReason.MessageBusy : null;
    }

    /// <summary>Finds the queue a message goes to; one that does not exist is made by the same commit, which must be encoded once more for that.</summary>
    private bool Resolve(CommitStep step, CommitEncoder encoder)
    {
        if (encoder.Makes(step.Queue, step.Operation))
            return true;
        if (_index.Queues.TryGetValue(step.Queue.Value, out var queue))
            return IsTenantAsEncoded(step, queue);
        encoder.Make(step.Queue);
        return false;
    }

    private void Assign(PendingCommit pending, IReadOnlyList<MessageId> moves)
    {
        var now = Now.UtcTicks;
        var operations = pending.Operations.Written;
        pending.Added = pending.AddsCount == 0 ? [] : new AddedMessage[pending.AddsCount];
        pending.FirstAdded = pending.Adds ? _index.NextMessage : 0;
        foreach (var step in pending.Steps)
        {
            var operation = operations[step.At..];
            switch (step.Kind)
            {
                case OperationKind.Add:
                    pending.Added[step.AddIndex] = AssignAdded(step, operation, now);
                    break;
                case OperationKind.Put:
                    AssignChanged(step, operation, now);
                    break;
                case OperationKind.Remove:
                    _index.Entries[step.Slot].IsCommitting = true;
                    break;
                case OperationKind.Queue:
                    AssignQueue(step, operation);
                    break;
                case OperationKind.RemoveQueue:
                    AssignQueueRemoval(step, operation);
                    break;
            }
        }
        if (moves.Count > 0)
            pending.Moved = MovedBy(pending, moves);
        AssignKeys(pending, operations, now);
    }

    private static AddedMessage[] MovedBy(PendingCommit pending, IReadOnlyList<MessageId> moves)
    {
        var numbers = new Dictionary<ulong, long>(moves.Count);
        foreach (var step in pending.Steps)
        {
            if (step.Moves)
                numbers[step.Message] = MessageLayout.Int64(pending.Operations.Written[step.At..], MessageLayout.NumberAt);
        }
        return [.. moves.Select(id => new AddedMessage(id, numbers.GetValueOrDefault(id.Value)))];
    }

    private AddedMessage AssignAdded(CommitStep step, Span<byte> operation, long now)
    {
        var queue = step.To!;
        var id = _index.NextMessage++;
        var number = queue.NextNumber++;
        MessageLayout.Set(operation, MessageLayout.IdAt, (long)id);
        MessageLayout.Set(operation, MessageLayout.NumberAt, number);
        MessageLayout.Set(operation, MessageLayout.QueueAt, queue.Identity);
        MessageLayout.Set(operation, MessageLayout.EnqueuedAt, now);
        if (step.IsOrigin)
            MessageLayout.Set(operation, MessageLayout.OriginAt, (long)id);
        if (!step.HasAcceptedAt)
            MessageLayout.Set(operation, MessageLayout.AcceptedAt, now);
        if (step.IsDueByPolicy)
            MessageLayout.Set(operation, MessageLayout.DueAt, Later(now, queue.SubmittedPolicy.Delay));
        else
            MessageLayout.Set(operation, MessageLayout.DueAt, Math.Max(now, MessageLayout.Int64(operation, MessageLayout.DueAt)));
        NoteDue(operation, now);
        foreach (var file in step.Files ?? [])
            file.Owner = id;
        return new AddedMessage(new MessageId(id), number);
    }

    private void AssignChanged(CommitStep step, Span<byte> operation, long now)
    {
        ref var entry = ref _index.Entries[step.Slot];
        entry.IsCommitting = true;
        if (step.KeepsReceiveCount)
            MessageLayout.Set(operation, MessageLayout.ReceiveCountAt, entry.ReceiveCount);
        if (entry.IsShared)
            operation[MessageLayout.FlagsAt] |= MessageLayout.SharedFlag;
        NoteDue(operation, now);
        if (!step.Moves)
            return;
        MessageLayout.Set(operation, MessageLayout.NumberAt, step.To!.NextNumber++);
        MessageLayout.Set(operation, MessageLayout.QueueAt, step.To.Identity);
        MessageLayout.Set(operation, MessageLayout.EnqueuedAt, now);
    }

    private static void NoteDue(Span<byte> operation, long now)
    {
        ref var flags = ref operation[MessageLayout.FlagsAt];
        if ((flags & MessageLayout.ConsumedFlag) == 0 && MessageLayout.Int64(operation, MessageLayout.DueAt) <= now)
            flags |= MessageLayout.DueFlag;
    }

    private static void AssignQueue(CommitStep step, Span<byte> operation)
    {
        if (step.To is { } queue)
            MessageLayout.Set(operation, Operation.IdAt, queue.Identity);
        else
            operation[Operation.KindAt] = (byte)OperationKind.Nothing; // somebody else made it meanwhile
    }

    private static void AssignQueueRemoval(CommitStep step, Span<byte> operation)
    {
        if (step.From is { } queue)
            MessageLayout.Set(operation, Operation.IdAt, queue.Identity);
        else
            operation[Operation.KindAt] = (byte)OperationKind.Nothing; // there is no such queue
    }

    /// <summary>Puts the record into its place in the batch, with every checksum but the header's, which needs the record before.</summary>
    private void Fill(PendingCommit pending)
    {
        try
        {
            var record = pending.Record;
            var operations = record.Slice(RecordHeader.Length, pending.OperationsLength);
            pending.Operations.Written.CopyTo(operations);
            var at = RecordHeader.Length + pending.OperationsLength;
            for (var i = 0; i < pending.Bodies.Count; i++)
            {
                var body = pending.Bodies[i].Span;
                var target = record[at..];
                body.CopyTo(target[BodyCodec.HeaderLength..]);
                target[(BodyCodec.HeaderLength + body.Length)..BodyCodec.Space(body.Length)].Clear();
                BodyCodec.WriteHeader(target, body.Length, Checksum.Of(target.Slice(BodyCodec.HeaderLength, body.Length)));
                target[..BodyCodec.HeaderLength].CopyTo(BodyCodec.InTable(operations, i));
                at += BodyCodec.Space(body.Length);
            }
            Operation.Seal(operations);
            pending.OperationsChecksum = Checksum.Of(operations);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            pending.Operations.Dispose();
            pending.Batch.Filled();
        }
    }

    internal static long Later(long ticks, TimeSpan delay) =>
        delay <= TimeSpan.Zero ? ticks : delay.Ticks > DateTimeOffset.MaxValue.UtcTicks - ticks ? DateTimeOffset.MaxValue.UtcTicks : ticks + delay.Ticks;

    private enum Submission
    {
        Accepted,
        /// <summary>A message or queue changed since the commit was encoded: encode again.</summary>
        Stale,
        /// <summary>Some of its messages may be on disk only: bring them in, then submit again.</summary>
        Cold,
        /// <summary>Too much waits for the disk: wait, then submit again.</summary>
        NoRoom,
        /// <summary>A queue is full, and the commit stands in its line: wait, then submit again.</summary>
        QueueFull,
        /// <summary>Its key was committed before: its answer is the first one's.</summary>
        Repeat,
        /// <summary>Nothing is left of it to be done: it is answered when what came before is on disk.</summary>
        AllDuplicates,
    }
}

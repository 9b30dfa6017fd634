using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>
/// What a submitted commit takes before it is on disk: room in queues, names of queues, references to bodies. Limits are decided on what
/// is there plus what is under way; a submitted commit happens, or the engine fails, so nothing of this is ever given back by half.
/// </summary>
public sealed partial class JournalEngine
{
    /// <returns>False when a queue is full: then <paramref name="full"/> says so, or is null and the commit waits in the queue's line.</returns>
    private bool TryCharge(PendingCommit pending, RoomWaiter? waiter, out QueueFullException? full)
    {
        full = null;
        foreach (var step in pending.Steps)
        {
            if (step.Message == 0)
                continue;
            ref var entry = ref _index.Entries[step.Slot];
            if (entry.State == MessageState.Consumed)
                continue; // no queue counts it
            (step.From, step.FromLength) = (_index.QueueOf(entry), entry.Length);
            Charge(step.From, -1, -step.FromLength);
            if (step.Kind == OperationKind.Put && !step.Moves && !step.Consumes)
            {
                step.To = step.From;
                Charge(step.To, 1, step.Length);
            }
        }
        foreach (var step in pending.Steps)
        {
            switch (step.Kind)
            {
                case OperationKind.Queue:
                    ChargeQueue(pending, step);
                    break;
                case OperationKind.RemoveQueue:
                    ChargeQueueRemoval(pending, step);
                    break;
                case OperationKind.Add:
                case OperationKind.Put when step.Moves:
                    var queue = _index.Queues[step.Queue.Value];
                    if (!pending.IsInternal && RefusalOf(pending, queue, step.Length, waiter) is { } refusal)
                    {
                        Uncharge(pending);
                        if (waiter is null || refusal.IsMessageTooLarge || NeverFits(queue, waiter))
                            full = refusal;
                        else
                            StandInLine(waiter, queue, step.Length, refusal);
                        return false;
                    }
                    step.To = queue;
                    Charge(queue, 1, step.Length);
                    break;
            }
        }
        return true;
    }

    /// <summary>Takes a commit's charges off: it has been applied, or is not made after all.</summary>
    private static void Discharge(PendingCommit pending)
    {
        foreach (var step in pending.Steps)
        {
            if (step.Kind is not (OperationKind.Add or OperationKind.Put or OperationKind.Remove))
                continue;
            if (step.From is { } from)
                Charge(from, 1, step.FromLength);
            if (step.To is { } to)
                Charge(to, -1, -step.Length);
        }
    }

    private static void Uncharge(PendingCommit pending)
    {
        Discharge(pending);
        for (var i = (pending.Undo?.Count ?? 0) - 1; i >= 0; i--)
            pending.Undo![i]();
    }

    private static void Charge(QueueState queue, int messages, long bytes)
    {
        queue.MessagesUnderWay += messages;
        queue.BytesUnderWay += bytes;
    }

    private static QueueFullException? RefusalOf(PendingCommit pending, QueueState queue, long length, RoomWaiter? waiter) =>
        Refusal(queue, length) ?? (IsItsTurn(queue, pending, waiter)
            ? null
            : new QueueFullException(queue.Name, isMessageTooLarge: false, $"The queue '{queue.Name}' is full: others wait for room in it."));

    private static QueueFullException? Refusal(QueueState queue, long length)
    {
        var policy = queue.SubmittedPolicy;
        if (length > policy.MessageBytesMax)
            return new QueueFullException(queue.Name, isMessageTooLarge: true, $"The queue '{queue.Name}' takes messages of up to {policy.MessageBytesMax} bytes; this one has {length}.");
        if (queue.Messages + queue.MessagesUnderWay + 1 > policy.MessagesMax)
            return new QueueFullException(queue.Name, isMessageTooLarge: false, $"The queue '{queue.Name}' is full: it holds at most {policy.MessagesMax} messages.");
        if (queue.Bytes + queue.BytesUnderWay + length > policy.BytesMax)
            return new QueueFullException(queue.Name, isMessageTooLarge: false, $"The queue '{queue.Name}' is full: it holds at most {policy.BytesMax} bytes.");
        return null;
    }

    private void ChargeQueue(PendingCommit pending, CommitStep step)
    {
        var name = step.Queue;
        if (_index.Queues.TryGetValue(name.Value, out var queue))
        {
            if (step.Policy is not { } policy)
                return;
            var before = queue.SubmittedPolicy;
            queue.SubmittedPolicy = policy;
            (pending.Undo ??= []).Add(() => queue.SubmittedPolicy = before);
            step.To = queue;
            return;
        }
        var made = step.To = _index.CreateQueue(name, _index.NextQueue++, step.Policy ?? step.PolicyWhenMade ?? QueuePolicy.Default);
        made.Consumers = ConsumersOf(name);
        (pending.Undo ??= []).Add(() => _index.ForgetQueue(made));
    }

    private void ChargeQueueRemoval(PendingCommit pending, CommitStep step)
    {
        if (!_index.Queues.Remove(step.Queue.Value, out var queue))
            return;
        queue.IsRemoved = true;
        step.From = queue;
        (pending.Undo ??= []).Add(() =>
        {
            queue.IsRemoved = false;
            _index.Queues[queue.Name.Value] = queue;
        });
    }

    private bool TryRetain(PendingCommit pending, out LogPosition lost)
    {
        lost = default;
        for (var i = 0; i < pending.Steps.Count; i++)
        {
            var step = pending.Steps[i];
            foreach (var file in step.Files ?? [])
                _index.ShareNew(file.Key, file.Length);
            if (step.Retained.IsNone || _index.TryShare(step.Retained, step.RetainedFrom))
                continue;
            lost = step.Retained;
            Unretain(pending, i);
            return false;
        }
        return true;
    }

    private void Unretain(PendingCommit pending, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            var step = pending.Steps[i];
            foreach (var file in step.Files ?? [])
                _index.UnshareNew(file.Key);
            if (!step.Retained.IsNone)
                _index.Unshare(step.Retained);
        }
    }
}

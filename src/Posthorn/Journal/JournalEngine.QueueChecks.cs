using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>What can stand in the way of making, changing and removing a queue. Under the lock, when a commit is submitted.</summary>
public sealed partial class JournalEngine
{
    /// <param name="step">A change or removal of a queue; others have no conflict here.</param>
    /// <param name="pending">Its commit.</param>
    /// <param name="deleted">Queues that the operations before it remove; it is added when it is one of those.</param>
    private ConflictReason? ConflictOf(CommitStep step, PendingCommit pending, ref HashSet<QueueName>? deleted)
    {
        if (step.Kind == OperationKind.RemoveQueue)
        {
            var isInTheWay = step.IsOnlyWhenEmpty && deleted?.Contains(step.Queue) != true && HoldsMessages(step, pending);
            (deleted ??= []).Add(step.Queue);
            return isInTheWay ? ConflictReason.QueueNotEmpty : null;
        }
        return step.Policy is { } policy && deleted?.Contains(step.Queue) != true ? ConflictOf(step.Queue, policy) : null;
    }

    // What is under way counts as done, so that who empties a queue and then changes it need not wait in between.
    private ConflictReason? ConflictOf(QueueName name, QueuePolicy policy) =>
        _index.Queues.TryGetValue(name.Value, out var queue) && queue.SubmittedPolicy.IsFifo != policy.IsFifo && queue.Messages + queue.MessagesUnderWay > 0
            ? ConflictReason.QueueNotEmpty
            : null;

    /// <summary>Whether a queue holds messages after the operations of the same commit that come before its removal.</summary>
    private bool HoldsMessages(CommitStep removal, PendingCommit pending)
    {
        if (!_index.Queues.TryGetValue(removal.Queue.Value, out var queue))
            return false;
        var left = queue.Messages + queue.MessagesUnderWay;
        foreach (var step in pending.Steps)
        {
            if (step == removal)
                break;
            if (step.Slot != 0 && (step.Kind == OperationKind.Remove || step.Moves || step.Consumes)
                && _index.Entries[step.Slot].State != MessageState.Consumed && _index.QueueOf(_index.Entries[step.Slot]) == queue)
                left--;
            if ((step.Kind == OperationKind.Add || step.Moves) && step.Queue == removal.Queue)
                left++;
        }
        return left > 0;
    }

    /// <summary>Whether a queue that a commit needs is there; if not, the commit must be encoded once more, to make it.</summary>
    private bool IsThereOrMade(CommitStep step, CommitEncoder encoder)
    {
        if (encoder.Makes(step.Queue, step.Operation) || _index.Queues.ContainsKey(step.Queue.Value))
            return true;
        encoder.Make(step.Queue);
        return false;
    }
}

using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Commits;

/// <summary>
/// An atomic batch of operations on any number of queues: all of them happen, durably, or none. Built by one caller, committed once.
/// Operations take effect in the order given; an operation on a message that the same commit adds is not possible.
/// </summary>
public sealed class Commit
{
    private readonly List<CommitOperation> _operations = [];

    /// <summary>The operations in order.</summary>
    public IReadOnlyList<CommitOperation> Operations => _operations;

    /// <summary>
    /// Makes the commit idempotent: 1 to 128 characters; a commit whose key was committed within the last hour changes nothing
    /// and returns the first one's result (<see cref="CommitResult.IsRepeat"/>). Kept over restarts.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// How long the commit waits for room when a queue is at its limit, before <see cref="Engine.QueueFullException"/>: zero refuses at once;
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits until cancelled. Those who wait for a queue get in by the order in which they came, and
    /// nobody overtakes them. A message larger than its queue takes, and a commit that an empty queue could not hold, are refused at once.
    /// </summary>
    public TimeSpan RoomWait { get; init; }

    /// <summary>
    /// How long the commit may wait for others to be synced along with, from zero (not at all, the default) to a second: one sync for both costs half.
    /// It is acknowledged when it is on stable storage, as every commit. For work that is safe where it is until then, such as a pipeline's.
    /// </summary>
    public TimeSpan Linger { get; init; }

    /// <summary>Adds a message to a queue.</summary>
    public Commit Add(NewMessage message) => With(new CommitOperation.Add(message));

    /// <summary>
    /// Ends a message: the ack of a lease, or an administrator's removal. A queue with <see cref="QueuePolicy.KeepConsumed"/> keeps it to be replayed;
    /// for everything but <see cref="Replay"/> and <see cref="Discard"/> it is gone all the same.
    /// </summary>
    public Commit Remove(MessageReference message) => With(new CommitOperation.Remove(message));

    /// <summary>Ends a message for good, whatever its queue keeps; a consumed one too.</summary>
    public Commit Discard(MessageReference message) => With(new CommitOperation.Remove(message) { IsFinal = true });

    /// <summary>
    /// Makes a consumed message ready again, as if it came in now: a new number, a receive count of zero, due at once, and accepted now, so that
    /// its retention begins anew. Id, origin and content stay. A message that is not consumed is a <see cref="ConflictReason.MessageNotFound"/>.
    /// </summary>
    /// <param name="message">The consumed message; see <see cref="Messages.MessageState.Consumed"/>.</param>
    /// <param name="to">The queue it goes to; null is the one it was consumed from.</param>
    public Commit Replay(MessageId message, QueueName? to = null) => With(new CommitOperation.Replay(message) { To = to });

    /// <summary>
    /// Moves a message to another queue, where it gets a new number, a receive count of zero and is due at once unless
    /// <paramref name="changes"/> say otherwise. Its lease ends; id, origin, acceptance time and content stay. Its new number is in
    /// <see cref="CommitResult.Moved"/>.
    /// </summary>
    public Commit Move(MessageReference message, QueueName to, MessageChanges? changes = null) =>
        With(new CommitOperation.Change(message, changes ?? MessageChanges.None) { MoveTo = to, EndsLease = true });

    /// <summary>Gives a lease up: the message is ready again, at once or after <paramref name="delay"/>, in its old place among its priority.</summary>
    public Commit Release(MessageReference message, TimeSpan delay = default, MessageChanges? changes = null) =>
        With(new CommitOperation.Change(message, changes ?? MessageChanges.None) { Delay = delay, EndsLease = true });

    /// <summary>Changes a message where it is; a lease goes on.</summary>
    public Commit Change(MessageReference message, MessageChanges changes) => With(new CommitOperation.Change(message, changes));

    /// <summary>Makes the queue, or replaces its policy when it exists; see <see cref="QueuePolicy.IsFifo"/> for what cannot be changed.</summary>
    public Commit SetQueue(QueueName name, QueuePolicy policy) => With(new CommitOperation.SetQueue(name, policy));

    /// <summary>Makes the queue with this policy, as a first message would; one that exists stays as it is, whoever made it and how.</summary>
    public Commit MakeQueue(QueueName name, QueuePolicy policy) => With(new CommitOperation.SetQueue(name, policy) { IsOnlyWhenMissing = true });

    /// <summary>Removes a queue with all its messages, whoever holds them. One that does not exist is no error.</summary>
    public Commit DeleteQueue(QueueName name) => With(new CommitOperation.DeleteQueue(name));

    /// <summary>
    /// Removes a queue that holds nothing but what the operations before it take out (consumed messages that are kept do not count, and go with it);
    /// else it is a <see cref="ConflictReason.QueueNotEmpty"/>. So whoever moves a queue's messages away loses none that comes in meanwhile.
    /// </summary>
    public Commit DeleteEmptyQueue(QueueName name) => With(new CommitOperation.DeleteQueue(name) { IsOnlyWhenEmpty = true });

    /// <summary>
    /// Writes a small document of the program's own (a standing order, a topic's subscriptions) under a key of 1 to 255 characters,
    /// durable and atomic with the rest; null removes it. At most 64 KiB; kept in memory.
    /// </summary>
    public Commit SetDocument(string key, ReadOnlyMemory<byte>? value) => With(new CommitOperation.SetDocument(key, value));

    /// <summary>Takes an operation as it is.</summary>
    internal Commit With(CommitOperation operation)
    {
        _operations.Add(operation);
        return this;
    }
}

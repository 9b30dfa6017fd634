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

    /// <summary>Adds a message to a queue.</summary>
    public Commit Add(NewMessage message) => With(new CommitOperation.Add(message));

    /// <summary>Ends a message: the ack of a lease, or an administrator's removal.</summary>
    public Commit Remove(MessageReference message) => With(new CommitOperation.Remove(message));

    /// <summary>
    /// Moves a message to another queue, where it gets a new number, a receive count of zero and is due at once unless
    /// <paramref name="changes"/> say otherwise. Its lease ends; id, origin, acceptance time and content stay.
    /// </summary>
    public Commit Move(MessageReference message, QueueName to, MessageChanges? changes = null) =>
        With(new CommitOperation.Change(message, changes ?? MessageChanges.None) { MoveTo = to, EndsLease = true });

    /// <summary>Gives a lease up: the message is ready again, at once or after <paramref name="delay"/>, in its old place among its priority.</summary>
    public Commit Release(MessageReference message, TimeSpan delay = default, MessageChanges? changes = null) =>
        With(new CommitOperation.Change(message, changes ?? MessageChanges.None) { Delay = delay, EndsLease = true });

    /// <summary>Changes a message where it is; a lease goes on.</summary>
    public Commit Change(MessageReference message, MessageChanges changes) => With(new CommitOperation.Change(message, changes));

    /// <summary>Makes the queue, or replaces its policy when it exists.</summary>
    public Commit SetQueue(QueueName name, QueuePolicy policy) => With(new CommitOperation.SetQueue(name, policy));

    /// <summary>Removes a queue with all its messages, whoever holds them. One that does not exist is no error.</summary>
    public Commit DeleteQueue(QueueName name) => With(new CommitOperation.DeleteQueue(name));

    /// <summary>
    /// Writes a small document of the program's own (a standing order, a topic's subscriptions) under a key of 1 to 255 characters,
    /// durable and atomic with the rest; null removes it. At most 64 KiB; kept in memory.
    /// </summary>
    public Commit SetDocument(string key, ReadOnlyMemory<byte>? value) => With(new CommitOperation.SetDocument(key, value));

    private Commit With(CommitOperation operation)
    {
        _operations.Add(operation);
        return this;
    }
}

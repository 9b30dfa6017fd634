using System.Text.Json.Serialization.Metadata;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;

namespace Posthorn.Embedded;

/// <summary>One queue of a store: send, receive, consume, look, steer. Safe for any number of callers; costs nothing to have.</summary>
/// <remarks>
/// A send completes when the message is on stable storage. Messages are received highest priority first, oldest first.
/// A queue that does not exist is made by the first send, with <see cref="QueuePolicy.Default"/>; until then it is empty.
/// Every method may throw <see cref="Engine.EngineFailedException"/>: a write failed, the store stopped serving; only a restart helps, and loses nothing.
/// </remarks>
public interface IQueue
{
    /// <summary>Its name.</summary>
    QueueName Name { get; }

    /// <summary>Sends bytes. Completes when they are on stable storage: never lost from then on.</summary>
    /// <param name="body">0 bytes or more; not copied: must not change until the task has completed.</param>
    /// <param name="options">What is said of the message; null is nothing special.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way; afterwards the commit decides.</param>
    /// <returns>The message's id and its number in the queue.</returns>
    /// <exception cref="Engine.QueueFullException">The queue is at its limit and no room came in time, or the message is larger than it takes; nothing was sent.</exception>
    /// <exception cref="Engine.StorageFullException">No space; nothing was sent. Service resumes by itself when space returns.</exception>
    ValueTask<AddedMessage> SendAsync(ReadOnlyMemory<byte> body, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends text as UTF-8; see <see cref="SendAsync(ReadOnlyMemory{byte}, SendOptions?, CancellationToken)"/>.</summary>
    ValueTask<AddedMessage> SendAsync(string text, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends what a stream holds from where it stands to its end, whatever its length, with flat memory.</summary>
    /// <param name="body">Read once, in order; the caller's again when the task has completed.</param>
    /// <param name="options">What is said of the message.</param>
    /// <param name="cancellationToken">Honoured while the body is read and before the commit is on its way.</param>
    /// <returns>The message's id and number.</returns>
    /// <exception cref="Engine.QueueFullException">The queue is at its limit; nothing was sent.</exception>
    /// <exception cref="Engine.StorageFullException">No space; nothing was sent.</exception>
    ValueTask<AddedMessage> SendAsync(Stream body, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends a value as UTF-8 JSON; its contract is source-generated, so nothing is reflected upon.</summary>
    ValueTask<AddedMessage> SendAsync<T>(T value, JsonTypeInfo<T> type, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends messages in one commit: all of them, in this order, or none. Thousands are well.</summary>
    /// <param name="messages">One or more.</param>
    /// <param name="idempotencyKey">See <see cref="SendOptions.IdempotencyKey"/>; for the batch as a whole.</param>
    /// <param name="roomWait">See <see cref="SendOptions.RoomWait"/>.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way.</param>
    /// <returns>Id and number of each, in the order given.</returns>
    ValueTask<IReadOnlyList<AddedMessage>> SendBatchAsync(
        IReadOnlyList<OutgoingMessage> messages, string? idempotencyKey = null, TimeSpan roomWait = default, CancellationToken cancellationToken = default);

    /// <summary>Takes one message, or waits for one as <see cref="ReceiveOptions.Wait"/> says.</summary>
    /// <returns>Null when there is none, or the queue is paused.</returns>
    ValueTask<ReceivedMessage?> ReceiveAsync(ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Takes several messages. Fewer are given when fewer are ready: it is never waited for more than the first.</summary>
    /// <param name="messagesMax">1 or more.</param>
    /// <param name="options">How they are asked for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveBatchAsync(int messagesMax, ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// The queue as a sequence that never ends: waits for messages, extends their leases while they are worked on, and gives back what is left at the end.
    /// </summary>
    /// <remarks>
    /// With a concurrency of 1 a message that the loop's body leaves unsettled is given back when the next one is asked for. With more, asking waits
    /// while as many messages are unsettled: hand them to tasks of your own. Leaving the loop gives back all that is unsettled.
    /// </remarks>
    /// <param name="options">Null is one message at a time.</param>
    /// <param name="cancellationToken">Ends the sequence with an <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<ReceivedMessage> ConsumeAsync(ConsumeOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls a handler for each message until cancelled: success acknowledges, failure has it tried again by the back-off and at last makes it a dead letter.
    /// </summary>
    /// <remarks>
    /// A handler may settle its message itself. A message can be handled more than once: when a lease is lost, or the process ends between the
    /// handler's end and the acknowledgement.
    /// </remarks>
    /// <param name="handler">Its token is cancelled when the lease is lost, or the drain time is over. Called by up to <see cref="ConsumerOptions.Concurrency"/> tasks at once.</param>
    /// <param name="options">Null is one message at a time.</param>
    /// <param name="cancellationToken">Stops: nothing more is taken, handlers at work may finish (<see cref="ProcessOptions.DrainTime"/>), then the task completes, without an exception.</param>
    Task ProcessAsync(Func<ReceivedMessage, CancellationToken, Task> handler, ProcessOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reads the queue in delivery order, leased and delayed messages included, without disturbing consumers. Nothing is seen twice.</summary>
    IAsyncEnumerable<Message> BrowseAsync(MessageFilter? filter = null, CancellationToken cancellationToken = default);

    /// <summary>Its figures at this moment; null while there is no such queue. Costs the same whatever waits.</summary>
    QueueStatus? Status();

    /// <summary>
    /// Puts a group aside for a time, because what its messages are for does not answer: the others go on. Only a receive that names the group gets
    /// its messages meanwhile. In memory only; see <see cref="Engine.IEngine.Defer"/>.
    /// </summary>
    /// <param name="group">The group, <c>""</c> for messages without one.</param>
    /// <param name="time">How long from now; zero or less ends it at once.</param>
    void Defer(string group, TimeSpan time);

    /// <summary>Makes the queue or changes its policy; durable when the task completes. Of two changes at once the later one wins.</summary>
    /// <param name="change">Gets the policy as it is, or the default one.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way.</param>
    /// <exception cref="CommitConflictException">It cannot become a FIFO queue, or cease to be one, while it holds messages.</exception>
    ValueTask SetPolicyAsync(Func<QueuePolicy, QueuePolicy> change, CancellationToken cancellationToken = default);

    /// <summary>Hands nothing out any more; sends go on. Kept over restarts.</summary>
    ValueTask PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Hands messages out again.</summary>
    ValueTask ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes everything that is in the queue now, for good and whoever holds it; what comes meanwhile stays.</summary>
    /// <returns>How many messages were removed.</returns>
    ValueTask<long> PurgeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts what was consumed back into the queue, as if it came in now. Only a queue with <see cref="QueuePolicy.KeepConsumed"/> has any; see
    /// <see cref="Start"/> with <see cref="BulkAction.Replay"/> for a filter or another queue.
    /// </summary>
    /// <param name="from">Only what was consumed at this time or later; null is from the first that is kept.</param>
    /// <param name="before">Only what was consumed before this time; null is to the last.</param>
    /// <returns>Tells of its progress, can be stopped, and awaited.</returns>
    BulkOperation Replay(DateTimeOffset? from = null, DateTimeOffset? before = null);

    /// <summary>
    /// Starts work on many messages of the queue: remove, move, copy, flush, reschedule, hold, redrive … It goes on in commits of bounded size
    /// while traffic flows, and does not touch what came after it began.
    /// </summary>
    /// <param name="action">What is done with each message.</param>
    /// <param name="filter">Which messages; null is all. One that names no states means those that the action can be meant for (<see cref="BulkAction.States"/>).</param>
    /// <param name="options">Its rate and what it does with messages that somebody holds.</param>
    /// <returns>Tells of its progress, can be stopped, and awaited.</returns>
    BulkOperation Start(BulkAction action, MessageFilter? filter = null, BulkOptions? options = null);

    /// <summary>Removes the queue with all its messages, whoever holds them. One that does not exist is no error.</summary>
    ValueTask DeleteAsync(CancellationToken cancellationToken = default);
}

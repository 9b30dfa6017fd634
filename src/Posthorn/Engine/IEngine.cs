using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Engine;

/// <summary>
/// What makes commits durable and hands messages out: the embedded journal, or a database that several machines share.
/// Commits in, leases out; safe for any number of callers.
/// </summary>
/// <remarks>
/// Every method may throw <see cref="EngineFailedException"/>: memory and disk might disagree, the engine stopped serving and says why;
/// a restart recovers from what is really on disk. And one on a database <see cref="EngineUnavailableException"/>: it cannot be reached now.
/// </remarks>
public interface IEngine : IAsyncDisposable
{
    /// <summary>Commits; completes when the commit is on stable storage and its effects can be seen.</summary>
    /// <param name="commit">One or more operations; not to be changed any more.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way; afterwards the commit decides.</param>
    /// <exception cref="CommitConflictException">Some of its messages are gone, busy or no longer leased; nothing happened.</exception>
    /// <exception cref="QueueFullException">A queue is at its limit and no room came within <see cref="Commit.RoomWait"/>, or a message is larger than its queue takes; nothing happened.</exception>
    /// <exception cref="StorageFullException">No space for commits that add; nothing happened. Removals, acks and moves still succeed.</exception>
    ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Leases messages that are ready, highest priority first, oldest first; waits as long as asked when there are none, without polling.
    /// Of a FIFO queue (<see cref="QueuePolicy.IsFifo"/>) it takes one group after the other, of each as many as stand in a row at its head.
    /// Of a fair queue (<see cref="QueuePolicy.Fairness"/>) tenants that keep to their share come first; a request that names a group gets it,
    /// whatever its share, and also when it is deferred.
    /// </summary>
    /// <returns>
    /// Up to <see cref="LeaseRequest.MessagesMax"/> messages; none when the wait ended, the queue is paused, does not exist, or its consumers hold
    /// as many as they may (<see cref="QueueStatus.IsAtLeasesMax"/>).
    /// </returns>
    ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Leases messages by their numbers: of those asked for each that is ready and was not changed since (<see cref="LeaseTarget.UnchangedSince"/>), whatever
    /// its priority, group or share. In a FIFO queue only what could be received: with all that stand before it in its group, or none do. It counts as
    /// a receive. Of several callers who ask for a message at once one gets it.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="targets">The messages; one that is named twice counts once.</param>
    /// <param name="visibilityTimeout">How long the leases last; null is the queue's visibility timeout.</param>
    /// <param name="cancellationToken">Honoured only before anything is leased.</param>
    /// <returns>
    /// Those that were leased, by number; the others are left out. None when the queue is paused or does not exist, no more than its consumers may
    /// hold (<see cref="QueueStatus.IsAtLeasesMax"/>).
    /// </returns>
    ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(
        QueueName queue, IReadOnlyList<LeaseTarget> targets, TimeSpan? visibilityTimeout = null, CancellationToken cancellationToken = default);

    /// <summary>Sets the end of a lease to now plus <paramref name="visibilityTimeout"/>. Not durable: a restart ends all leases.</summary>
    /// <returns>The new end; null when the lease has ended already.</returns>
    ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default);

    /// <summary>A writer for a body that streams in.</summary>
    IBodyWriter CreateBody();

    /// <summary>Opens content for reading from its first byte; the stream knows its length and can seek. Its bytes were checked against their checksum.</summary>
    /// <exception cref="BodyLostException">The body's message is gone and so is the body, or the disk returned other bytes than were written.</exception>
    ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads the first bytes of content for somebody who knows their checksum: then the rest of a body need not be read to check them, and is not where
    /// the engine can do without.
    /// </summary>
    /// <param name="content">The content.</param>
    /// <param name="target">Takes the bytes, as many as it is long.</param>
    /// <param name="checksum">Their CRC-32C.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when they are not those that the checksum is of: <see cref="OpenAsync"/> tells what there is, or what is wrong.</returns>
    /// <exception cref="BodyLostException">The body's message is gone and so is the body.</exception>
    ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default) =>
        ContentStart.TryReadAsync(this, content, target, checksum, cancellationToken);

    /// <summary>
    /// Reads a queue in delivery order (priority, then number; in a FIFO queue number alone) without disturbing its consumers, leased and delayed
    /// messages included; after them, when the filter names <see cref="MessageState.Consumed"/>, what was consumed and is kept, by number.
    /// What comes or goes meanwhile may or may not be seen; nothing is seen twice.
    /// </summary>
    IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, CancellationToken cancellationToken = default);

    /// <summary>The message with this id in whatever queue it is, a consumed one that is kept included; null when there is none.</summary>
    ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default);

    /// <summary>
    /// The messages of a queue by number, whatever their state but what was consumed, without reading their records: as many as are asked for, from a number on.
    /// What comes or goes meanwhile may or may not be seen.
    /// </summary>
    /// <param name="queue">The queue; one that does not exist has no messages.</param>
    /// <param name="from">The lowest number that counts.</param>
    /// <param name="max">How many at most: 1 or more. Fewer than that are all there are. What waits on disk only is read a segment at a time, so large steps cost less.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default);

    /// <summary>The message with this number in this queue, consumed ones left out; null when there is none.</summary>
    ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default);

    /// <summary>The messages with these numbers in this queue, consumed ones left out, in the order in which they are named; those that are not there are left out.</summary>
    /// <exception cref="Engine.BodyLostException">The record of one is damaged.</exception>
    ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default);

    /// <summary>
    /// How many messages of the queue have which flag; names are compared without case. Kept as the queue changes, so that asking costs the same
    /// whatever waits. None of a queue that does not exist.
    /// </summary>
    IReadOnlyDictionary<string, long> FlagCounts(QueueName queue);

    /// <summary>
    /// Tells from now on what happens in a queue, in the order in which it can be seen. Watch first, then list: so nothing is missed. Several things that
    /// happen to a message at once may be told as one. The queue need not exist yet. Watches do not survive a restart.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="capacity">Most changes that wait to be read, 1 or more; with one more they are forgotten, which is told (<see cref="QueueChangeKind.Lost"/>).</param>
    IQueueWatch Watch(QueueName queue, int capacity);

    /// <summary>The queue's figures; null when there is no such queue.</summary>
    QueueStatus? Status(QueueName queue);

    /// <summary>All queues with their figures, ordered by name.</summary>
    IReadOnlyList<QueueStatus> Queues();

    /// <summary>The groups of a queue that hold messages, in no particular order.</summary>
    IReadOnlyList<GroupStatus> Groups(QueueName queue);

    /// <summary>
    /// Announces groups of a queue (messages without one count as group <c>""</c>) that have something ready. A group is announced when a message
    /// of it becomes ready, and not again until a <see cref="LeaseAsync(QueueName, LeaseRequest, CancellationToken)"/> for it found fewer messages than it asked for. A group of a FIFO queue
    /// is announced when its first message can be received: again, when those before it are done.
    /// Groups with ready messages at the time of the call are announced at once. One reader a queue.
    /// </summary>
    ChannelReader<string> ReadyGroups(QueueName queue);

    /// <summary>
    /// Puts a group of a queue aside for a time: its messages stay ready and wait in the delayed lane, and only a request that names the group
    /// gets them. For a consumer whose target for that group does not answer. In memory only: a restart ends it. A queue that does not exist
    /// has no groups to put aside.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="group">The group, <c>""</c> for messages without one.</param>
    /// <param name="time">How long from now, instead of what was asked before; zero or less ends it at once.</param>
    void Defer(QueueName queue, string group, TimeSpan time);

    /// <summary>The document under a key (see <see cref="Commit.SetDocument"/>); null when there is none.</summary>
    ReadOnlyMemory<byte>? Document(string key);

    /// <summary>All documents whose keys start with <paramref name="prefix"/>, ordered by key.</summary>
    IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix);

    /// <summary>How the engine is.</summary>
    EngineHealth Health { get; }

    /// <summary>Whether it serves, as <see cref="Health"/> says; without asking for the free space, so that it can be asked for each message.</summary>
    EngineState State => Health.State;
}

using System.Collections.Immutable;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>All that the reference keeps. Immutable: a commit makes another state of it, and when something is in the way nothing has happened.</summary>
internal sealed record ReferenceState
{
    public ImmutableDictionary<MessageId, ReferenceEntry> Messages { get; init; } = ImmutableDictionary<MessageId, ReferenceEntry>.Empty;

    public ImmutableSortedDictionary<QueueName, ReferenceQueue> Queues { get; init; } = ImmutableSortedDictionary<QueueName, ReferenceQueue>.Empty;

    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Documents { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>Idempotency keys, until when, and what they were answered.</summary>
    public ImmutableDictionary<string, (DateTimeOffset Until, CommitResult Result)> Keys { get; init; } =
        ImmutableDictionary<string, (DateTimeOffset, CommitResult)>.Empty;

    /// <summary>Deduplication ids by queue identity and group (empty where the scope is the queue), until when, and the first message.</summary>
    public ImmutableDictionary<(long Queue, string Group, string Id), (DateTimeOffset Until, AddedMessage First)> Deduplicated { get; init; } =
        ImmutableDictionary<(long, string, string), (DateTimeOffset, AddedMessage)>.Empty;

    public ulong NextId { get; init; } = 1;

    public ulong NextToken { get; init; } = 1;

    public long NextIdentity { get; init; } = 1;

    /// <summary>Counts the commits, the engine's own included.</summary>
    public long NextModSeq { get; init; } = 1;

    /// <summary>The messages of a queue that count, by number.</summary>
    public IEnumerable<ReferenceEntry> In(QueueName queue) => Messages.Values.Where(e => e.Queue == queue && !e.IsConsumed).OrderBy(e => e.Number);

    /// <summary>What a queue has consumed and keeps, by number.</summary>
    public IEnumerable<ReferenceEntry> ConsumedIn(QueueName queue) => Messages.Values.Where(e => e.Queue == queue && e.IsConsumed).OrderBy(e => e.Number);

    public ReferenceState With(ReferenceEntry entry) => this with { Messages = Messages.SetItem(entry.Id, entry) };

    public ReferenceState Without(MessageId id) => this with { Messages = Messages.Remove(id) };

    /// <summary>Ends messages that nobody commits the end of.</summary>
    public ReferenceState WithoutAll(IReadOnlyCollection<ReferenceEntry> ended) => ended.Count == 0 ? this : this with
    {
        Messages = Messages.RemoveRange(ended.Select(e => e.Id)),
        Queues = Queues.SetItems(ended.Select(e => e.Queue).Distinct().Select(q => KeyValuePair.Create(q, Queues[q] with { HighestModSeq = NextModSeq }))),
        NextModSeq = NextModSeq + 1,
    };

    public QueueStatus StatusOf(ReferenceQueue queue, DateTimeOffset now)
    {
        var entries = In(queue.Name).ToList();
        var consumed = ConsumedIn(queue.Name).ToList();
        return new QueueStatus(
            queue.Name, queue.Identity, queue.Policy,
            Ready: entries.Count(e => e.State(now) == MessageState.Ready),
            Delayed: entries.Count(e => e.State(now) == MessageState.Delayed),
            Leased: entries.Count(e => e.State(now) == MessageState.Leased),
            Held: entries.Count(e => e.State(now) == MessageState.Held),
            Bytes: entries.Sum(e => e.Content.Length),
            OldestEnqueuedAt: entries.Count == 0 ? null : entries[0].EnqueuedAt,
            queue.NextNumber)
        {
            Consumed = consumed.Count,
            ConsumedBytes = consumed.Sum(e => e.Content.Length),
            HighestModSeq = queue.HighestModSeq,
        };
    }

    /// <summary>What of a queue may be received now, in the order in which it is handed out; of a FIFO queue group by group in <paramref name="turns"/>.</summary>
    public IEnumerable<ReferenceEntry> Receivable(ReferenceQueue queue, DateTimeOffset now, IReadOnlyList<string> turns)
    {
        if (!queue.Policy.IsFifo)
            return In(queue.Name).Where(e => e.State(now) == MessageState.Ready).OrderByDescending(e => e.Priority.Value).ThenBy(e => e.Number);
        return Heads(queue.Name, now).OrderBy(g => turns.ToList().IndexOf(g.Key) is var turn and >= 0 ? turn : int.MaxValue).SelectMany(g => g.Value);
    }

    /// <summary>Of each group that has any the messages in a row that can be received, the group with the lowest number first.</summary>
    public IEnumerable<KeyValuePair<string, List<ReferenceEntry>>> Heads(QueueName queue, DateTimeOffset now) => In(queue)
        .GroupBy(e => e.Group ?? "", StringComparer.Ordinal)
        .Select(g => KeyValuePair.Create(g.Key, g.TakeWhile(e => e.State(now) == MessageState.Ready).ToList()))
        .Where(g => g.Value.Count > 0);
}

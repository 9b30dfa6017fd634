using Posthorn.Commits;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Committing;

/// <summary>
/// Everything that the commits of one transaction may touch, as it is in the locked rows, and what has become of it by the commits that were
/// decided so far. What is written in the end is the difference.
/// </summary>
internal sealed class BatchState
{
    public required Moment Now { get; init; }

    public required Func<ulong> NextMessageId { get; init; }

    public required Func<long> NextBodyId { get; init; }

    public required Func<long> NextQueueId { get; init; }

    /// <summary>Messages as they were read; their leases taken as they are at <see cref="Now"/>.</summary>
    public Dictionary<ulong, Entry> Read { get; } = [];

    /// <summary>Messages now; null for one that is gone.</summary>
    public Dictionary<ulong, Entry?> Entries { get; } = [];

    /// <summary>Queues as they were read, those that were deleted before included.</summary>
    public Dictionary<long, QueueRow> ReadQueues { get; } = [];

    public Dictionary<long, QueueRow> Queues { get; } = [];

    /// <summary>Queues that are there, by name.</summary>
    public Dictionary<string, long> Names { get; } = new(StringComparer.Ordinal);

    public Dictionary<long, BodyRow> ReadBodies { get; } = [];

    public Dictionary<long, BodyRow> Bodies { get; } = [];

    public List<NewBody> NewBodies { get; } = [];

    /// <summary>Bodies that are written into the rows of their messages, by the messages' ids.</summary>
    public Dictionary<ulong, byte[]> RowBodies { get; } = [];

    /// <summary>Bodies in the rows of messages that are not the batch's, whose bytes other messages of it are made from.</summary>
    public Dictionary<long, byte[]> LentBodies { get; } = [];

    public Dictionary<string, Remembered<CommitResult>> Keys { get; } = new(StringComparer.Ordinal);

    public HashSet<string> NewKeys { get; } = new(StringComparer.Ordinal);

    public Dictionary<DeduplicationKey, Remembered<AddedMessage>> Deduplicated { get; } = [];

    public HashSet<DeduplicationKey> NewDeduplicated { get; } = [];

    /// <summary>Documents that were set, or removed (null).</summary>
    public Dictionary<string, byte[]?> Documents { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes in a message that was read.</summary>
    public void Add(Entry entry)
    {
        if (entry.LeasedUntil <= Now.Steady)
            entry = entry with { LeasedUntil = null, Token = 0, LeasedBy = 0 };
        Read[entry.Id] = entry;
        Entries[entry.Id] = entry;
    }

    public void Add(QueueRow queue)
    {
        ReadQueues[queue.Id] = queue;
        Queues[queue.Id] = queue;
        if (!queue.IsDeleted)
            Names[queue.Name.Value] = queue.Id;
    }

    /// <summary>A message that is there, in a queue that is there; null when it is not.</summary>
    public Entry? Find(ulong id) => Entries.GetValueOrDefault(id) is { } entry && Queues.GetValueOrDefault(entry.QueueId) is { IsDeleted: false } ? entry : null;

    /// <summary>
    /// Ends the decisions: what came into a queue that is deleted by the same batch is never written there. What was in the queue before is removed
    /// with it later, by the hundred.
    /// </summary>
    public void Seal()
    {
        foreach (var (id, entry) in Entries)
        {
            if (entry is null || !Queues[entry.QueueId].IsDeleted || Read.GetValueOrDefault(id)?.QueueId == entry.QueueId)
                continue;
            Entries[id] = null;
            if (entry.Data.BodyId > 0)
                Bodies[entry.Data.BodyId] = Bodies[entry.Data.BodyId] with { References = Bodies[entry.Data.BodyId].References - 1 };
        }
        MoveIntoRows();
    }

    /// <summary>Puts new bodies that are short, and that one new message alone has, into its row.</summary>
    public void MoveIntoRows()
    {
        var own = NewBodies.Where(b => !b.IsShared && b.Bytes.Length <= RowBody.BytesMax && Bodies.GetValueOrDefault(b.Id).References == 1).ToDictionary(b => b.Id, b => b.Bytes);
        if (own.Count == 0)
            return;
        foreach (var (id, entry) in Entries)
        {
            // One that is there already had another body, which may be at hand somewhere: its row keeps what it was made with, or nothing.
            if (entry is null || Read.ContainsKey(id) || !own.TryGetValue(entry.Data.BodyId, out var bytes))
                continue;
            RowBodies.Add(id, bytes);
            Bodies.Remove(entry.Data.BodyId);
            Entries[id] = entry with { Data = entry.Data with { BodyId = RowBody.IdOf(id) } };
        }
    }
}

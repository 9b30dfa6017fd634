using System.Threading.Channels;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

internal sealed class ReferenceQueue(QueueName name, long identity)
{
    public QueuePolicy Policy { get; set; } = QueuePolicy.Default;

    public List<ReferenceEntry> Entries { get; } = [];

    public long NextNumber { get; set; } = 1;

    public Channel<string>? Announcements { get; set; }

    public HashSet<string> Announced { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ReferenceEntry> InOrder() => Entries.OrderByDescending(e => e.Priority.Value).ThenBy(e => e.Number);

    public QueueStatus Status(DateTimeOffset now) => new(
        name, identity, Policy,
        Ready: Entries.Count(e => e.IsReady(now)),
        Delayed: Entries.Count(e => e.State(now) == Messages.MessageState.Delayed),
        Leased: Entries.Count(e => e.State(now) == Messages.MessageState.Leased),
        Held: Entries.Count(e => e.State(now) == Messages.MessageState.Held),
        Bytes: Entries.Sum(e => e.Content.Length),
        OldestEnqueuedAt: Entries.Count == 0 ? null : Entries.Min(e => e.EnqueuedAt),
        NextNumber);
}

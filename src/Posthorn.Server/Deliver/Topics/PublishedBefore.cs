using System.Globalization;
using System.Security.Cryptography;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>
/// What FIFO topics published in the last five minutes, by deduplication id, and the number of the last message. An entry is a message without a body in
/// a queue that keeps it so long, added by the commit that publishes: so a restart forgets nothing.
/// </summary>
internal sealed class PublishedBefore(IEngine engine, TimeProvider time)
{
    private const string Key = "posthorn.published-key";
    private const string Id = "posthorn.published-id";
    private const string Sequence = "posthorn.published-sequence";

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(5);

    // Guards what is below.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Published Published, Task Done, DateTimeOffset Until)> _entries = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, DateTimeOffset Until)> _order = new();
    private long _last;
    private bool _isLoaded;

    /// <summary>The deduplication id: the given one, or the SHA-256 of the text.</summary>
    public static string IdOf(SnsMessage message) => message.DeduplicationId ?? Convert.ToHexStringLower(SHA256.HashData(message.Text!.Value.Span));

    /// <summary>What a message may be published under only once in the window.</summary>
    public static string KeyOf(Topic topic, SnsMessage message) =>
        topic[TopicAttribute.FifoThroughputScope] == "MessageGroup" ? $"{topic.Region}/{topic.Name}/{message.GroupId}\n{IdOf(message)}" : $"{topic.Region}/{topic.Name}\n{IdOf(message)}";

    /// <summary>Makes the queue, and reads what it holds; before a request can come, if it can be reached. It may be tried again.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (engine.Status(SpoolQueues.Published) is null)
            await engine.CommitAsync(new Commit().SetQueue(SpoolQueues.Published, new QueuePolicy { Retention = s_window }), cancellationToken);
        var now = time.GetUtcNow();
        await foreach (var entry in engine.BrowseAsync(SpoolQueues.Published, new MessageFilter(), cancellationToken))
        {
            if (entry.Text(Key) is not { } key || entry.Text(Id) is not { } id || entry.Text(Sequence) is not { } sequence)
                continue;
            lock (_gate)
            {
                _last = Math.Max(_last, long.Parse(sequence, CultureInfo.InvariantCulture));
                if (entry.AcceptedAt + s_window > now)
                    Set(key, new Published(id, sequence), Task.CompletedTask, entry.AcceptedAt + s_window);
            }
        }
        lock (_gate)
            _isLoaded = true;
    }

    /// <summary>What was published under a key; the task ends when that is durable. Null when nothing was.</summary>
    /// <exception cref="EngineUnavailableException">That is not known yet, for what keeps it was away at the start.</exception>
    public (Published Published, Task Done)? Find(string key)
    {
        lock (_gate)
        {
            if (!_isLoaded)
                throw new EngineUnavailableException($"What was published before is not known yet: the queue '{SpoolQueues.Published}' could not be read.");
            Forget(time.GetUtcNow());
            return _entries.TryGetValue(key, out var entry) ? (entry.Published, entry.Done) : null;
        }
    }

    /// <summary>Names for a message that is about to be published, larger than all before.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="done">Ends when it is durable, or fails with why it is not.</param>
    public Published Begin(string key, Task done)
    {
        lock (_gate)
        {
            // Counted in ticks of the clock, so that a number of after a restart is larger too, whatever was forgotten.
            var now = time.GetUtcNow();
            _last = Math.Max(_last + 1, now.UtcTicks);
            var published = new Published(Guid.NewGuid().ToString(), _last.ToString("D20", CultureInfo.InvariantCulture));
            Set(key, published, done, now + s_window);
            return published;
        }
    }

    /// <summary>The entry that goes into the commit.</summary>
    public static NewMessage EntryOf(string key, Published published) => new()
    {
        Queue = SpoolQueues.Published,
        Content = Body.Empty,
        Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [Key] = key, [Id] = published.MessageId, [Sequence] = published.SequenceNumber! },
    };

    /// <summary>Takes back what could not be published.</summary>
    public void Undo(string key)
    {
        lock (_gate)
            _entries.Remove(key);
    }

    private void Set(string key, Published published, Task done, DateTimeOffset until)
    {
        _entries[key] = (published, done, until);
        _order.Enqueue((key, until));
    }

    private void Forget(DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _order.Dequeue();
            if (_entries.TryGetValue(oldest.Key, out var entry) && entry.Until <= now)
                _entries.Remove(oldest.Key);
        }
    }
}

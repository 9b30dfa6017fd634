using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>What is to be done with one message, or why it cannot be.</summary>
/// <param name="Message">The message as it was read.</param>
public record MessagePlan(Message Message)
{
    /// <summary>Why it cannot be done; null when it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>Puts it into a commit.</summary>
    public Action<Commit> Apply { get; init; } = static _ => { };

    /// <summary>It cannot be done.</summary>
    public static MessagePlan Refuse(Message message, string reason) => new(message) { Refusal = reason };

    /// <summary>Ends it.</summary>
    public static MessagePlan Remove(Message message) => new(message) { Apply = commit => commit.Remove(message.Id) };

    /// <summary>Ends it for good, whatever its queue keeps.</summary>
    public static MessagePlan Discard(Message message) => new(message) { Apply = commit => commit.Discard(message.Id) };

    /// <summary>Makes a consumed one ready again.</summary>
    /// <param name="message">The consumed message.</param>
    /// <param name="to">The queue it goes to; null is the one it was consumed from.</param>
    public static MessagePlan Replay(Message message, QueueName? to = null) => message.State == MessageState.Consumed
        ? new MessagePlan(message) { Apply = commit => commit.Replay(message.Id, to) }
        : Refuse(message, "It was not consumed.");

    /// <summary>Changes it where it is. The lease of one that is leased ends when its due time or its being held is changed.</summary>
    /// <param name="message">The message.</param>
    /// <param name="changes">What is changed.</param>
    /// <param name="now">The time, from which a lease's end counts.</param>
    public static MessagePlan Change(Message message, MessageChanges changes, DateTimeOffset now)
    {
        if (message.State != MessageState.Leased || changes is { DueAt: null, IsHeld: null })
            return new MessagePlan(message) { Apply = commit => commit.Change(message.Id, changes) };
        var delay = changes.DueAt - now ?? TimeSpan.Zero;
        return new MessagePlan(message)
        {
            Apply = commit => commit.Release(message.Id, delay > TimeSpan.Zero ? delay : TimeSpan.Zero, changes with { DueAt = null }),
        };
    }

    /// <summary>Lets one that is held go, due at once.</summary>
    public static MessagePlan Release(Message message, DateTimeOffset now) => message.State == MessageState.Held
        ? Change(message, new MessageChanges { IsHeld = false, DueAt = AtOnce(message) }, now)
        : Refuse(message, "It is not held.");

    /// <summary>Moves it to another queue.</summary>
    public static MessagePlan Move(Message message, QueueName to, MessageChanges? changes = null) =>
        new(message) { Apply = commit => commit.Move(message.Id, to, changes) };

    /// <summary>Adds a message like it to another queue, due at once; the body is shared, not copied. Both have one origin.</summary>
    public static MessagePlan Copy(Message message, QueueName to) => new(message)
    {
        Apply = commit => commit
            .Change(message.Id, MessageChanges.None) // one that is gone is a conflict, and its body may be gone with it
            .Add(new NewMessage
            {
                Queue = to,
                Content = message.Content,
                Envelope = message.Envelope,
                Attributes = message.Attributes,
                Flags = message.Flags,
                Priority = message.Priority,
                Group = message.Group,
                Origin = message.Origin,
                AcceptedAt = message.AcceptedAt,
                LastError = message.LastError,
            }),
    };

    /// <summary>Puts a dead letter back, with its full number of attempts.</summary>
    /// <param name="message">The dead letter.</param>
    /// <param name="to">Where to; null refuses.</param>
    /// <param name="attributes">Attributes to change besides the one that names its source, which is removed.</param>
    public static MessagePlan Redrive(Message message, QueueName? to, IReadOnlyDictionary<string, AttributeValue?>? attributes = null)
    {
        if (to is not { } queue)
            return Refuse(message, "It does not say where it came from; name a queue.");
        var all = new Dictionary<string, AttributeValue?>(attributes ?? new Dictionary<string, AttributeValue?>(StringComparer.Ordinal), StringComparer.Ordinal);
        if (message.Attributes.ContainsKey(MessageAttributes.DeadLetterSource))
            all[MessageAttributes.DeadLetterSource] = null;
        return Move(message, queue, new MessageChanges { ReceiveCount = 0, LastError = "", Attributes = all });
    }

    /// <summary>A due time that has passed: the engine takes it for its own present.</summary>
    public static DateTimeOffset AtOnce(Message message) => message.EnqueuedAt;

    /// <summary>
    /// Where a dead letter came from: the queue it names itself, or the only one that has this one as its dead-letter queue; null when neither says it.
    /// </summary>
    public static QueueName? SourceOf(IEngine engine, Message message)
    {
        if (message.Text(MessageAttributes.DeadLetterSource) is { } source)
            return QueueName.TryParse(source, out var name, out _) ? name : null;
        var candidates = engine.Queues().Where(queue => queue.Policy.DeadLetterQueue == message.Queue).Take(2).ToList();
        return candidates is [var only] ? only.Name : null;
    }
}

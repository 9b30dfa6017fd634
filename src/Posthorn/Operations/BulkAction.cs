using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>What is done with each of many messages.</summary>
public sealed class BulkAction
{
    private readonly Func<Message, IEngine, DateTimeOffset, MessagePlan> _plan;

    private BulkAction(string name, Func<Message, IEngine, DateTimeOffset, MessagePlan> plan) => (Name, _plan) = (name, plan);

    /// <summary>In words: <c>move to invoices</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the lease of a message that somebody holds would end by it.</summary>
    public bool EndsLease { get; private init; } = true;

    /// <summary>The queue messages go to when it is one for all of them; what is there already is left alone.</summary>
    public QueueName? Target { get; private init; }

    /// <summary>The states that it can be meant for, when a filter names none; null is every one but <see cref="MessageState.Consumed"/>.</summary>
    public IReadOnlyList<MessageState>? States { get; private init; }

    /// <summary>Ends them; a queue that keeps what was consumed keeps them.</summary>
    public static BulkAction Remove { get; } = new("remove", static (message, _, _) => MessagePlan.Remove(message));

    /// <summary>Ends them for good, whatever their queue keeps. With a filter for <see cref="MessageState.Consumed"/> it ends what is kept.</summary>
    public static BulkAction Discard { get; } = new("discard", static (message, _, _) => MessagePlan.Discard(message));

    /// <summary>Makes delayed ones due at once; they keep their order.</summary>
    public static BulkAction Flush { get; } = new("flush", static (message, _, now) =>
        message.State == MessageState.Delayed ? MessagePlan.Change(message, new MessageChanges { DueAt = MessagePlan.AtOnce(message) }, now)
        : MessagePlan.Refuse(message, "It is not delayed."))
    {
        States = [MessageState.Delayed],
    };

    /// <summary>Holds them until they are released.</summary>
    public static BulkAction Hold { get; } = new("hold", static (message, _, now) => MessagePlan.Change(message, new MessageChanges { IsHeld = true }, now));

    /// <summary>Lets held ones go, due at once.</summary>
    public static BulkAction Release { get; } = new("release", static (message, _, now) => MessagePlan.Release(message, now))
    {
        States = [MessageState.Held],
    };

    /// <summary>Moves them to another queue.</summary>
    /// <exception cref="FormatException">The text is no queue name.</exception>
    public static BulkAction Move(string to)
    {
        var queue = QueueName.Parse(to);
        return new BulkAction($"move to {to}", (message, _, _) => MessagePlan.Move(message, queue)) { Target = queue };
    }

    /// <summary>Copies them to another queue; the bodies are shared.</summary>
    /// <exception cref="FormatException">The text is no queue name.</exception>
    public static BulkAction Copy(string to)
    {
        var queue = QueueName.Parse(to);
        return new BulkAction($"copy to {to}", (message, _, _) => MessagePlan.Copy(message, queue)) { EndsLease = false };
    }

    /// <summary>Gives them another due time.</summary>
    public static BulkAction Reschedule(DateTimeOffset dueAt) =>
        new($"reschedule to {dueAt.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z", (message, _, now) => MessagePlan.Change(message, new MessageChanges { DueAt = dueAt }, now));

    /// <summary>Makes them due some time from now: from when each is worked on.</summary>
    public static BulkAction Reschedule(TimeSpan delay) =>
        new($"reschedule in {delay}", (message, _, now) => MessagePlan.Change(message, new MessageChanges { DueAt = now + delay }, now));

    /// <summary>Gives them another priority; whoever holds one is not disturbed.</summary>
    public static BulkAction Reprioritise(Priority priority) =>
        new($"priority {priority}", (message, _, now) => MessagePlan.Change(message, new MessageChanges { Priority = priority }, now))
        {
            EndsLease = false,
        };

    /// <summary>Puts dead letters back where they came from, with their full number of attempts.</summary>
    /// <param name="to">Where those go that do not say where they came from; null leaves them, counted as refused.</param>
    /// <exception cref="FormatException">The text is no queue name.</exception>
    public static BulkAction Redrive(string? to = null)
    {
        QueueName? fallback = to is null ? null : QueueName.Parse(to);
        return new BulkAction("redrive", (message, engine, _) => MessagePlan.Redrive(message, MessagePlan.SourceOf(engine, message) ?? fallback));
    }

    /// <summary>Puts consumed ones back, as if they came in now; see <see cref="QueuePolicy.KeepConsumed"/>.</summary>
    /// <param name="to">The queue they go to; null is the one they were consumed from.</param>
    /// <exception cref="FormatException">The text is no queue name.</exception>
    public static BulkAction Replay(string? to = null)
    {
        QueueName? queue = to is null ? null : QueueName.Parse(to);
        return new BulkAction("replay", (message, _, _) => MessagePlan.Replay(message, queue)) { States = [MessageState.Consumed] };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal MessagePlan Plan(Message message, IEngine engine, DateTimeOffset now) => _plan(message, engine, now);
}

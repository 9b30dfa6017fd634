using Posthorn.Client.Contracts.Messages;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Message = Posthorn.Messages.Message;
using MessageState = Posthorn.Messages.MessageState;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>Decides what a command does with a message. Changes nothing itself.</summary>
internal sealed class MessagePlanner(IEngine engine, IBounceWriter bounces, TimeProvider time)
{
    /// <summary>The reply a bounced mail's sender is told when the administrator gave none.</summary>
    public const string StandardBounce = "550 5.7.1 Returned by the administrator";

    /// <summary>Attributes that say how far the mail path had come with a message: none of it holds when it starts again.</summary>
    private static readonly string[] ProgressAttributes =
    [
        MailAttributes.Attempts, MailAttributes.DelayWarning, MailAttributes.Processor, MailAttributes.Exception,
        MailAttributes.DeadLetterSource, MessageAttributes.DeadLetterSource,
    ];

    /// <summary>Checks what of a command does not depend on the messages.</summary>
    /// <exception cref="ProblemException">Something is missing, wrong, or belongs to another action.</exception>
    public void Check(MessageCommand command)
    {
        var action = QueryValues.Kebab(command.Action.ToString());
        Only(command.Priority is not null, MessageAction.Priority, "priority");
        Only(command.DueAt is not null || command.Delay is not null, MessageAction.Reschedule, "dueAt and delay");
        if (command.To is not null && command.Action is not (MessageAction.Move or MessageAction.Redrive or MessageAction.Replay))
            throw Problems.BadRequest($"to: belongs to move, redrive and replay, not to {action}.");
        if (command is { DueAt: not null, Delay: not null })
            throw Problems.BadRequest("dueAt and delay: give one of them.");
        if (command is { Action: MessageAction.Priority, Priority: not (>= 0 and <= 9) })
            throw Problems.BadRequest("priority: 0 to 9.");
        if (command is { Action: MessageAction.Move, To: null })
            throw Problems.BadRequest("to: name the queue to move to.");
        if (command.To is { } to)
            AdminGate.ParseQueue(to);
        if (command.Action == MessageAction.Bounce)
            BounceReply(command);

        void Only(bool isGiven, MessageAction owner, string name)
        {
            if (isGiven && command.Action != owner)
                throw Problems.BadRequest($"{name}: belongs to {QueryValues.Kebab(owner.ToString())}, not to {action}.");
        }
    }

    /// <summary>What the command does with this message.</summary>
    public async ValueTask<MessagePlan> PlanAsync(Message message, MessageCommand command, string by, CancellationToken cancellationToken)
    {
        var because = command is { Reason: { } reason, Action: not MessageAction.Bounce } ? $" ({reason})" : "";
        var plan = new MessagePlan(message) { Kind = TimelineKind.Changed };
        if (message.State == MessageState.Consumed && command.Action is not (MessageAction.Remove or MessageAction.Discard or MessageAction.Replay))
            return plan with { Refusal = "It was consumed; replay it first." };
        switch (command.Action)
        {
            case MessageAction.Remove:
                return plan.As(Removal(message)) with { Kind = TimelineKind.Removed, Detail = $"removed by {by}{because}" };
            case MessageAction.Discard:
                return plan with { Kind = TimelineKind.Removed, Detail = $"removed for good by {by}{because}", Apply = commit => commit.Discard(message.Id) };
            case MessageAction.Replay:
                return message.State != MessageState.Consumed ? plan with { Refusal = "It was not consumed." } : Replay(plan, command, by + because);
            case MessageAction.Hold:
                return Change(plan, new MessageChanges { IsHeld = true }) with { Kind = TimelineKind.Held, Detail = $"held by {by}{because}" };
            case MessageAction.Release:
                return plan.As(MessagePlan.Release(message, time.GetUtcNow())) with { Detail = $"released by {by}{because}" };
            case MessageAction.Flush:
                return Change(plan, new MessageChanges { DueAt = MessagePlan.AtOnce(message) }) with { Detail = $"made due by {by}{because}" };
            case MessageAction.Reschedule:
                var dueAt = command.DueAt ?? (time.GetUtcNow() + (command.Delay ?? TimeSpan.Zero));
                return Change(plan, DueAt(message, dueAt)) with { Detail = $"due {dueAt:yyyy-MM-dd HH:mm:ss}Z, by {by}{because}" };
            case MessageAction.Priority:
                return Change(plan, new MessageChanges { Priority = Priority.Of(command.Priority!.Value) }) with
                {
                    Detail = $"priority {command.Priority}, by {by}{because}",
                };
            case MessageAction.Move:
                return Move(plan, QueueName.Parse(command.To!), MessageChanges.None, $"moved from {message.Queue} by {by}{because}");
            case MessageAction.Rerun:
                return !message.IsMail() ? plan with { Refusal = "It is no mail: the pipeline takes mail only." }
                    : Move(plan, SpoolQueues.Root, AfreshInPipeline(message), $"through the pipeline again from {message.Queue}, by {by}{because}");
            case MessageAction.Redrive:
                return SourceOf(message, command) is not { } source
                    ? plan with { Refusal = "It does not say where it came from; name a queue with 'to'." }
                    : Move(plan, source, Afresh(message), $"redriven from {message.Queue} by {by}{because}");
            case MessageAction.Bounce:
                return await BounceAsync(plan, command, by, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(command), command.Action, null);
        }
    }

    /// <summary>A removal: of a consumed message for good, since nothing else is left to be removed of it.</summary>
    public static Operations.MessagePlan Removal(Message message) =>
        message.State == MessageState.Consumed ? new Operations.MessagePlan(message) { Apply = commit => commit.Discard(message.Id) } : MessagePlan.Remove(message);

    /// <summary>Another due time. Of mail, the time it waits because it was told to does not count towards giving it up.</summary>
    public static MessageChanges DueAt(Message message, DateTimeOffset dueAt) => new()
    {
        DueAt = dueAt,
        Attributes = message.IsMail() ? NotBefore(dueAt) : null,
    };

    /// <summary>Changes a message where it is. One that is leased is here by force: its lease ends.</summary>
    public MessagePlan Change(MessagePlan plan, MessageChanges changes) => plan.As(MessagePlan.Change(plan.Message, changes, time.GetUtcNow()));

    private static MessagePlan Replay(MessagePlan plan, MessageCommand command, string by)
    {
        var to = command.To is { } name ? QueueName.Parse(name) : plan.Message.Queue;
        return plan with
        {
            Kind = TimelineKind.Queued,
            Queue = to,
            Detail = $"replayed from {plan.Message.Queue} by {by}",
            Apply = commit => commit.Replay(plan.Message.Id, to),
        };
    }

    private static MessagePlan Move(MessagePlan plan, QueueName to, MessageChanges changes, string detail) => plan.As(MessagePlan.Move(plan.Message, to, changes)) with
    {
        Kind = TimelineKind.Queued,
        Queue = to,
        Detail = detail,
    };

    private async ValueTask<MessagePlan> BounceAsync(MessagePlan plan, MessageCommand command, string by, CancellationToken cancellationToken)
    {
        var message = plan.Message;
        if (!message.IsMail())
            return plan with { Refusal = "It is no mail: it has no sender to return it to." };
        var reply = BounceReply(command);
        var failed = message.Envelope.Recipients.Select(r => new FailedRecipient(r, reply, RemoteHost: null)).ToList();
        var bounce = await bounces.WriteAsync(message, failed, DsnAction.Failed, cancellationToken);
        return plan with
        {
            Kind = TimelineKind.Bounced,
            Detail = $"{reply} ({(bounce is null ? "no notification: the sender wants none; " : "")}by {by})",
            Apply = commit =>
            {
                if (bounce is not null)
                    commit.Add(bounce);
                commit.Remove(message.Id);
            },
        };
    }

    private static SmtpReply BounceReply(MessageCommand command) =>
        SmtpReply.TryParse(command.Reason ?? StandardBounce, out var reply) && reply.IsPermanent ? reply
        : throw Problems.BadRequest("reason: a bounce's reason is a reply such as '550 5.7.1 Returned by the administrator'.");

    private QueueName? SourceOf(Message message, MessageCommand command)
    {
        var source = message.Text(MailAttributes.DeadLetterSource) ?? message.Text(MessageAttributes.DeadLetterSource) ?? command.To;
        if (source is not null)
            return QueueName.TryParse(source, out var name, out _) ? name : null;
        return MessagePlan.SourceOf(engine, message);
    }

    private MessageChanges Afresh(Message message)
    {
        // The age of mail counts from now: what was given up for its age would be given up again at once.
        var attributes = message.IsMail() ? NotBefore(time.GetUtcNow()) : new Dictionary<string, AttributeValue?>(StringComparer.Ordinal);
        foreach (var name in ProgressAttributes.Where(message.Attributes.ContainsKey))
            attributes[name] = null;
        return new MessageChanges { ReceiveCount = 0, LastError = "", Attributes = attributes };
    }

    private static Dictionary<string, AttributeValue?> NotBefore(DateTimeOffset time) =>
        new(StringComparer.Ordinal) { [MailAttributes.NotBefore] = AttributeValue.Of(time.ToUnixTimeSeconds().ToString()) };

    private MessageChanges AfreshInPipeline(Message message) => Afresh(message) with { Group = "" };
}

using Posthorn.Commits;
using Posthorn.Server.Operate.Timeline;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>What a command does with one message, or why it cannot.</summary>
internal sealed record MessagePlan(Message Message)
{
    /// <summary>Why it cannot be done; null when it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>Puts it into a commit.</summary>
    public Action<Commit> Apply { get; init; } = _ => { };

    /// <summary>What the timeline calls it, and who did it.</summary>
    public TimelineKind Kind { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>The queue the message is in afterwards.</summary>
    public string? Queue { get; init; }

    public TimelineEvent ToEvent() => new(Kind, Message.Id, Message.Origin, Queue ?? Message.Queue, Detail)
    {
        Recipients = [.. Message.Envelope.Recipients.Select(r => r.Address)],
    };
}

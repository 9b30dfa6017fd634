using Posthorn.Server.Operate.Timeline;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>What a command does with one message, or why it cannot, and what the timeline hears of it.</summary>
internal sealed record MessagePlan(Message Message) : Operations.MessagePlan(Message)
{
    /// <summary>What the timeline calls it, and who did it.</summary>
    public TimelineKind Kind { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>The queue the message is in afterwards.</summary>
    public string? Queue { get; init; }

    /// <summary>The same, done as the engine's part of it says.</summary>
    public MessagePlan As(Operations.MessagePlan plan) => this with { Refusal = plan.Refusal, Apply = plan.Apply };

    public TimelineEvent ToEvent() => new(Kind, Message.Id, Message.Origin, Queue ?? Message.Queue, Detail)
    {
        Recipients = [.. Message.Envelope.Recipients.Select(r => r.Address)],
    };
}

namespace Posthorn.Client.Contracts.Messages;

/// <summary>An action on all messages a query selects.</summary>
public sealed record MessageCommand
{
    /// <summary>What to do.</summary>
    public required MessageAction Action { get; init; }

    /// <summary>With which messages.</summary>
    public required MessageQuery Query { get; init; }

    /// <summary>Only count, and show the first ones.</summary>
    public bool DryRun { get; init; }

    /// <summary>Also take messages that a consumer or a delivery is working on; its lease ends, and what it does meanwhile may come twice.</summary>
    public bool IncludeLeased { get; init; }

    /// <summary>For <see cref="MessageAction.Reschedule"/>: due at this time; without it and <see cref="Delay"/> at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>For <see cref="MessageAction.Reschedule"/>: due this long from now.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>For <see cref="MessageAction.Priority"/>: 0 to 9.</summary>
    public int? Priority { get; init; }

    /// <summary>For <see cref="MessageAction.Move"/> and <see cref="MessageAction.Replay"/> (without it where they were consumed), and for <see cref="MessageAction.Redrive"/> of messages that do not know where they came from: the queue.</summary>
    public string? To { get; init; }

    /// <summary>For <see cref="MessageAction.Bounce"/>: the reply the sender is told, <c>550 5.7.1 text</c>; otherwise a note for the timeline.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// For bounce, hold and remove: also what is in flight or comes within this time (a standing order).
    /// The query may then ask for sender, recipient and domain only.
    /// </summary>
    public TimeSpan? For { get; init; }
}

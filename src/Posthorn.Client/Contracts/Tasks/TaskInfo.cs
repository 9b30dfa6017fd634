using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Client.Contracts.Tasks;

/// <summary>A large job and how far it is. Tasks live in memory: a restart ends them, and what they had done stays done.</summary>
public sealed record TaskInfo
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>What it does.</summary>
    public required MessageAction Action { get; init; }

    /// <summary>The same in words.</summary>
    public required string Description { get; init; }

    /// <summary>Who started it.</summary>
    public required string By { get; init; }

    /// <summary>Where it stands.</summary>
    public required TaskState State { get; init; }

    /// <summary>When it was given.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Messages it will select, when that was known as it began; null when only reading tells.</summary>
    public long? Total { get; init; }

    /// <summary>Messages its query has selected so far.</summary>
    public required long Selected { get; init; }

    /// <summary>Messages on which the action is done, durably.</summary>
    public required long Done { get; init; }

    /// <summary>Messages that were gone before their turn came.</summary>
    public required long Gone { get; init; }

    /// <summary>Messages left alone because somebody was working on them, after some tries.</summary>
    public required long Busy { get; init; }

    /// <summary>Messages on which the action cannot be done; the first reasons are in <see cref="Errors"/>.</summary>
    public required long Refused { get; init; }

    /// <summary>The first messages it could not handle and why.</summary>
    public required IReadOnlyList<TaskError> Errors { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public string? Failure { get; init; }

    /// <summary>The standing order that goes with it; null without one.</summary>
    public string? Order { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsEnded => State is TaskState.Succeeded or TaskState.Failed or TaskState.Cancelled;
}

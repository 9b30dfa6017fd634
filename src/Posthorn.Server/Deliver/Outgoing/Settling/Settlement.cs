using Posthorn.Commits;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Outgoing.Settling;

/// <summary>Everything that follows from one attempt at one mail: one commit, and what is told once it is durable.</summary>
internal sealed record Settlement(Commit Commit, IReadOnlyList<TimelineEvent> Events)
{
    /// <summary>Whether the commit adds messages, which a full disk refuses.</summary>
    public bool IsAdding { get; init; }

    public int Delivered { get; init; }

    public int Failed { get; init; }

    public int Deferred { get; init; }
}

namespace Posthorn.Server.Operate.Timeline;

/// <summary>The lives of messages, as they are written and read again: in files of this node, or in a history that nodes share.</summary>
public interface ITimelineStore : ITimeline
{
    /// <summary>The events of the lives that a query asks for, ordered by time; each life is that of all messages of one origin. Sees what this node recorded before the call.</summary>
    /// <exception cref="ArgumentException">The query names no one.</exception>
    ValueTask<IReadOnlyList<RecordedEvent>> QueryAsync(TimelineQuery query, CancellationToken cancellationToken = default);
}

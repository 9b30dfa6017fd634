namespace Posthorn.Server.Operate.Timeline;

/// <summary>The lines of a timeline as one query sees them.</summary>
internal interface ITimelineLines
{
    /// <summary>The places of the lines with a key, latest first; some may have another one.</summary>
    IAsyncEnumerable<TimelinePlace> FindAsync(ulong key, CancellationToken cancellationToken);

    /// <summary>The line at a place that was found; null when it is gone.</summary>
    RecordedEvent? Read(TimelinePlace place);
}

using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>Counts what a node accepts and delivers on its way into the timeline: every door and every way out tells it there.</summary>
internal sealed class TalliedTimeline(ITimeline timeline, NodeTally tally) : ITimeline
{
    public void Record(TimelineEvent happened)
    {
        if (happened.Kind == TimelineKind.Accepted)
            tally.Accepted();
        else if (happened.Kind == TimelineKind.Delivered)
            tally.Delivered(Math.Max(1, happened.Recipients.Count));
        timeline.Record(happened);
    }
}

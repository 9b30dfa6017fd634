using Posthorn.Server.Operate.Timeline;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordedTimeline : ITimeline
{
    private readonly List<TimelineEvent> _events = [];

    public IReadOnlyList<TimelineEvent> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    public void Record(TimelineEvent happened)
    {
        lock (_events)
            _events.Add(happened);
    }
}

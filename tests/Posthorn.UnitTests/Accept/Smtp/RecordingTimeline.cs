using System.Collections.Concurrent;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.UnitTests.Accept.Smtp;

internal sealed class RecordingTimeline : ITimeline
{
    public ConcurrentQueue<TimelineEvent> Events { get; } = new();

    public void Record(TimelineEvent happened) => Events.Enqueue(happened);
}

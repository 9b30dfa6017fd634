namespace Posthorn.Server.Operate.Timeline;

/// <summary>Takes the events of messages' lives. Never blocks and never fails its caller: what it cannot write it counts and logs.</summary>
public interface ITimeline
{
    void Record(TimelineEvent happened);
}

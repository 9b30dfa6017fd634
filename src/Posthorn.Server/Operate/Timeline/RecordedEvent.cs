namespace Posthorn.Server.Operate.Timeline;

/// <summary>An event and when it happened.</summary>
public sealed record RecordedEvent(DateTimeOffset At, TimelineEvent Event);

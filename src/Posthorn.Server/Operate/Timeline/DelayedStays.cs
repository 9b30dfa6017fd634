using System.Globalization;
using Posthorn.Leases;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>What a message's timeline says of its stay in the delayed lane of a fair queue.</summary>
internal static class DelayedStays
{
    /// <summary>Records a stay that a lease has ended, before the lease itself is recorded; nothing when the message was not in the delayed lane.</summary>
    /// <remarks>Recorded when it is over: a flood of any length costs no event but those of the messages that are handed out anyway.</remarks>
    /// <param name="timeline">Takes the events.</param>
    /// <param name="leased">The message.</param>
    /// <param name="now">The present.</param>
    public static void RecordStay(this ITimeline timeline, LeasedMessage leased, DateTimeOffset now)
    {
        if (leased.DelayedStay is not { } stay)
            return;
        var message = leased.Message;
        void Record(TimelineKind kind, string detail) => timeline.Record(new TimelineEvent(kind, message.Id, message.Origin, message.Queue.Value, detail));
        var why = stay.IsDeferred
            ? $"group '{message.Group}' was put aside by its consumer"
            : string.Create(CultureInfo.InvariantCulture, $"tenant '{message.Group}' had {stay.Share:P0} of what the queue held, slot {stay.Slot:0.0}");
        Record(TimelineKind.Delayed, $"since {stay.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}: {why}");
        Record(TimelineKind.Resumed, string.Create(CultureInfo.InvariantCulture, $"after {Math.Max((now - stay.Since).TotalSeconds, 0):0.###} s in the delayed lane"));
    }
}

using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// Logs every event of messages' lives, one line each, and passes it on to the timeline: what mail administrators search with grep and
/// what log collectors take; what programs do with their messages is debug, since it comes by the ten thousand a second. The values are those of <c>posthorn trace</c>, under the same names.
/// </summary>
internal sealed class MessageLog(ITimeline timeline, ILogger<MessageLog> logger) : ITimeline
{
    private static readonly Func<MessageLogEntry, Exception?, string> s_text = (entry, _) => entry.ToString();

    public void Record(TimelineEvent happened)
    {
        timeline.Record(happened);
        var level = happened.IsOfProgram ? LogLevel.Debug : LogLevel.Information;
        if (logger.IsEnabled(level))
            logger.Log(level, default, new MessageLogEntry(happened), exception: null, s_text);
    }
}

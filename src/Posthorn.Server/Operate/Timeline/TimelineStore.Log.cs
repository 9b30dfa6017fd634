using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Timeline;

public sealed partial class TimelineStore
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} timeline events were dropped: more than {PendingMax} waited to be written. The messages are not affected.")]
    private partial void LogDropped(long count, int pendingMax);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} timeline events were dropped: they could not be written to {Folder}. The messages are not affected.")]
    private partial void LogWriteFailed(Exception exception, int count, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The timeline index {Path} could not be written; it is made when it is needed.")]
    private partial void LogSealFailed(Exception exception, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old timeline files in {Folder} could not be removed.")]
    private partial void LogRemoveFailed(Exception exception, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The timeline file {Path} could not be read; its events are missing from an answer.")]
    private partial void LogReadFailed(Exception exception, string path);
}

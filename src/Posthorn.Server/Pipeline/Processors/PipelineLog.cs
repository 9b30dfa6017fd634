using Microsoft.Extensions.Logging;
using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What the pipeline logs.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(3001, LogLevel.Warning, "{Message}: {Place} {What} failed")]
    public static partial void Failed(this ILogger log, MessageId message, string place, string what, Exception e);

    [LoggerMessage(3002, LogLevel.Debug, "{Message}: its result is forgotten, someone else has changed it meanwhile ({Reason})")]
    public static partial void LeftOut(this ILogger log, MessageId message, ConflictReason reason);

    [LoggerMessage(3003, LogLevel.Error, "The commit of {Count} mails failed; each is tried by itself")]
    public static partial void BatchFailed(this ILogger log, int count, Exception e);

    [LoggerMessage(3004, LogLevel.Error, "The pipeline stops: the engine is out of service")]
    public static partial void EngineFailed(this ILogger log, Exception e);

    [LoggerMessage(3005, LogLevel.Error, "The worker of '{Queue}' failed and begins again; the mails it held come back when their leases end")]
    public static partial void WorkerFailed(this ILogger log, string queue, Exception e);

    [LoggerMessage(3006, LogLevel.Warning, "'{Queue}' belongs to a processor that is not configured any more; its mail begins at the root")]
    public static partial void Orphaned(this ILogger log, string queue);

    [LoggerMessage(3007, LogLevel.Information, "{Message}: {Text}")]
    public static partial void Said(this ILogger log, MessageId message, string text);
}

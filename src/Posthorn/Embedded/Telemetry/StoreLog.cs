using Microsoft.Extensions.Logging;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Embedded.Telemetry;

/// <summary>What a store and its consumers tell the log.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1, LogLevel.Information, "The store in {Data} is open: {Queues} queues, {Messages} messages")]
    public static partial void Opened(this ILogger log, string data, int queues, long messages);

    [LoggerMessage(2, LogLevel.Information, "The store in {Data} is closed")]
    public static partial void Closed(this ILogger log, string data);

    [LoggerMessage(3, LogLevel.Warning, "Message {Message} of {Queue} failed (attempt {Attempt}); it is tried again in {Delay}")]
    public static partial void WillRetry(this ILogger log, Exception failure, MessageId message, QueueName queue, int attempt, TimeSpan delay);

    [LoggerMessage(4, LogLevel.Error, "Message {Message} of {Queue} failed for good (attempt {Attempt}); it is a dead letter")]
    public static partial void GaveUp(this ILogger log, Exception failure, MessageId message, QueueName queue, int attempt);

    [LoggerMessage(5, LogLevel.Warning, "The lease of message {Message} of {Queue} has ended while it was worked on: it is, or will be, received again")]
    public static partial void LeaseLost(this ILogger log, Exception? failure, MessageId message, QueueName queue);

    [LoggerMessage(6, LogLevel.Warning, "The lease of message {Message} of {Queue} could not be extended; it is tried again until it ends")]
    public static partial void LeaseNotExtended(this ILogger log, Exception failure, MessageId message, QueueName queue);

    [LoggerMessage(7, LogLevel.Error, "Message {Message} of {Queue} could not be settled; it comes back when its lease ends")]
    public static partial void NotSettled(this ILogger log, Exception failure, MessageId message, QueueName queue);

    [LoggerMessage(8, LogLevel.Debug, "Consuming {Queue} has stopped: {Unfinished} messages were given back")]
    public static partial void Stopped(this ILogger log, QueueName queue, int unfinished);

    [LoggerMessage(9, LogLevel.Warning, "Handlers of {Queue} did not end within {DrainTime} after the stop; they are cancelled")]
    public static partial void Cancelling(this ILogger log, QueueName queue, TimeSpan drainTime);
}

using Microsoft.Extensions.Logging;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What streams tell the operator.</summary>
internal static partial class StreamLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Account {Account} opened a stream of '{Queue}' as {Kind}")]
    public static partial void Opened(ILogger logger, string account, QueueName queue, string kind);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A stream of '{Queue}' to account {Account} ended: {Reason}")]
    public static partial void Ended(ILogger logger, QueueName queue, string account, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of a stream of '{Queue}' could not be renewed; it is tried again")]
    public static partial void NotRenewed(ILogger logger, QueueName queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Message} could not be given back; it comes back when its lease ends")]
    public static partial void NotReturned(ILogger logger, MessageId message, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A stream of '{Queue}' failed")]
    public static partial void Failed(ILogger logger, QueueName queue, Exception exception);
}

using Microsoft.Extensions.Logging;
using Posthorn.Messages;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>What the door tells the operator.</summary>
internal static partial class SqsLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} could not be handed out: its body is lost or damaged")]
    public static partial void BodyLost(ILogger logger, MessageId message, Exception exception);
}

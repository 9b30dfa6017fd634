using Microsoft.Extensions.Logging;
using Posthorn.Messages;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>What topics tell the operator.</summary>
internal sealed partial class TopicLog(ILogger<TopicLog> logger)
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Topics deliver no more to endpoints and full queues until the next start")]
    public partial void CourierEnded(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Deliveries of subscription {Subscription} failed; they go on when their leases end")]
    public partial void LaneFailed(string subscription, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was published as {Published} does not come to {Endpoint}: subscription {Subscription} has no dead-letter queue, and {Reason}")]
    public partial void NotDelivered(string published, string subscription, string endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Message} was dropped: subscription {Subscription} to {Endpoint} has no dead-letter queue, and {Reason}")]
    public partial void Dropped(MessageId message, string subscription, string endpoint, string reason);
}

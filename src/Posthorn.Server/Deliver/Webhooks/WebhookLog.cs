using Microsoft.Extensions.Logging;
using Posthorn.Messages;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What webhooks tell the operator.</summary>
internal sealed partial class WebhookLog(ILogger<WebhookLog> logger)
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Webhook} posts what comes into {Queue} to {Url}")]
    public partial void Begun(string webhook, string queue, string url);

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Webhook} ended; what comes into {Queue} waits there")]
    public partial void Ended(string webhook, string queue);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook} posts nothing: {Reason}")]
    public partial void Misconfigured(string webhook, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A webhook that is kept as {Key} cannot be read and is left where it is: {Reason}")]
    public partial void Unreadable(string key, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Webhook {Webhook}: {Message} to {Endpoint}, attempt {Attempt}: {Reason} in {Milliseconds} ms")]
    public partial void Attempted(string webhook, MessageId message, string endpoint, int attempt, string reason, long milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Webhook}: message {Message} is a dead letter in {Queue}: {Reason}")]
    public partial void GivenUp(string webhook, MessageId message, string queue, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Webhook}: {Endpoint} keeps failing, since {Since:u}, and is tried again at {Until:u}: {Reason}")]
    public partial void Paused(string webhook, string endpoint, DateTimeOffset? since, DateTimeOffset? until, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook}: {Endpoint} is disabled until somebody resumes it: {Reason}")]
    public partial void Disabled(string webhook, string endpoint, string? reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Webhook}: {Endpoint} answers again")]
    public partial void Recovered(string webhook, string endpoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook}: deliveries to {Endpoint} failed; they go on when their leases end")]
    public partial void LaneFailed(string webhook, string endpoint, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook}: how its endpoint {Endpoint} is could not be kept")]
    public partial void NotKept(string webhook, string endpoint, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Webhook} posts no more until the next start")]
    public partial void Stopped(string webhook, Exception exception);
}

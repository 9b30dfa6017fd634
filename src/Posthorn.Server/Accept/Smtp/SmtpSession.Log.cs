using Microsoft.Extensions.Logging;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

internal sealed partial class SmtpSession
{
    // The message log tells of each acceptance; here it has what only who looks into sessions needs.
    [LoggerMessage(Level = LogLevel.Debug, Message = "Accepted {Message} over {Protocol} from {Peer} ({Hello}), transaction {Transaction}: sender <{Sender}>, {Recipients} recipients, {Bytes} bytes, Message-ID {MessageId}, account {Account}.")]
    private static partial void LogAccepted(
        ILogger logger, string message, string protocol, ClientPeer peer, string hello, string transaction, string sender, int recipients, long bytes, string messageId, string account);

    [LoggerMessage(Level = LogLevel.Information, Message = "Refused {What} from {Peer} ({Hello}): {Reply}")]
    private static partial void LogRefused(ILogger logger, string what, ClientPeer peer, string hello, string reply);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Authentication of {Peer} by {Mechanism} failed.")]
    private static partial void LogAuthFailed(ILogger logger, ClientPeer peer, string mechanism);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The connection from {Peer} was lost{During}.")]
    private static partial void LogLost(ILogger logger, ClientPeer peer, string during, Exception? exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "TLS with {Peer} could not be started: {Reason}")]
    private static partial void LogTlsFailed(ILogger logger, ClientPeer peer, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The session with {Peer} failed; this is a fault of the server.")]
    private static partial void LogFault(ILogger logger, ClientPeer peer, Exception exception);
}

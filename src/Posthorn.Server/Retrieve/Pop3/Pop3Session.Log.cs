using Microsoft.Extensions.Logging;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Pop3;

internal sealed partial class Pop3Session
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Peer} logged in over POP3 as {Account}: {Queue}, {Messages} messages.")]
    private static partial void LogLoggedIn(ILogger logger, ClientPeer peer, string account, QueueName queue, int messages);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Peer} quit {Queue}: {Removed} messages removed, {Lost} were not its own any more.")]
    private static partial void LogQuit(ILogger logger, ClientPeer peer, QueueName queue, int removed, int lost);

    [LoggerMessage(Level = LogLevel.Warning, Message = "POP3 login of {Peer} by {Mechanism} failed.")]
    private static partial void LogAuthFailed(ILogger logger, ClientPeer peer, string mechanism);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The POP3 session with {Peer} ended without QUIT ({End}); nothing was removed.")]
    private static partial void LogEnded(ILogger logger, ClientPeer peer, LineRead end);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The POP3 connection from {Peer} was lost; nothing was removed.")]
    private static partial void LogLost(ILogger logger, ClientPeer peer, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} cannot be read.")]
    private static partial void LogDamaged(ILogger logger, MessageId message, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "TLS with {Peer} could not be started: {Reason}")]
    private static partial void LogTlsFailed(ILogger logger, ClientPeer peer, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The POP3 session with {Peer} failed; this is a fault of the server.")]
    private static partial void LogFault(ILogger logger, ClientPeer peer, Exception exception);
}

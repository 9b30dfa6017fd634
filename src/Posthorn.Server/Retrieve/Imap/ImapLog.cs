using Microsoft.Extensions.Logging;
using Posthorn.Queues;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What the IMAP doors tell the operator. A command and a message are the debug level's.</summary>
internal static partial class ImapLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Account {Account} logged in over IMAP from {Peer} by {Mechanism}.")]
    public static partial void LoggedIn(ILogger logger, string account, ClientPeer peer, string mechanism);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Authentication of {Peer} by {Mechanism} over IMAP failed.")]
    public static partial void AuthFailed(ILogger logger, ClientPeer peer, string mechanism);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The IMAP client at {Peer} ({Account}) is {Client}.")]
    public static partial void Client(ILogger logger, ClientPeer peer, string account, string client);

    [LoggerMessage(Level = LogLevel.Trace, Message = "{Peer} ({Account}): {Command}: {Outcome}")]
    public static partial void Command(ILogger logger, ClientPeer peer, string account, string command, string outcome);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} messages were appended to '{Queue}' over IMAP by account {Account} at {Peer}, {Bytes} bytes.")]
    public static partial void Appended(ILogger logger, int count, QueueName queue, string account, ClientPeer peer, long bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Account {Account} at {Peer} {Did} over IMAP.")]
    public static partial void MailboxesChanged(ILogger logger, string account, ClientPeer peer, string did);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The IMAP connection from {Peer} was lost.")]
    public static partial void Lost(ILogger logger, ClientPeer peer, Exception? exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "TLS with {Peer} could not be started: {Reason}")]
    public static partial void TlsFailed(ILogger logger, ClientPeer peer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of an IMAP session on '{Queue}' could not be renewed; it is tried again")]
    public static partial void NotRenewed(ILogger logger, QueueName queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Number} of '{Queue}' cannot be read")]
    public static partial void Unreadable(ILogger logger, long number, QueueName queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The IMAP session with {Peer} failed; this is a fault of the server.")]
    public static partial void Fault(ILogger logger, ClientPeer peer, Exception exception);
}

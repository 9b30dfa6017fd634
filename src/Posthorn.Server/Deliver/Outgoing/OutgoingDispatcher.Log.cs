using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    [LoggerMessage(3001, LogLevel.Information, "Outgoing mail stops; {Couriers} deliveries are finished first.")]
    private partial void LogStopping(int couriers);

    [LoggerMessage(3002, LogLevel.Warning, "The drain limit is over; {Couriers} deliveries are cut off and will be repeated.")]
    private partial void LogDrainCut(int couriers);

    [LoggerMessage(3003, LogLevel.Critical, "Outgoing mail stops because the engine failed.")]
    private partial void LogEngineFailed(Exception e);

    [LoggerMessage(3004, LogLevel.Error, "A courier to {Destination} ended unexpectedly; its mail is tried again when its lease ends.")]
    private partial void LogCourierFailed(string destination, Exception e);

    [LoggerMessage(3005, LogLevel.Information, "{Destination} failed ({Peer}): {Reply}")]
    private partial void LogDestinationFailed(string destination, string? peer, string reply);

    [LoggerMessage(3006, LogLevel.Error, "The content of {Message} can't be read; it is held.")]
    private partial void LogBodyLost(string message, Exception e);

    [LoggerMessage(3007, LogLevel.Warning, "No room for the bounce or dead letter of {Message}: {Reason} What was delivered is settled, the rest waits.")]
    private partial void LogNoRoom(string message, string reason);

    [LoggerMessage(3008, LogLevel.Warning, "The result of a delivery could not be recorded: {Reason}")]
    private partial void LogUnsettled(string reason);

    [LoggerMessage(3009, LogLevel.Debug, "Not swept yet: {Reason}")]
    private partial void LogSweepPostponed(string reason);

    [LoggerMessage(3010, LogLevel.Trace, "{Message}: {Delivered} delivered, {Deferred} deferred, {Failed} failed.")]
    private partial void LogSettled(string message, int delivered, int deferred, int failed);

    [LoggerMessage(3011, LogLevel.Debug, "The other nodes are not told of the destinations yet: {Reason}")]
    private partial void LogNotTold(string reason);

    [LoggerMessage(3012, LogLevel.Warning, "{Destination} was to be tried again at once, as another node was asked, and is not: {Reason}")]
    private partial void LogNotRetried(string destination, string reason);
}

using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What all streams share.</summary>
internal sealed class StreamContext
{
    public required IEngine Engine { get; init; }

    public required ITimeline Timeline { get; init; }

    public required TimeProvider Time { get; init; }

    public required StreamLimits Limits { get; init; }

    public required StreamMetrics Metrics { get; init; }

    public required LeaseWatch Watch { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Cancelled when the server stops.</summary>
    public required CancellationToken Stopping { get; init; }

    public void Record(TimelineKind kind, HeldMessage message, string detail) =>
        Timeline.Record(new TimelineEvent(kind, message.Handle.Message, message.Origin, message.Queue, detail) { IsOfProgram = true });

    public void RecordPush(LeasedMessage leased, StreamRequest request)
    {
        var message = leased.Message;
        Metrics.Pushed();
        Timeline.RecordStay(leased, Time.GetUtcNow());
        Timeline.Record(new TimelineEvent(TimelineKind.Leased, message.Id, message.Origin, message.Queue, $"by stream to account {request.Caller.Name}") { IsOfProgram = true });
    }
}

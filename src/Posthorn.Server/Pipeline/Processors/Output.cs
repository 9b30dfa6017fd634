using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A message that comes out of a run.</summary>
/// <param name="Message">The message.</param>
/// <param name="GoesOn">Whether it is the mail itself that goes on, whole or a branch of it; false for a copy, a bounce, a notification.</param>
/// <param name="Kind">What the timeline calls it.</param>
/// <param name="Detail">What the timeline says with it.</param>
internal sealed record Output(NewMessage Message, bool GoesOn, TimelineKind Kind, string? Detail)
{
    /// <summary>The queue into which a delivery is reported here: should it not take the mail now, the report is not true yet. Null for anything else.</summary>
    public QueueName? Reports { get; init; }
}

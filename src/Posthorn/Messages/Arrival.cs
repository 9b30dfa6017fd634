namespace Posthorn.Messages;

/// <summary>What an engine that is one of several shards is told of a message that another one has decided to hand on.</summary>
/// <param name="Id">The id it comes with; one that is there already is a <see cref="Commits.ConflictReason.MessageExists"/>.</param>
/// <param name="IsMove">Whether it was moved rather than sent: its deduplication id is kept and not looked at.</param>
/// <param name="ReceiveCount">How often it counts as handed out: 0 or more.</param>
/// <remarks>It was decided elsewhere that the message is here, so no limit of the queue stands in its way.</remarks>
internal sealed record Arrival(MessageId Id, bool IsMove, int ReceiveCount);

namespace Posthorn.Client.Contracts.Queues;

/// <summary>One row of a queue's shape.</summary>
/// <param name="Key">The domain or error; empty for messages that have none.</param>
/// <param name="Messages">Messages of the row.</param>
/// <param name="ByAge">Messages in each age class: one more than <see cref="QueueShape.AgesTo"/>.</param>
public sealed record ShapeRow(string Key, long Messages, IReadOnlyList<long> ByAge);

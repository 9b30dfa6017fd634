namespace Posthorn.PostgreSql.Committing;

/// <summary>Where a deduplication id must be the only one: in a queue, or in a group of it (empty when the whole queue is meant).</summary>
internal readonly record struct DeduplicationKey(long QueueId, string Group, string Id);

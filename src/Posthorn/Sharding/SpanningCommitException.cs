namespace Posthorn.Sharding;

/// <summary>
/// A commit cannot be done as one, because operations that may fail lie in several shards: changes, moves and removals of messages in more than one of
/// them. Nothing happened. Do them in a commit each.
/// </summary>
public sealed class SpanningCommitException(string message) : InvalidOperationException(message);

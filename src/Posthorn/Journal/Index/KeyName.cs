namespace Posthorn.Journal.Index;

/// <summary>What is remembered of a commit or a message so that it does not happen twice.</summary>
/// <param name="Queue">The identity of the queue a deduplication id belongs to; 0 for a commit's idempotency key.</param>
/// <param name="Group">The group it belongs to when its queue tells ids apart by group; else empty.</param>
/// <param name="Text">The key or the id.</param>
internal readonly record struct KeyName(long Queue, string Group, string Text)
{
    public static KeyName OfCommit(string key) => new(0, "", key);
}

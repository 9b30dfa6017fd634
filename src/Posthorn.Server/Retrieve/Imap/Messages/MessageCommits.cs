using Posthorn.Commits;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>Commands on many messages: few commits of bounded size, not one a message; what stands in the way of one message hinders no other.</summary>
internal static class MessageCommits
{
    /// <summary>Most operations of a commit: so that others' commits are not held up, while a sync is shared by many.</summary>
    public const int OperationsMax = 1_000;

    /// <summary>Another commit on the same message is on its way to the disk: some milliseconds.</summary>
    public static readonly TimeSpan BusyWait = TimeSpan.FromMilliseconds(2);

    private const int TriesMax = 1_000;

    /// <summary>Commits an operation for each item.</summary>
    /// <param name="context">The engine and the clock.</param>
    /// <param name="items">What it is about.</param>
    /// <param name="add">Adds one operation, no more, for an item.</param>
    /// <param name="done">Told after each commit of the items in it, in the order of its operations.</param>
    /// <returns>For each item what stood in its way; null when it is done.</returns>
    /// <exception cref="Engine.StorageFullException">There is no space; commits before are done.</exception>
    /// <exception cref="Engine.QueueFullException">A queue has no room; commits before are done.</exception>
    public static async ValueTask<ConflictReason?[]> CommitAsync<T>(
        ImapContext context, IReadOnlyList<T> items, Action<Commit, T> add, Action<IReadOnlyList<T>, CommitResult>? done = null)
    {
        var outcomes = new ConflictReason?[items.Count];
        for (var start = 0; start < items.Count; start += OperationsMax)
        {
            var waiting = Enumerable.Range(start, Math.Min(OperationsMax, items.Count - start)).ToList();
            for (var tries = 1; waiting.Count > 0; tries++)
            {
                var commit = new Commit();
                foreach (var index in waiting)
                    add(commit, items[index]);
                try
                {
                    // No cancellation: from here on the commit decides, whether or not the client is still there to hear of it.
                    var result = await context.Engine.CommitAsync(commit, CancellationToken.None);
                    done?.Invoke([.. waiting.Select(i => items[i])], result);
                    break;
                }
                catch (CommitConflictException e) when (tries < TriesMax)
                {
                    if (e.Conflicts.Any(c => c.Reason == ConflictReason.MessageBusy))
                        await Task.Delay(BusyWait, context.Time);
                    var stopped = e.Conflicts.Where(c => c.Reason != ConflictReason.MessageBusy).ToDictionary(c => c.Operation, c => c.Reason);
                    foreach (var (operation, reason) in stopped)
                        outcomes[waiting[operation]] = reason;
                    waiting = [.. waiting.Where((_, operation) => !stopped.ContainsKey(operation))];
                }
            }
        }
        return outcomes;
    }
}

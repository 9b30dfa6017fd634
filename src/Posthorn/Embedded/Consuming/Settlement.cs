using Posthorn.Commits;

namespace Posthorn.Embedded.Consuming;

/// <summary>Commits what settles received messages, and tells their leases how it went.</summary>
internal static class Settlement
{
    /// <summary>Another commit on a message (an administrator's change, say) is on disk within milliseconds; after so many looks something else is wrong.</summary>
    private const int BusyTriesMax = 500;

    private static readonly TimeSpan BusyWait = TimeSpan.FromMilliseconds(10);

    public static async ValueTask<CommitResult> CommitAsync(
        StoreContext context, Commit commit, IReadOnlyList<(int Operation, ReceivedMessage Message)> settled, CancellationToken cancellationToken)
    {
        var begun = 0;
        try
        {
            for (; begun < settled.Count; begun++)
                Begin(settled[begun].Message);
            var result = await CommitAsync(context, commit, cancellationToken);
            foreach (var (_, message) in settled)
                message.Lease.Settled();
            return result;
        }
        catch (CommitConflictException e)
        {
            var ended = e.Conflicts.Where(c => c.Reason is ConflictReason.LeaseEnded or ConflictReason.MessageNotFound).Select(c => c.Operation).ToHashSet();
            var lost = settled.Where(s => ended.Contains(s.Operation)).Select(s => s.Message).ToList();
            lost.ForEach(message => message.Lease.Lose());
            if (lost.Count == 0)
                throw;
            throw new LeaseLostException([.. lost.Select(message => message.Id)], e);
        }
        finally
        {
            for (var i = 0; i < begun; i++)
                settled[i].Message.Lease.Keep();
        }
    }

    private static void Begin(ReceivedMessage message)
    {
        var before = message.Lease.BeginSettling();
        if (before == LeaseState.Lost)
            throw new LeaseLostException([message.Id]);
        if (before != LeaseState.Held)
            throw new InvalidOperationException($"Message {message.Id} has been settled already.");
    }

    private static async ValueTask<CommitResult> CommitAsync(StoreContext context, Commit commit, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await context.Engine.CommitAsync(commit, cancellationToken);
            }
            catch (CommitConflictException e) when (tries < BusyTriesMax && e.Conflicts.All(c => c.Reason == ConflictReason.MessageBusy))
            {
                await Task.Delay(BusyWait, context.Time, cancellationToken);
            }
        }
    }
}

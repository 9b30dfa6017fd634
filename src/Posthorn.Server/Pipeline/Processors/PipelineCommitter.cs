using Microsoft.Extensions.Logging;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Makes results durable: all of a batch in one commit, and when some of them stand in the way, the others without them.</summary>
/// <remarks>
/// Diagnostics: a mail that an administrator took meanwhile is left out, its result forgotten; what is for a full queue waits by itself
/// (<see cref="PipelineRun.DeferAsync"/>); without space what adds waits, what only moves goes on; anything else fails the mail that caused it.
/// </remarks>
internal sealed class PipelineCommitter(PipelineServices services)
{
    /// <summary>Most times one mail's result is changed and committed again: each time another queue refused.</summary>
    private const int TriesMax = 20;

    /// <summary>Commits and reports them, and lets go of them. Once this has begun it is not cancelled.</summary>
    /// <exception cref="EngineFailedException">The engine is out of service.</exception>
    /// <exception cref="EngineUnavailableException">It cannot be reached; the mails are taken up again when their leases end.</exception>
    public async Task CommitAsync(IReadOnlyList<MailResult> results)
    {
        try
        {
            await CommitTogetherAsync(results);
        }
        finally
        {
            foreach (var result in results)
                await result.DisposeAsync();
        }
    }

    private async Task CommitTogetherAsync(IReadOnlyList<MailResult> results)
    {
        var left = results;
        var alone = new List<MailResult>();
        var isWithoutSpace = false;
        while (left.Count > 0)
        {
            var ends = new int[left.Count];
            try
            {
                await CommitAsync(left, ends);
                break;
            }
            catch (CommitConflictException e)
            {
                left = WithoutConflicts(left, ends, e);
            }
            catch (QueueFullException e)
            {
                alone.AddRange(left.Where(r => r.GoesTo(e.Queue)));
                var others = left.Where(r => !r.GoesTo(e.Queue)).ToArray();
                if (others.Length == left.Count)
                    throw new InvalidOperationException($"The engine refused mail for the queue '{e.Queue}', but there was none.", e);
                left = others;
            }
            catch (StorageFullException) when (!isWithoutSpace)
            {
                isWithoutSpace = true;
                left = left.Select(r => r.AddsMessages ? r.Run.WaitForSpace() : r).ToArray();
            }
            catch (Exception e) when (!EngineOutage.Is(e) && left.Count > 1)
            {
                services.Log.BatchFailed(left.Count, e);
                alone.AddRange(left);
                left = [];
            }
        }

        // Each waits for the disk on its own; the engine gathers what waits into one sync.
        if (alone.Count > 0)
            await Task.WhenAll(alone.Select(CommitAloneAsync));
    }

    private async Task CommitAloneAsync(MailResult result)
    {
        var limits = new RunLimits(CancellationToken.None, CancellationToken.None);
        for (var tries = 1; tries <= TriesMax; tries++)
        {
            try
            {
                await CommitAsync([result], new int[1]);
                return;
            }
            catch (CommitConflictException e)
            {
                services.Log.LeftOut(result.Leased.Message.Id, e.Conflicts[0].Reason);
                return;
            }
            catch (QueueFullException e)
            {
                result = await result.Run.DeferAsync(e.Queue, e.IsMessageTooLarge, limits);
            }
            catch (StorageFullException) when (result.AddsMessages)
            {
                result = result.Run.WaitForSpace();
            }
            catch (Exception e) when (!EngineOutage.Is(e) && tries < TriesMax)
            {
                result = result.Run.Failed(e);
            }
        }
    }

    private async Task CommitAsync(IReadOnlyList<MailResult> results, int[] ends)
    {
        var now = services.Time.GetUtcNow();
        var commit = new Commit { Linger = services.Settings.CommitLinger };
        for (var i = 0; i < results.Count; i++)
        {
            results[i].AddTo(commit, now);
            ends[i] = commit.Operations.Count;
        }

        var done = await services.Engine.CommitAsync(commit, CancellationToken.None);
        var next = 0;
        foreach (var result in results)
            result.Report(done.Added, ref next);
    }

    private MailResult[] WithoutConflicts(IReadOnlyList<MailResult> results, int[] ends, CommitConflictException e)
    {
        var conflicting = new HashSet<int>();
        foreach (var conflict in e.Conflicts)
        {
            // The first mail whose operations end behind this one is whose it is.
            var at = Array.BinarySearch(ends, conflict.Operation + 1);
            if (conflicting.Add(at < 0 ? ~at : at))
                services.Log.LeftOut(results[at < 0 ? ~at : at].Leased.Message.Id, conflict.Reason);
        }

        return results.Where((_, i) => !conflicting.Contains(i)).ToArray();
    }
}

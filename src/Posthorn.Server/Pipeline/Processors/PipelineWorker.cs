using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Server.Pipeline.Processors;

// A loop of its own for each worker of each queue: lease a batch, run it, commit it.
/// <summary>Works off one queue of the pipeline.</summary>
/// <remarks>
/// Diagnostics: a mail that waits (for an HTTP answer, a slow disk) does not keep its batch waiting: it is committed when it is through
/// (<see cref="LateMails"/>). When the engine is out of service the worker ends. Any other fault of the loop is logged, and it begins again.
/// </remarks>
internal sealed class PipelineWorker(
    QueueName queue, Func<LeasedMessage, DateTimeOffset, RunLimits, ValueTask<MailResult>> run, PipelineServices services, PipelineCommitter committer, LateMails late)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly LeaseRequest _request = new()
    {
        MessagesMax = services.Settings.BatchMax,
        VisibilityTimeout = services.Settings.LeaseTimeout,
        Wait = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Works until the server stops or the engine is out of service.</summary>
    public async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var draining = await services.Duty.WaitAsync(stopping);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, draining);
                await WorkAsync(stopping, either.Token);
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                // The node drains: other nodes work the queue off.
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (EngineFailedException)
            {
                return;
            }
        }
    }

    /// <param name="stopping">The server stops.</param>
    /// <param name="taking">Nothing more is to be taken.</param>
    private async Task WorkAsync(CancellationToken stopping, CancellationToken taking)
    {
        while (true)
        {
            try
            {
                // Itself too: of a token's linked ones each learns of it in its turn, and what a stop has just given back must not be taken up again.
                stopping.ThrowIfCancellationRequested();
                taking.ThrowIfCancellationRequested();
                await late.WaitForRoomAsync(taking);
                var leased = await services.Engine.LeaseAsync(queue, _request, taking);
                if (leased.Count > 0)
                    await ProcessAsync(leased, stopping);
                else
                    await Task.Delay(s_pause, services.Time, taking); // paused, or deleted: there is nothing that wakes us
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested || taking.IsCancellationRequested)
            {
                throw;
            }
            catch (EngineFailedException e)
            {
                services.Log.EngineFailed(e);
                throw;
            }
            catch (Exception e)
            {
                services.Log.WorkerFailed(queue, e);
                await Task.Delay(s_pause, services.Time, CancellationToken.None);
            }
        }
    }

    /// <summary>Runs a batch and commits what is through; mails that wait go to <see cref="LateMails"/>.</summary>
    public async Task ProcessAsync(IReadOnlyList<LeasedMessage> leased, CancellationToken stopping)
    {
        var begun = services.Time.GetTimestamp();
        var now = services.Time.GetUtcNow();
        using var timeout = new RunTimeout(services, stopping);
        var results = new List<MailResult>(leased.Count);
        foreach (var mail in leased)
        {
            var pending = run(mail, now, timeout.Limits);
            if (pending.IsCompletedSuccessfully)
                results.Add(await pending);
            else
                late.Add(mail, pending.AsTask(), timeout);
        }

        if (results.Count == 0)
            return;
        await committer.CommitAsync(results);
        services.Metrics.Committed(results.Count, services.Time.GetElapsedTime(begun));
    }
}

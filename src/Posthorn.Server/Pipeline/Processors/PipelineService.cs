using Microsoft.Extensions.Hosting;
using Posthorn.Commits;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Runs the pipeline's workers: some for each queue of it, the ones of processors that are no longer configured included.</summary>
internal sealed class PipelineService(PipelineDefinition definition, PipelineServices services) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var committer = new PipelineCommitter(services);
        var late = new LateMails(services, committer);
        var committing = late.CommitAsync();
        await MakeQueuesAsync(stoppingToken);

        var workers = new List<Task>();
        foreach (var (queue, entry) in Entries(definition, services))
        {
            var worker = new PipelineWorker(
                queue, (mail, now, limits) => new PipelineRun(mail, definition, services, now).RunAsync(entry, limits), services, committer, late);
            for (var i = 0; i < services.Settings.Workers; i++)
                workers.Add(Task.Run(() => worker.WorkAsync(stoppingToken), CancellationToken.None));
        }

        var deferred = new PipelineWorker(
            SpoolQueues.Deferred, (mail, now, limits) => new PipelineRun(mail, definition, services, now).RunDeferredAsync(limits), services, committer, late);
        workers.Add(Task.Run(() => deferred.WorkAsync(stoppingToken), CancellationToken.None));

        await Task.WhenAll(workers);
        await late.CompleteAsync();
        await committing;
    }

    /// <summary>Each queue and the processor at which its mail enters.</summary>
    public static Dictionary<QueueName, Processor> Entries(PipelineDefinition definition, PipelineServices services)
    {
        var entries = definition.Processors.Where(p => p.IsQueued).ToDictionary(p => p.Queue);
        entries[SpoolQueues.Root] = definition.Root;
        // What was held as an error and released goes on at its rule; anything else in there begins at the error processor, or at the root.
        entries[SpoolQueues.Processor(Processor.Error)] = definition.Error ?? definition.Root;
        foreach (var status in services.Engine.Queues())
        {
            if (status.Name.IsBelow("spool/process") && entries.TryAdd(status.Name, definition.Root))
                services.Log.Orphaned(status.Name);
        }

        return entries;
    }

    private async Task MakeQueuesAsync(CancellationToken cancellationToken)
    {
        var commit = new Commit();
        foreach (var queue in Entries(definition, services).Keys.Append(SpoolQueues.Deferred).Append(SpoolQueues.Outgoing).Append(SpoolQueues.DeadLetters))
        {
            if (services.Engine.Status(queue) is null)
                commit.SetQueue(queue, QueuePolicy.Default);
        }

        if (commit.Operations.Count > 0)
            await services.Engine.CommitAsync(commit, cancellationToken);
    }
}

using Microsoft.Extensions.Hosting;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Runs the pipeline's workers: some for each queue of it, the ones of processors that are no longer configured included.</summary>
internal sealed class PipelineService(PipelineDefinition definition, PipelineServices services) : BackgroundService
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1); // for queues that could not be reached at the start

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var committer = new PipelineCommitter(services);
        var late = new LateMails(services, committer);
        var committing = late.CommitAsync();
        var left = await MakeAsync(
            [.. Entries(definition, services).Keys, SpoolQueues.Deferred, SpoolQueues.Outgoing, SpoolQueues.DeadLetters], stoppingToken);

        var workers = new List<Task> { MakeLaterAsync(left, stoppingToken) };
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

    /// <summary>Makes queues that are missing.</summary>
    /// <returns>Those that cannot be reached now.</returns>
    private async Task<List<QueueName>> MakeAsync(IReadOnlyList<QueueName> queues, CancellationToken cancellationToken)
    {
        var left = new List<QueueName>();
        foreach (var queue in queues)
        {
            try
            {
                if (services.Engine.Status(queue) is null)
                    await services.Engine.CommitAsync(new Commit().MakeQueue(queue, QueuePolicy.Default), cancellationToken);
            }
            catch (EngineUnavailableException)
            {
                left.Add(queue);
            }
        }
        return left;
    }

    private async Task MakeLaterAsync(List<QueueName> queues, CancellationToken stoppingToken)
    {
        while (queues.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_lookAgain, services.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
                queues = await MakeAsync(queues, CancellationToken.None);
        }
    }
}

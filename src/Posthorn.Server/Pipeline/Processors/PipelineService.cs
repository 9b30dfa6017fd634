using Microsoft.Extensions.Hosting;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Operate.Outages;
using Posthorn.Server.Spool;
using Posthorn.Sharding;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Runs the pipeline's workers: some for each queue of it, the ones of processors that are no longer configured included.</summary>
/// <remarks>Diagnostics: queues that cannot be reached at the start are made, and taken up, when they can.</remarks>
internal sealed class PipelineService(PipelineDefinition definition, PipelineServices services) : BackgroundService
{
    /// <summary>The queues at work. One attempt after the other adds to it and to the workers, until all queues could be reached.</summary>
    private readonly HashSet<QueueName> _atWork = [];
    private readonly List<Task> _workers = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var committer = new PipelineCommitter(services);
        var late = new LateMails(services, committer);
        var committing = late.CommitAsync();
        try
        {
            await Outage.SitOutAsync(token => TryBeginAsync(committer, late, token, stoppingToken), services.Time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What could not be reached is made at the next start.
        }

        await Task.WhenAll(_workers);
        await late.CompleteAsync();
        await committing;
    }

    /// <summary>Each queue and the processor at which its mail enters.</summary>
    public static Dictionary<QueueName, Processor> Entries(PipelineDefinition definition, IEnumerable<QueueStatus> queues)
    {
        var entries = Configured(definition);
        foreach (var status in queues.Where(q => q.Name.IsBelow("spool/process")))
            entries.TryAdd(status.Name, definition.Root);
        return entries;
    }

    private static Dictionary<QueueName, Processor> Configured(PipelineDefinition definition)
    {
        var entries = definition.Processors.Where(p => p.IsQueued).ToDictionary(p => p.Queue);
        entries[SpoolQueues.Root] = definition.Root;
        // What was held as an error and released goes on at its rule; anything else in there begins at the error processor, or at the root.
        entries[SpoolQueues.Processor(Processor.Error)] = definition.Error ?? definition.Root;
        return entries;
    }

    /// <summary>Makes the queues that are missing, and begins to work off those that are not worked off yet.</summary>
    /// <returns>Whether that is all of them: none is in a shard that is away.</returns>
    private async Task<bool> TryBeginAsync(PipelineCommitter committer, LateMails late, CancellationToken cancellationToken, CancellationToken stopping)
    {
        var configured = Configured(definition);
        var isAll = await TryMakeAsync([.. configured.Keys, SpoolQueues.Deferred, SpoolQueues.Outgoing, SpoolQueues.DeadLetters], cancellationToken);
        var isWhole = true;
        var queues = services.Engine is ShardedEngine shards ? shards.Queues(out isWhole) : services.Engine.Queues();
        foreach (var (queue, entry) in Entries(definition, queues).Where(e => _atWork.Add(e.Key)))
        {
            if (!configured.ContainsKey(queue))
                services.Log.Orphaned(queue);
            Begin(
                new PipelineWorker(queue, (mail, now, limits) => new PipelineRun(mail, definition, services, now).RunAsync(entry, limits), services, committer, late),
                services.Settings.Workers, stopping);
        }
        if (_atWork.Add(SpoolQueues.Deferred))
        {
            Begin(
                new PipelineWorker(
                    SpoolQueues.Deferred, (mail, now, limits) => new PipelineRun(mail, definition, services, now).RunDeferredAsync(limits), services, committer, late),
                count: 1, stopping);
        }
        return isAll && isWhole;
    }

    private void Begin(PipelineWorker worker, int count, CancellationToken stopping)
    {
        for (var i = 0; i < count; i++)
            _workers.Add(Task.Run(() => worker.WorkAsync(stopping), CancellationToken.None));
    }

    private async Task<bool> TryMakeAsync(IEnumerable<QueueName> queues, CancellationToken cancellationToken)
    {
        var isAll = true;
        foreach (var queue in queues)
        {
            try
            {
                if (services.Engine.Status(queue) is null)
                    await services.Engine.CommitAsync(new Commit().MakeQueue(queue, QueuePolicy.Default), cancellationToken);
            }
            catch (EngineUnavailableException)
            {
                isAll = false;
            }
        }
        return isAll;
    }
}

using Posthorn.Queues;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;
using Posthorn.UnitTests.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

/// <summary>A pipeline that starts while a shard is away: what is there goes on, and what comes is taken up.</summary>
public sealed class AwayShardTests
{
    private static readonly QueueName Gone = QueueName.Parse("spool/process/gone");
    private static readonly QueueName Box = QueueName.Parse("a");
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A worker that met the outage pauses, and time must pass for it to end.</summary>
    private static async Task StopAsync(PipelineService service, PipelineWorld world)
    {
        var stopping = service.StopAsync(CancellationToken.None);
        await world.Clock.UntilAsync(() => stopping.IsCompleted, Step, Patience);
        await stopping;
    }

    [Theory]
    [InlineData("spool/process/gone")]
    [InlineData("spool/process/gone", "spool/deferred")]
    public async Task What_is_in_its_queues_is_taken_up_when_it_comes_also_of_processors_that_are_not_configured_any_more(params string[] queues)
    {
        var shards = new TwoShards { Queues = queues };
        await using (var before = new PipelineWorld(time => shards.OpenLosableAsync(time).GetAwaiter().GetResult()))
            await before.SendAsync(["a@here.test"], queue: Gone);
        shards.IsAway = true;
        var engine = default(Posthorn.Sharding.ShardedEngine)!;
        await using var world = new PipelineWorld(time => engine = shards.OpenLosableAsync(time).GetAwaiter().GetResult());
        world.WithoutPipeline();
        using var service = new PipelineService(world.Definition, world.Services with { Engine = engine });
        await service.StartAsync(CancellationToken.None);
        await world.SendAsync("a@here.test");
        await UntilAsync(() => engine.Status(Box)?.Ready == 1);

        shards.IsAway = false;
        await UntilAsync(() => engine.Health.Reason is null && engine.Status(Box)!.Ready == 2 && engine.Status(SpoolQueues.Deferred) is not null);
        engine.Status(Gone)!.Messages.ShouldBe(0);
        await StopAsync(service, world);
        service.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();

        Task UntilAsync(Func<bool> isSo) => world.Clock.UntilAsync(isSo, Step, Patience);
    }

    [Fact]
    public async Task It_stops_while_the_shard_is_away()
    {
        var shards = new TwoShards { Queues = [Gone.Value] };
        await using (new PipelineWorld(time => shards.OpenLosableAsync(time).GetAwaiter().GetResult()))
        {
            // They are recorded.
        }
        shards.IsAway = true;
        var engine = default(Posthorn.Sharding.ShardedEngine)!;
        await using var world = new PipelineWorld(time => engine = shards.OpenLosableAsync(time).GetAwaiter().GetResult());
        world.WithoutPipeline();
        using var service = new PipelineService(world.Definition, world.Services with { Engine = engine });
        await service.StartAsync(CancellationToken.None);
        await world.SendAsync("a@here.test");
        await world.Clock.UntilAsync(() => engine.Status(Box)?.Ready == 1, Step, Patience);
        await StopAsync(service, world);
        service.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
    }
}

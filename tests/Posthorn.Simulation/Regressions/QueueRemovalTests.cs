using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation.Regressions;

/// <summary>I2, seed 0xd65: a message that was moved into a queue and ended with it came back from the segment it had first been added in.</summary>
public sealed class QueueRemovalTests
{
    private static readonly QueueName First = QueueName.Parse("first");
    private static readonly QueueName Removed = QueueName.Parse("removed");
    private static readonly QueueName Filling = QueueName.Parse("filling");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_that_ended_with_its_queue_does_not_come_back_when_its_record_there_is_compacted_away(bool isRestartedBetween)
    {
        var context = new SimulationContext(new SimulationRandom(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        context.Run(() => LiveAsync(context, isRestartedBetween), stepsMax: 400_000);
    }

    private static async Task LiveAsync(SimulationContext context, bool isRestartedBetween)
    {
        var disk = new SimulatedDisk(context, context.Time, new SimulationRandom(2), new DiskCharacter());
        var engine = await OpenAsync(context, disk);
        // The oldest segment stays, since most of it lives on.
        var added = await AddAsync(engine, First, 14);
        var moved = added[0];
        await FillAsync(engine, 30);
        await engine.CommitAsync(new Commit().Move(moved, Removed));
        await FillAsync(engine, 30);
        await engine.CommitAsync(new Commit().DeleteQueue(Removed));
        if (isRestartedBetween)
            engine = await RestartAsync(context, engine, disk);
        await FillAsync(engine, 60);
        await Task.Delay(TimeSpan.FromMinutes(5), context.Time);
        engine = await RestartAsync(context, engine, disk);
        (await engine.FindAsync(moved)).ShouldBeNull();
        engine.Status(First)!.Messages.ShouldBe(13);
    }

    private static async Task<IEngine> RestartAsync(SimulationContext context, IEngine engine, SimulatedDisk disk)
    {
        await engine.DisposeAsync();
        return await OpenAsync(context, disk);
    }

    private static Task<IEngine> OpenAsync(SimulationContext context, SimulatedDisk disk) =>
        EngineUnderTest.OpenAsync(disk, new WorldOptions().Journal, context.Time, new SimulationRandom(3).NextUInt64);

    /// <summary>Adds and removes at once: segments that are dead when they are full.</summary>
    private static async Task FillAsync(IEngine engine, int count)
    {
        foreach (var id in await AddAsync(engine, Filling, count))
            await engine.CommitAsync(new Commit().Remove(id));
    }

    private static async Task<List<MessageId>> AddAsync(IEngine engine, QueueName queue, int count)
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < count; i++)
        {
            var result = await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[900]) }));
            ids.Add(result.Added[0].Id);
        }
        return ids;
    }
}

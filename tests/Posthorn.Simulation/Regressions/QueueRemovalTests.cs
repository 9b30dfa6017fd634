using Posthorn.Commits;
using Posthorn.Queues;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation.Regressions;

/// <summary>I2, seed 0xd65: a message that was moved into a queue and ended with it came back from the segment it had first been added in.</summary>
public sealed class QueueRemovalTests
{
    private static readonly QueueName First = QueueName.Parse("first");
    private static readonly QueueName Removed = QueueName.Parse("removed");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_that_ended_with_its_queue_does_not_come_back_when_its_record_there_is_compacted_away(bool isRestartedBetween) =>
        Regression.Run(context => LiveAsync(context, isRestartedBetween));

    private static async Task LiveAsync(SimulationContext context, bool isRestartedBetween)
    {
        var store = await RestartedStore.OpenAsync(context);
        // The oldest segment stays, since most of it lives on.
        var added = await store.AddAsync(First, 14);
        var moved = added[0];
        await store.FillAsync(30);
        await store.Engine.CommitAsync(new Commit().Move(moved, Removed));
        await store.FillAsync(30);
        await store.Engine.CommitAsync(new Commit().DeleteQueue(Removed));
        if (isRestartedBetween)
            await store.RestartAsync();
        await store.FillAsync(60);
        await Task.Delay(TimeSpan.FromMinutes(5), context.Time);
        await store.RestartAsync();
        (await store.Engine.FindAsync(moved)).ShouldBeNull();
        store.Engine.Status(First)!.Messages.ShouldBe(13);
    }
}

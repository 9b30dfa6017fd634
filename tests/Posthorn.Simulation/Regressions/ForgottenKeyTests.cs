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

/// <summary>
/// I1: a key was forgotten, the clock set back, and the key used again. When the time of that was over too, a start found the first use on disk, whose time
/// was not, and what came next was taken for a duplicate of a message long past.
/// </summary>
public sealed class ForgottenKeyTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Filling = QueueName.Parse("filling");
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>A deduplication id is remembered for five minutes, a commit's key for an hour.</summary>
    public static TheoryData<bool, bool, bool> Ways => new()
    {
        { false, false, false },
        { false, true, false },
        { false, false, true },
        { true, false, false },
        { true, true, false },
        { true, false, true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_key_that_was_forgotten_does_not_stand_again_when_the_one_that_came_for_it_is_forgotten_too(bool isOfCommit, bool isRestartedBetween, bool isCompacted)
    {
        var context = new SimulationContext(new SimulationRandom(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        context.Run(() => LiveAsync(context, isOfCommit, isRestartedBetween, isCompacted), stepsMax: 400_000);
    }

    [Fact]
    public void What_came_after_the_clock_was_set_back_stands_over_starts_until_its_time_is_over()
    {
        var context = new SimulationContext(new SimulationRandom(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        context.Run(
            async () =>
            {
                var disk = new SimulatedDisk(context, context.Time, new SimulationRandom(2), new DiskCharacter());
                var engine = await OpenAsync(context, disk);
                (await IsNewAsync(engine, "again", isOfCommit: false)).ShouldBeTrue();
                await Task.Delay(Hour, context.Time);
                (await IsNewAsync(engine, "other", isOfCommit: false)).ShouldBeTrue();
                context.Time.StepWallClock(-Hour);
                (await IsNewAsync(engine, "again", isOfCommit: false)).ShouldBeTrue();
                engine = await RestartAsync(context, engine, disk);
                (await IsNewAsync(engine, "again", isOfCommit: false)).ShouldBeFalse();
                // The same over a segment's end: what the clock had forgotten is told by the state there.
                await FillAsync(engine, 30);
                engine = await RestartAsync(context, engine, disk);
                (await IsNewAsync(engine, "again", isOfCommit: false)).ShouldBeFalse();
                await Task.Delay(TimeSpan.FromMinutes(6), context.Time);
                (await IsNewAsync(engine, "again", isOfCommit: false)).ShouldBeTrue();
            },
            stepsMax: 400_000);
    }

    private static async Task LiveAsync(SimulationContext context, bool isOfCommit, bool isRestartedBetween, bool isCompacted)
    {
        var disk = new SimulatedDisk(context, context.Time, new SimulationRandom(2), new DiskCharacter());
        var engine = await OpenAsync(context, disk);
        // What stays keeps the oldest segment, and the first use of the key in it.
        await AddAsync(engine, Orders, 12);
        (await IsNewAsync(engine, "again", isOfCommit)).ShouldBeTrue();
        await FillAsync(engine, 20);
        await Task.Delay(2 * Hour, context.Time);
        (await IsNewAsync(engine, "other", isOfCommit)).ShouldBeTrue(); // by now the first use is forgotten
        context.Time.StepWallClock(-4 * Hour);
        (await IsNewAsync(engine, "again", isOfCommit)).ShouldBeTrue();
        await FillAsync(engine, 20);
        if (isRestartedBetween)
            engine = await RestartAsync(context, engine, disk);
        (await IsNewAsync(engine, "again", isOfCommit)).ShouldBeFalse();
        await Task.Delay(Hour + TimeSpan.FromMinutes(1), context.Time);
        if (isCompacted)
        {
            await FillAsync(engine, 60);
            await Task.Delay(TimeSpan.FromMinutes(5), context.Time);
        }
        engine = await RestartAsync(context, engine, disk);
        (await IsNewAsync(engine, "again", isOfCommit)).ShouldBeTrue();
    }

    private static async Task<bool> IsNewAsync(IEngine engine, string key, bool isOfCommit)
    {
        var message = new NewMessage { Queue = Orders, Content = Body.Of(new byte[10]), DeduplicationId = isOfCommit ? null : key };
        var result = await engine.CommitAsync(new Commit { IdempotencyKey = isOfCommit ? key : null }.Add(message));
        return !result.IsRepeat && !result.Added[0].IsDuplicate;
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

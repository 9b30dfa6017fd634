using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
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
    public void A_key_that_was_forgotten_does_not_stand_again_when_the_one_that_came_for_it_is_forgotten_too(bool isOfCommit, bool isRestartedBetween, bool isCompacted) =>
        Regression.Run(context => LiveAsync(context, isOfCommit, isRestartedBetween, isCompacted));

    [Fact]
    public void What_came_after_the_clock_was_set_back_stands_over_starts_until_its_time_is_over() => Regression.Run(async context =>
    {
        var store = await RestartedStore.OpenAsync(context);
        (await IsNewAsync(store.Engine, "again", isOfCommit: false)).ShouldBeTrue();
        await Task.Delay(Hour, context.Time);
        (await IsNewAsync(store.Engine, "other", isOfCommit: false)).ShouldBeTrue();
        context.Time.StepWallClock(-Hour);
        (await IsNewAsync(store.Engine, "again", isOfCommit: false)).ShouldBeTrue();
        await store.RestartAsync();
        (await IsNewAsync(store.Engine, "again", isOfCommit: false)).ShouldBeFalse();
        // The same over a segment's end: what the clock had forgotten is told by the state there.
        await store.FillAsync(30);
        await store.RestartAsync();
        (await IsNewAsync(store.Engine, "again", isOfCommit: false)).ShouldBeFalse();
        await Task.Delay(TimeSpan.FromMinutes(6), context.Time);
        (await IsNewAsync(store.Engine, "again", isOfCommit: false)).ShouldBeTrue();
    });

    private static async Task LiveAsync(SimulationContext context, bool isOfCommit, bool isRestartedBetween, bool isCompacted)
    {
        var store = await RestartedStore.OpenAsync(context);
        // What stays keeps the oldest segment, and the first use of the key in it.
        await store.AddAsync(Orders, 12);
        (await IsNewAsync(store.Engine, "again", isOfCommit)).ShouldBeTrue();
        await store.FillAsync(20);
        await Task.Delay(2 * Hour, context.Time);
        (await IsNewAsync(store.Engine, "other", isOfCommit)).ShouldBeTrue(); // by now the first use is forgotten
        context.Time.StepWallClock(-4 * Hour);
        (await IsNewAsync(store.Engine, "again", isOfCommit)).ShouldBeTrue();
        await store.FillAsync(20);
        if (isRestartedBetween)
            await store.RestartAsync();
        (await IsNewAsync(store.Engine, "again", isOfCommit)).ShouldBeFalse();
        await Task.Delay(Hour + TimeSpan.FromMinutes(1), context.Time);
        if (isCompacted)
        {
            await store.FillAsync(60);
            await Task.Delay(TimeSpan.FromMinutes(5), context.Time);
        }
        await store.RestartAsync();
        (await IsNewAsync(store.Engine, "again", isOfCommit)).ShouldBeTrue();
    }

    private static async Task<bool> IsNewAsync(IEngine engine, string key, bool isOfCommit)
    {
        var message = new NewMessage { Queue = Orders, Content = Body.Of(new byte[10]), DeduplicationId = isOfCommit ? null : key };
        var result = await engine.CommitAsync(new Commit { IdempotencyKey = isOfCommit ? key : null }.Add(message));
        return !result.IsRepeat && !result.Added[0].IsDuplicate;
    }
}

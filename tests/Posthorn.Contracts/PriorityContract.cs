using Posthorn.Commits;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Higher priorities first; within one the older first.</summary>
public abstract class PriorityContract : EngineContract
{
    [Fact]
    public async Task Higher_priorities_come_first_and_equal_ones_in_order()
    {
        foreach (var (text, priority) in new[] { ("low", 0), ("a", 5), ("high", 9), ("b", 5), ("below", -3), ("above", 12) })
            await AddAsync(Text(Orders, text) with { Priority = Priority.Of(priority) });
        (await LeaseTextsAsync(Orders)).ShouldBe(["high", "above", "a", "b", "low", "below"]);
    }

    [Fact]
    public async Task All_priorities_come_in_their_order_and_what_is_below_the_lowest_in_the_order_it_came()
    {
        foreach (var priority in new[] { 1, -3, 5, 0, 9, -1, 2, 8, 3, -2, 7, 4, 6 })
            await AddAsync(Text(Orders, $"{priority}") with { Priority = Priority.Of(priority) });
        (await LeaseTextsAsync(Orders)).ShouldBe(["9", "8", "7", "6", "5", "4", "3", "2", "1", "-3", "0", "-1", "-2"]);
    }

    [Fact]
    public async Task A_priority_below_the_lowest_is_the_lowest_and_one_above_the_highest_the_highest()
    {
        await AddAsync(Text(Orders, "below") with { Priority = Priority.Of(-12) });
        await AddAsync(Text(Orders, "above") with { Priority = Priority.Of(12) });
        await AddAsync(Text(Orders, "highest") with { Priority = Priority.Highest });
        var messages = await BrowseAsync(Orders);
        (await TextsOfAsync(messages)).ShouldBe(["above", "highest", "below"]);
        messages.Select(m => m.Priority.Value).ShouldBe([9, 9, 0]);
    }

    [Fact]
    public async Task A_message_without_a_priority_has_the_normal_one_and_so_has_one_whose_priority_is_no_number()
    {
        await AddAsync(Text(Orders, "lower") with { Priority = Priority.Of(4) });
        await AddAsync(Orders, "omitted");
        await AddAsync(Text(Orders, "no number") with { Priority = Priority.Of("urgent") });
        await AddAsync(Text(Orders, "normal") with { Priority = Priority.Normal });
        await AddAsync(Text(Orders, "higher") with { Priority = Priority.Of(6) });
        (await LeaseTextsAsync(Orders)).ShouldBe(["higher", "omitted", "no number", "normal", "lower"]);
    }

    [Theory]
    [InlineData("urgent", 5)]
    [InlineData(null, 5)]
    [InlineData("12", 9)]
    [InlineData("-1", 0)]
    [InlineData("7", 7)]
    public void What_is_no_priority_is_normal_and_what_lies_outside_is_clamped(string? text, int expected) => Priority.Of(text).Value.ShouldBe(expected);

    [Fact]
    public async Task A_message_whose_priority_changes_gets_the_place_its_age_gives_it_there()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 6; i++)
            ids.Add((await AddAsync(Text(Orders, $"{i}") with { Priority = Priority.Of(i % 2 == 0 ? 5 : 8) })).Id);
        await Engine.CommitAsync(new Commit().Change(ids[2], new MessageChanges { Priority = Priority.Of(8) }));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["1", "2", "3", "5", "0", "4"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["1", "2", "3", "5", "0", "4"]);
    }

    [Fact]
    public async Task Changing_priorities_to_and_fro_keeps_the_order()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 30; i++)
            ids.Add((await AddAsync(Orders, $"{i}")).Id);
        for (var round = 0; round < 10; round++)
        {
            foreach (var id in ids.Where((_, i) => i % 3 == 0))
                await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Priority = Priority.Of(round % 2 == 0 ? 9 : 5) }));
        }
        (await LeaseTextsAsync(Orders)).ShouldBe(Enumerable.Range(0, 30).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_delayed_high_priority_comes_after_what_is_ready_and_before_it_once_due()
    {
        await AddAsync(Text(Orders, "low") with { Priority = Priority.Lowest });
        await AddAsync(Text(Orders, "high") with { Priority = Priority.Highest, DueAt = Time.GetUtcNow() + TimeSpan.FromSeconds(5) });
        var lease = await LeaseOneAsync(Orders);
        (await TextOfAsync(lease.Message)).ShouldBe("low");
        await Engine.CommitAsync(new Commit().Release(lease));
        Time.Advance(TimeSpan.FromSeconds(5));
        (await LeaseTextsAsync(Orders)).ShouldBe(["high", "low"]);
    }
}

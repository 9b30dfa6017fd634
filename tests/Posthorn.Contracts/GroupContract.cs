using Posthorn.Commits;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Groups: a queue's partitions, consumed together or one alone.</summary>
public abstract class GroupContract : EngineContract
{
    private Task<MessageId> SendToAsync(string group, string text, int priority = 5, TimeSpan? delay = null) => SendAsync(Mail(text, null, priority, delay, Clock) with { Group = group });

    [Fact]
    public async Task Without_a_group_the_oldest_of_all_comes_first()
    {
        await SendToAsync("a", "1");
        await SendToAsync("b", "2");
        await SendAsync("3");
        await SendToAsync("a", "4");
        await SendToAsync("b", "0", 9);
        (await DrainAsync()).ShouldBe(["0", "1", "2", "3", "4"]);
    }

    [Fact]
    public async Task With_a_group_only_its_messages_come()
    {
        await SendToAsync("a", "1");
        await SendToAsync("b", "2");
        await SendToAsync("b", "3");
        var leased = await TakeAsync(10, group: "b");
        (await Task.WhenAll(leased.Select(l => TextAsync(l.Message)))).ShouldBe(["2", "3"]);
        (await TakeAsync(10, group: "c")).ShouldBeEmpty();
        (await TakeAsync(10, group: "a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_group_is_announced_when_something_of_it_becomes_ready_and_not_again_until_it_was_found_empty()
    {
        await SendToAsync("early", "0");
        var announced = Engine.ReadyGroups(Q);
        (await announced.ReadAsync()).ShouldBe("early");
        await SendToAsync("a", "1");
        (await announced.ReadAsync()).ShouldBe("a");
        await SendToAsync("a", "2");
        announced.TryRead(out _).ShouldBeFalse();
        (await TakeAsync(5, group: "a")).Count.ShouldBe(2);
        await SendToAsync("a", "3");
        (await announced.ReadAsync()).ShouldBe("a");
        await SendAsync("none");
        (await announced.ReadAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_group_is_announced_when_a_delay_a_lease_or_a_hold_ends()
    {
        var announced = Engine.ReadyGroups(Q);
        await SendToAsync("d", "1", delay: TimeSpan.FromMinutes(1));
        announced.TryRead(out _).ShouldBeFalse();
        Clock.Advance(TimeSpan.FromMinutes(2));
        (await announced.ReadAsync()).ShouldBe("d");
        (await TakeAsync(2, group: "d", timeout: TimeSpan.FromMinutes(1))).Count.ShouldBe(1);
        Clock.Advance(TimeSpan.FromMinutes(2));
        (await announced.ReadAsync()).ShouldBe("d");
        var leased = await TakeAsync(2, group: "d");
        await Engine.CommitAsync(new Commit().Release(leased[0], changes: new MessageChanges { IsHeld = true }));
        announced.TryRead(out _).ShouldBeFalse();
        await Engine.CommitAsync(new Commit().Change(leased[0].Message.Id, new MessageChanges { IsHeld = false }));
        (await announced.ReadAsync()).ShouldBe("d");
    }

    [Fact]
    public async Task Groups_show_what_they_hold_and_go_when_they_are_empty()
    {
        await SendToAsync("a", "1");
        await SendToAsync("a", "2", delay: TimeSpan.FromHours(1));
        await SendToAsync("b", "3");
        Engine.Groups(Q).OrderBy(g => g.Group, StringComparer.Ordinal).Select(g => (g.Group, g.Ready, g.Messages)).ShouldBe([("a", 1L, 2L), ("b", 1L, 1L)]);
        var b = Assert.Single(await TakeAsync(1, group: "b"));
        await Engine.CommitAsync(new Commit().Remove(b));
        Engine.Groups(Q).Select(g => g.Group).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_message_can_change_its_group()
    {
        var id = await SendToAsync("a", "1");
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Group = "b" }));
        (await TakeAsync(1, group: "a")).ShouldBeEmpty();
        (await TakeAsync(1, group: "b")).Count.ShouldBe(1);
    }
}

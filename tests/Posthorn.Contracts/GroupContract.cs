using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A queue is partitioned by group; a consumer may ask for one alone.</summary>
public abstract class GroupContract : EngineContract
{
    private Task<AddedMessage> AddAsync(string text, string? group, int priority = 5) =>
        AddAsync(Text(Orders, text) with { Group = group, Priority = Priority.Of(priority) });

    [Fact]
    public async Task A_lease_of_a_group_takes_from_it_alone()
    {
        await AddAsync("a1", "a");
        await AddAsync("b1", "b");
        await AddAsync("a2", "a");
        await AddAsync("none", null);
        (await LeaseTextsAsync(Orders, 10, "a")).ShouldBe(["a1", "a2"]);
        (await LeaseTextsAsync(Orders, 10, "c")).ShouldBeEmpty();
        (await LeaseTextsAsync(Orders, 10, "")).ShouldBe(["none"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
    }

    [Fact]
    public async Task A_lease_of_all_groups_takes_by_priority_then_age()
    {
        var random = new Random(3);
        var added = new List<(int Priority, string Text)>();
        for (var i = 0; i < 200; i++)
        {
            var priority = random.Next(3, 7);
            await AddAsync($"{i}", random.Next(4) == 0 ? null : $"g{random.Next(20)}", priority);
            added.Add((priority, $"{i}"));
        }
        var expected = added.OrderByDescending(message => message.Priority).Select(message => message.Text).ToList();
        var leases = new List<LeasedMessage>();
        for (var i = 0; i < 50; i++)
            leases.AddRange(await LeaseAsync(Orders, 2));
        (await TextsOfAsync(leases.Select(lease => lease.Message))).ShouldBe(expected.Take(100));
        await Engine.CommitAsync(leases.Where((_, i) => i % 3 == 0).Aggregate(new Commit(), (commit, lease) => commit.Release(lease)));
        await LeaseAsync(Orders, 5, "g7");
        var rest = await LeaseTextsAsync(Orders, 1000);
        var order = rest.Select(text => expected.IndexOf(text)).ToList();
        order.ShouldBe(order.Order());
    }

    [Fact]
    public async Task Groups_tell_what_they_hold_and_vanish_with_their_last_message()
    {
        var start = Time.GetUtcNow();
        await AddAsync("a1", "a");
        Time.Advance(TimeSpan.FromSeconds(10));
        await AddAsync("a2", "a");
        var b = await AddAsync("b1", "b");
        await LeaseAsync(Orders, 1, "a");
        Engine.Groups(Orders).OrderBy(group => group.Group).ShouldBe([
            new GroupStatus("a", 1, 2, start) { Leased = 1 },
            new GroupStatus("b", 1, 1, start + TimeSpan.FromSeconds(10)),
        ]);
        await RemoveAsync(b.Id);
        Engine.Groups(Orders).ShouldHaveSingleItem().Group.ShouldBe("a");
        Engine.Groups(Invoices).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_can_change_its_group()
    {
        var id = (await AddAsync("x", "a")).Id;
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Group = "b" }));
        (await LeaseAsync(Orders, 1, "a")).ShouldBeEmpty();
        (await LeaseAsync(Orders, 1, "b")).ShouldHaveSingleItem();
        await Engine.CommitAsync(new Commit().Release((MessageReference)id, changes: new MessageChanges { Group = "" }));
        (await LeaseAsync(Orders, 1, "b")).ShouldBeEmpty();
        (await LeaseAsync(Orders, 1, "")).ShouldHaveSingleItem().Message.Group.ShouldBeNull();
    }

    [Fact]
    public async Task Waiting_for_a_group_ends_with_a_message_of_that_group()
    {
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Group = "a", Wait = Timeout.InfiniteTimeSpan }).AsTask();
        var anybody = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await AddAsync("b1", "b");
        (await TextOfAsync((await anybody.WaitAsync(Patience))[0].Message)).ShouldBe("b1");
        waiting.IsCompleted.ShouldBeFalse();
        await AddAsync("a1", "a");
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("a1");
    }

    [Fact]
    public async Task A_ready_group_is_announced_once_until_it_was_found_exhausted()
    {
        await AddAsync("a1", "a");
        var ready = Engine.ReadyGroups(Orders);
        await AddAsync("n", null);
        await AddAsync("a2", "a");
        Read(ready).ShouldBe(["a", ""]);

        await LeaseAsync(Orders, 1, "a");
        await AddAsync("a3", "a");
        Read(ready).ShouldBeEmpty();
        await LeaseAsync(Orders, 10, "a");
        Read(ready).ShouldBeEmpty();
        await AddAsync("a4", "a");
        Read(ready).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_group_is_announced_when_a_lease_ends_or_a_delay()
    {
        var ready = Engine.ReadyGroups(Orders);
        await AddAsync(Text(Orders, "later") with { Group = "a", DueAt = Time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        await AddAsync("b1", "b");
        await LeaseAsync(Orders, 5, "b");
        await LeaseAsync(Orders, 5, "a");
        Read(ready).ShouldBe(["b"]);
        Time.Advance(TimeSpan.FromSeconds(10));
        Read(ready).ShouldBe(["a"]);
        Time.Advance(TimeSpan.FromSeconds(20));
        Read(ready).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_paused_queue_announces_when_it_is_resumed()
    {
        await SetAsync(Orders, new QueuePolicy { IsPaused = true });
        await AddAsync("a1", "a");
        var ready = Engine.ReadyGroups(Orders);
        await AddAsync("b1", "b");
        Read(ready).ShouldBeEmpty();
        await SetAsync(Orders, QueuePolicy.Default);
        Read(ready).Order().ShouldBe(["a", "b"]);
    }

    private static List<string> Read(System.Threading.Channels.ChannelReader<string> reader)
    {
        var read = new List<string>();
        while (reader.TryRead(out var group))
            read.Add(group);
        return read;
    }
}

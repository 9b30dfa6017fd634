using Posthorn.Commits;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Browsing: everything, in delivery order, and nobody is disturbed by it.</summary>
public abstract class BrowseContract : EngineContract
{
    [Fact]
    public async Task An_empty_queue_and_one_that_does_not_exist_show_nothing()
    {
        (await BrowseAsync()).ShouldBeEmpty();
        await SendAsync("x");
        await DrainAsync();
        (await BrowseAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Everything_is_shown_in_delivery_order_leased_delayed_and_held_too()
    {
        await SendAsync("leased");
        await TakeOneAsync();
        await SendAsync("delayed", delay: TimeSpan.FromHours(1));
        await SendAsync(Mail("held") with { IsHeld = true });
        await SendAsync("ready");
        await SendAsync("urgent", 9);
        (await BrowseTextsAsync()).ShouldBe(["urgent", "leased", "delayed", "held", "ready"]);
        (await BrowseAsync()).Select(m => m.State).ShouldBe([MessageState.Ready, MessageState.Leased, MessageState.Delayed, MessageState.Held, MessageState.Ready]);
    }

    [Fact]
    public async Task Browsing_takes_nothing_from_consumers()
    {
        await SendAsync("a");
        await SendAsync("b");
        await BrowseAsync();
        (await DrainAsync()).ShouldBe(["a", "b"]);
        (await SendAndCountAsync()).ShouldBe(1);

        async Task<int> SendAndCountAsync()
        {
            await SendAsync("c");
            await BrowseAsync();
            return (await TakeOneAsync()).Message.ReceiveCount;
        }
    }

    [Fact]
    public async Task Removed_messages_are_not_shown_and_not_handed_out()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 5; i++)
            ids.Add(await SendAsync($"{i}", delay: i % 2 == 0 ? TimeSpan.FromMinutes(1) : null));
        await Engine.CommitAsync(new Commit().Remove(ids[1]).Remove(ids[2]));
        (await BrowseTextsAsync()).ShouldBe(["0", "3", "4"]);
        Clock.Advance(TimeSpan.FromMinutes(2));
        (await DrainAsync()).ShouldBe(["0", "3", "4"]);
    }

    [Theory]
    [InlineData("a@b", "1 2 4")]
    [InlineData("A@B", "1 2 4")]
    [InlineData("c@d", "2 3")]
    [InlineData("a@b.local", "5")]
    [InlineData("nobody@b", "")]
    public async Task A_recipient_selects_whole_mails_that_have_it_among_others(string recipient, string expected)
    {
        foreach (var (text, recipients) in new[] { ("1", "a@b"), ("2", "a@b,c@d"), ("3", "c@d"), ("4", "x@y,a@b"), ("5", "a@b.local") })
            await SendAsync(Mail(text) with { Envelope = new Envelope("s@t", [.. recipients.Split(',').Select(r => new Recipient(r))]) });
        var selected = await BrowseAsync(new MessageFilter { Recipient = recipient });
        var remove = new Commit();
        foreach (var message in selected)
            remove.Remove(message.Id);
        if (selected.Count > 0)
            await Engine.CommitAsync(remove);
        var left = await DrainAsync();
        new[] { "1", "2", "3", "4", "5" }.Except(left).ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_removal_by_filter_does_not_touch_what_comes_later()
    {
        await SendAsync(Mail("old") with { Envelope = new Envelope("s@t", []) });
        foreach (var message in await BrowseAsync(new MessageFilter { Sender = "S@T" }))
            await Engine.CommitAsync(new Commit().Remove(message.Id));
        await SendAsync(Mail("new") with { Envelope = new Envelope("s@t", []) });
        (await DrainAsync()).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Filters_select_by_what_the_engine_knows()
    {
        await SendAsync(Mail("old", priority: 2) with { Envelope = new Envelope("", [new Recipient("u@slow.test")]), Group = "slow.test", LastError = "450 Greylisted", Attributes = new Dictionary<string, AttributeValue> { ["k"] = "v" } });
        Clock.Advance(TimeSpan.FromHours(2));
        await SendAsync("new");
        var cut = Clock.GetUtcNow() - TimeSpan.FromHours(1);
        foreach (var filter in new MessageFilter[]
        {
            new() { Sender = "" }, new() { RecipientDomain = "SLOW.test" }, new() { Group = "slow.test" }, new() { AcceptedBefore = cut },
            new() { PriorityMax = Priority.Of(3) }, new() { LastErrorContains = "greylist" }, new() { Attribute = new("k", "v") },
        })
            (await BrowseTextsAsync(filter)).ShouldBe(["old"], filter.ToString());
        (await BrowseTextsAsync(new MessageFilter { AcceptedFrom = cut })).ShouldBe(["new"]);
        (await BrowseTextsAsync(new MessageFilter { Sender = "", AcceptedFrom = cut })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whatever_happens_during_a_browse_it_goes_on_and_shows_nothing_twice()
    {
        for (var i = 0; i < 500; i++)
            await SendAsync($"{i}", i % 10);
        var seen = new HashSet<MessageId>();
        var disturb = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                foreach (var leased in await TakeAsync(2))
                    await Engine.CommitAsync(new Commit().Remove(leased));
                await SendAsync($"new {i}");
            }
        });
        await foreach (var message in Engine.BrowseAsync(Q, MessageFilter.All))
            seen.Add(message.Id).ShouldBeTrue();
        await disturb;
        Status().Messages.ShouldBe(400);
        (await BrowseAsync()).Count.ShouldBe(400);
    }

    [Fact]
    public async Task A_browse_goes_on_when_the_queue_is_deleted_under_it()
    {
        for (var i = 0; i < 300; i++)
            await SendAsync($"{i}");
        var count = 0;
        await foreach (var message in Engine.BrowseAsync(Q, MessageFilter.All))
        {
            if (count++ == 10)
                await Engine.CommitAsync(new Commit().DeleteQueue(Q));
        }
        count.ShouldBeInRange(10, 300);
    }

    [Fact]
    public async Task Counts_bytes_and_the_oldest_follow_what_happens()
    {
        var first = Clock.GetUtcNow();
        await SendAsync("12345");
        Clock.Advance(TimeSpan.FromMinutes(1));
        await SendAsync("123");
        (Status().Messages, Status().Bytes, Status().OldestEnqueuedAt).ShouldBe((2, 8, first));
        await Engine.CommitAsync(new Commit().Remove(await TakeOneAsync()));
        (Status().Messages, Status().Bytes, Status().OldestEnqueuedAt).ShouldBe((1, 3, first + TimeSpan.FromMinutes(1)));
        await DrainAsync();
        (Status().Messages, Status().Bytes, Status().OldestEnqueuedAt).ShouldBe((0, 0, null));
    }
}

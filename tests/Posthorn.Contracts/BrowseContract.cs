using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Browsing shows a queue in delivery order and disturbs nobody.</summary>
public abstract class BrowseContract : EngineContract
{
    private const int Many = 300;

    [Fact]
    public async Task Nothing_is_seen_of_an_empty_queue_or_of_none()
    {
        (await BrowseAsync(Orders)).ShouldBeEmpty();
        await RemoveAsync((await AddAsync(Orders, "x")).Id);
        (await BrowseAsync(Orders)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_message_is_seen_with_its_content_and_attributes_and_gone_when_it_was_acked()
    {
        await AddAsync(Text(Orders, "x") with { Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["k"] = "v" } });
        var message = (await BrowseAsync(Orders)).ShouldHaveSingleItem();
        (await TextOfAsync(message), message.Text("k")).ShouldBe(("x", "v"));
        var lease = await LeaseOneAsync(Orders);
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().State.ShouldBe(MessageState.Leased);
        await RemoveAsync(lease);
        (await BrowseAsync(Orders)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_are_seen_by_priority_then_age_whatever_their_state()
    {
        await AddAsync(Orders, "leased");
        await LeaseOneAsync(Orders);
        await AddAsync(Text(Orders, "high") with { Priority = Priority.Of(8) });
        await AddAsync(Text(Orders, "delayed") with { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) });
        await AddAsync(Text(Orders, "held") with { IsHeld = true, Priority = Priority.Of(1) });
        var messages = await BrowseAsync(Orders);
        (await TextsOfAsync(messages)).ShouldBe(["high", "leased", "delayed", "held"]);
        messages.Select(message => message.State).ShouldBe([MessageState.Ready, MessageState.Leased, MessageState.Delayed, MessageState.Held]);
    }

    [Fact]
    public async Task Browsing_does_not_affect_receiving()
    {
        for (var i = 0; i < 3; i++)
            await AddAsync(Orders, $"{i}");
        (await BrowseAsync(Orders)).Count.ShouldBe(3);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "1", "2"]);
    }

    public static TheoryData<string> Disturbances => ["dequeue", "enqueue", "clear", "flush", "remove", "reprioritise", "move out and back", "delete"];

    [Theory]
    [MemberData(nameof(Disturbances))]
    public async Task What_happens_while_browsing_neither_fails_nor_doubles_anything(string disturbance)
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < Many; i++)
            ids.Add((await AddAsync(Text(Orders, $"{i}") with { DueAt = disturbance == "flush" ? Time.GetUtcNow() + TimeSpan.FromHours(i) : null })).Id);
        var seen = new List<MessageId>();
        await foreach (var message in Engine.BrowseAsync(Orders, MessageFilter.All))
        {
            seen.Add(message.Id);
            if (seen.Count == 10)
                await DisturbAsync(disturbance, ids);
        }
        seen.Distinct().Count().ShouldBe(seen.Count);
        if (disturbance is "enqueue" or "flush" or "dequeue")
            ids.Except(seen).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_removed_while_others_browse_is_gone_for_the_next()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 5; i++)
            ids.Add((await AddAsync(Orders, $"{i}")).Id);
        await RemoveAsync(ids[2]);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["0", "1", "3", "4"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "1", "3", "4"]);
        await AddAsync(Orders, "2");
        (await LeaseTextsAsync(Orders)).ShouldBe(["2"]);
    }

    [Fact]
    public async Task Filters_select_by_what_the_engine_knows()
    {
        var start = Time.GetUtcNow();
        await AddAsync(Mail("1", "a@x.test", "b@y.test"));
        await AddAsync(Mail("2", "A@X.test", "c@z.test", "b@y.test") with { Group = "g", Priority = Priority.Of(7) });
        Time.Advance(TimeSpan.FromMinutes(1));
        await AddAsync(Mail("3", "", "b@y.test.local") with { LastError = "421 Try later", Attributes = new Dictionary<string, AttributeValue> { ["k"] = "v" } });
        await SelectsAsync(new MessageFilter { Sender = "a@x.TEST" }, "2", "1");
        await SelectsAsync(new MessageFilter { Sender = "" }, "3");
        await SelectsAsync(new MessageFilter { Recipient = "B@y.test" }, "2", "1");
        await SelectsAsync(new MessageFilter { RecipientDomain = "z.test" }, "2");
        await SelectsAsync(new MessageFilter { RecipientDomain = "y.test" }, "2", "1");
        await SelectsAsync(new MessageFilter { Group = "g" }, "2");
        await SelectsAsync(new MessageFilter { AcceptedBefore = start + TimeSpan.FromMinutes(1) }, "2", "1");
        await SelectsAsync(new MessageFilter { AcceptedFrom = start + TimeSpan.FromMinutes(1) }, "3");
        await SelectsAsync(new MessageFilter { PriorityMin = Priority.Of(6) }, "2");
        await SelectsAsync(new MessageFilter { PriorityMax = Priority.Of(6) }, "1", "3");
        await SelectsAsync(new MessageFilter { LastErrorContains = "try LATER" }, "3");
        await SelectsAsync(new MessageFilter { Attribute = KeyValuePair.Create("k", "v") }, "3");
        await LeaseAsync(Orders);
        await SelectsAsync(new MessageFilter { ReceiveCountMin = 1 }, "2");
        await SelectsAsync(new MessageFilter { States = [MessageState.Leased] }, "2");
        await SelectsAsync(new MessageFilter { Sender = "a@x.test", Recipient = "c@z.test" }, "2");
    }

    private static NewMessage Mail(string text, string sender, params string[] recipients) =>
        Text(Orders, text) with { Envelope = new Envelope(sender, [.. recipients.Select(address => new Recipient(address))]) };

    private async Task SelectsAsync(MessageFilter filter, params string[] texts) => (await TextsOfAsync(await BrowseAsync(Orders, filter))).ShouldBe(texts);

    private async Task DisturbAsync(string disturbance, List<MessageId> ids)
    {
        switch (disturbance)
        {
            case "dequeue":
                await LeaseAsync(Orders, 200);
                break;
            case "enqueue":
                await AddAsync(Orders, "new");
                break;
            case "clear":
                await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Remove(id)));
                break;
            case "flush":
                await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Change(id, new MessageChanges { DueAt = Time.GetUtcNow() })));
                break;
            case "remove":
                await Engine.CommitAsync(ids.Where((_, i) => i % 2 == 0).Aggregate(new Commit(), (commit, id) => commit.Remove(id)));
                break;
            case "reprioritise":
                await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Change(id, new MessageChanges { Priority = Priority.Lowest })));
                break;
            case "move out and back":
                await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Move(id, Invoices)));
                await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Move(id, Orders)));
                break;
            case "delete":
                await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
                await AddAsync(Orders, "new");
                break;
        }
    }
}

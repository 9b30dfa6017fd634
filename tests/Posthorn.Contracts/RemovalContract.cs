using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>An administrator removes, clears and flushes what he means, and touches nothing else, neither now nor later.</summary>
public abstract class RemovalContract : EngineContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static NewMessage Mail(string text, string sender, params string[] recipients) =>
        Text(Orders, text) with { Envelope = new Envelope(sender, [.. recipients.Select(address => new Recipient(address))]) };

    private NewMessage Delayed(string text, TimeSpan delay) => Text(Orders, text) with { DueAt = Time.GetUtcNow() + delay };

    private async Task<IReadOnlyList<string>> LeftAsync() => await TextsOfAsync(await BrowseAsync(Orders));

    [Fact]
    public async Task A_message_removed_by_its_name_is_gone_and_the_others_are_there()
    {
        await AddAsync(Orders, "1");
        var second = await AddAsync(Orders, "2");
        await AddAsync(Orders, "3");
        await RemoveAsync(second.Id);
        (await LeftAsync()).ShouldBe(["1", "3"]);
        (await Engine.FindAsync(second.Id)).ShouldBeNull();
        (await LeaseTextsAsync(Orders)).ShouldBe(["1", "3"]);
    }

    [Fact]
    public async Task Messages_of_one_sender_are_removed_and_no_others()
    {
        await AddAsync(Mail("1", "a@b.test", "x@y.test"));
        await AddAsync(Mail("2", "c@d.test", "a@b.test"));
        await AddAsync(Mail("3", "A@B.test", "x@y.test"));
        await AddAsync(Mail("4", "aa@b.test", "x@y.test"));
        await AddAsync(Mail("5", "", "x@y.test"));
        (await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Sender = "a@b.test" })).Done.ShouldBe(2);
        (await LeftAsync()).ShouldBe(["2", "4", "5"]);
    }

    [Fact]
    public async Task Messages_for_one_recipient_are_removed_and_no_others()
    {
        await AddAsync(Mail("1", "a@b.test", "x@y.test"));
        await AddAsync(Mail("2", "x@y.test", "a@b.test"));
        await AddAsync(Mail("3", "a@b.test", "x@y.test.local"));
        (await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Recipient = "x@y.test" })).Done.ShouldBe(1);
        (await LeftAsync()).ShouldBe(["2", "3"]);
    }

    [Theory]
    [InlineData("x@y.test", true)]
    [InlineData("m@y.test", true)]
    [InlineData("z@y.test", true)]
    [InlineData("X@Y.TEST", true)]
    [InlineData("y.test", false)]
    [InlineData("x@y", false)]
    [InlineData("x@y.test.local", false)]
    public async Task A_message_for_several_recipients_is_removed_when_one_of_them_is_meant(string recipient, bool isRemoved)
    {
        await AddAsync(Mail("several", "a@b.test", "x@y.test", "m@y.test", "z@y.test"));
        await AddAsync(Mail("other", "a@b.test", "o@y.test", "p@y.test"));
        (await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Recipient = recipient })).Done.ShouldBe(isRemoved ? 1 : 0);
        (await LeftAsync()).ShouldBe(isRemoved ? ["other"] : ["several", "other"]);
    }

    [Fact]
    public async Task Removing_by_sender_or_recipient_from_an_empty_queue_or_none_is_no_error()
    {
        foreach (var filter in new[] { new MessageFilter { Sender = "a@b.test" }, new MessageFilter { Recipient = "x@y.test" } })
        {
            (await DoAsync(Invoices, BulkAction.Remove, filter)).Done.ShouldBe(0);
            await SetAsync(Orders, QueuePolicy.Default);
            (await DoAsync(Orders, BulkAction.Remove, filter)).Done.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Removing_a_name_that_is_not_there_removes_nothing_and_says_so()
    {
        await AddAsync(Orders, "x");
        var conflict = await Should.ThrowAsync<CommitConflictException>(() => RemoveAsync(new MessageId(987)));
        conflict.Conflicts.ShouldBe([new CommitConflict(0, ConflictReason.MessageNotFound)]);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Clearing_and_flushing_an_empty_queue_or_none_is_no_error()
    {
        (await (await QueueAsync(Invoices)).PurgeAsync()).ShouldBe(0);
        (await DoAsync(Invoices, BulkAction.Flush)).Done.ShouldBe(0);
        await SetAsync(Orders, QueuePolicy.Default);
        (await (await QueueAsync(Orders)).PurgeAsync()).ShouldBe(0);
        (await DoAsync(Orders, BulkAction.Flush)).Done.ShouldBe(0);
        Engine.Status(Invoices).ShouldBeNull();
    }

    [Fact]
    public async Task Clearing_removes_everything_whatever_its_state_and_leaves_other_queues_alone()
    {
        for (var i = 0; i < 50; i++)
            await AddAsync(Text(Orders, $"{i}") with { Priority = Priority.Of(i % 10) });
        await AddAsync(Delayed("delayed", Hour));
        await AddAsync(Text(Orders, "held") with { IsHeld = true });
        await AddAsync(Invoices, "other");
        await LeaseAsync(Orders, 7);
        (await (await QueueAsync(Orders)).PurgeAsync()).ShouldBe(52);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        (await LeftAsync()).ShouldBeEmpty();
        Time.Advance(2 * Hour);
        (await LeaseAsync(Orders, 100)).ShouldBeEmpty();
        (await LeaseTextsAsync(Invoices)).ShouldBe(["other"]);
    }

    [Fact]
    public async Task What_was_removed_is_not_handed_out()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 6; i++)
            ids.Add((await AddAsync(Mail($"{i}", i % 2 == 0 ? "even@x.test" : "odd@x.test", "a@b.test"))).Id);
        await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Sender = "odd@x.test" });
        await RemoveAsync(ids[2]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "4"]);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "4"]);
    }

    [Fact]
    public async Task What_comes_after_a_removal_is_not_removed_though_it_would_have_been_meant()
    {
        await AddAsync(Mail("old", "a@b.test", "x@y.test"));
        await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Sender = "a@b.test" });
        await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Recipient = "x@y.test" });
        await AddAsync(Mail("new", "a@b.test", "x@y.test"));
        (await LeftAsync()).ShouldBe(["new"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Delayed_messages_are_cleared_with_the_rest_and_never_become_due()
    {
        await AddAsync(Delayed("1", Hour));
        await AddAsync(Delayed("2", TimeSpan.FromDays(400)));
        await (await QueueAsync(Orders)).PurgeAsync();
        (await LeftAsync()).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromDays(500));
        (await LeaseAsync(Orders, 10)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("name")]
    [InlineData("sender")]
    [InlineData("recipient")]
    public async Task Delayed_messages_can_be_removed_are_seen_no_more_and_never_become_due(string by)
    {
        var added = await AddAsync(Mail("gone", "a@b.test", "x@y.test") with { DueAt = Time.GetUtcNow() + Hour });
        await AddAsync(Mail("delayed", "c@d.test", "z@y.test") with { DueAt = Time.GetUtcNow() + Hour });
        await AddAsync(Mail("now", "c@d.test", "z@y.test"));
        if (by == "name")
            await RemoveAsync(added.Id);
        else
            await DoAsync(Orders, BulkAction.Remove, by == "sender" ? new MessageFilter { Sender = "a@b.test" } : new MessageFilter { Recipient = "x@y.test" });
        (await LeftAsync()).ShouldBe(["delayed", "now"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(["now"]);
        Time.Advance(Hour);
        (await LeaseTextsAsync(Orders)).ShouldBe(["delayed", "now"]);
    }

    [Fact]
    public async Task Flushing_makes_delayed_messages_due_at_once()
    {
        await AddAsync(Delayed("1", Hour));
        await AddAsync(Delayed("2", TimeSpan.FromDays(3650)));
        (await DoAsync(Orders, BulkAction.Flush)).Done.ShouldBe(2);
        Engine.Status(Orders)!.Delayed.ShouldBe(0);
        (await LeaseTextsAsync(Orders)).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Flushing_lets_what_was_ready_before_go_first_when_it_came_first()
    {
        await AddAsync(Orders, "ready");
        await AddAsync(Delayed("delayed", Hour));
        await DoAsync(Orders, BulkAction.Flush);
        (await LeaseTextsAsync(Orders)).ShouldBe(["ready", "delayed"]);
    }

    [Fact]
    public async Task Flushing_keeps_the_order_in_which_they_came_whatever_their_due_times()
    {
        foreach (var (text, hours) in new[] { ("1", 9), ("2", 1), ("3", 5), ("4", 0) })
            await AddAsync(Delayed(text, hours * Hour));
        var before = await LeftAsync();
        await DoAsync(Orders, BulkAction.Flush);
        before.ShouldBe(["1", "2", "3", "4"]);
        (await LeftAsync()).ShouldBe(before);
        (await LeaseTextsAsync(Orders)).ShouldBe(before);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("name")]
    [InlineData("sender")]
    [InlineData("recipient")]
    public async Task Bodies_go_with_what_was_removed_and_one_that_is_shared_stays(string by)
    {
        var body = Body.Of(new byte[200_000]);
        var mail = Mail("", "a@b.test", "x@y.test") with { Content = body };
        var added = (await Engine.CommitAsync(new Commit().Add(mail).Add(mail with { Queue = Invoices }))).Added;
        var content = (await Engine.FindAsync(added[0].Id))!.Content;
        await RemoveByAsync(by, Orders, added[0].Id);
        IsGone().ShouldBeFalse();
        await RemoveByAsync(by, Invoices, added[1].Id);
        await UntilAsync(IsGone);

        bool IsGone()
        {
            try
            {
                using var stream = Engine.OpenAsync(content).AsTask().GetAwaiter().GetResult();
                return false;
            }
            catch (Engine.BodyLostException e)
            {
                return !e.IsDamaged;
            }
        }
    }

    private async Task RemoveByAsync(string by, QueueName queue, MessageId id)
    {
        switch (by)
        {
            case "clear":
                await (await QueueAsync(queue)).PurgeAsync();
                break;
            case "name":
                await RemoveAsync(id);
                break;
            default:
                await DoAsync(queue, BulkAction.Remove, by == "sender" ? new MessageFilter { Sender = "a@b.test" } : new MessageFilter { Recipient = "x@y.test" });
                break;
        }
    }
}

using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Commits: all or nothing, conflicts named, nothing of a message lost on its way through a queue.</summary>
public abstract class CommitContract : EngineContract
{
    [Fact]
    public async Task Everything_that_was_said_of_a_message_comes_out_as_it_went_in()
    {
        var sent = Mail("body") with
        {
            Envelope = new Envelope("from@example.test",
            [
                new Recipient("a@example.test") { Notify = DsnNotify.Failure | DsnNotify.Delay, OriginalRecipient = "rfc822;x@example.test", Headers = ["X-For: a", "X-Also: a"] },
                new Recipient("b@example.test") { Headers = ["X-For: b"] },
            ])
            { EnvelopeId = "env+1", Return = DsnReturn.Full },
            Attributes = new Dictionary<string, AttributeValue> { ["text"] = "über", ["typed"] = AttributeValue.Of("42", "Number.int"), ["bytes"] = AttributeValue.Of(new byte[] { 0, 255 }, "Binary.png", isText: false) },
            Flags = ["\\Seen", "$Work"],
            LastError = "451 try again",
            Priority = Priority.Of(7),
            Group = "g",
        };
        var id = await SendAsync(sent);
        foreach (var message in new[] { (await BrowseAsync())[0], await FindAsync(id), (await TakeOneAsync()).Message })
        {
            message.Id.ShouldBe(id);
            message.Origin.ShouldBe(id);
            message.Queue.ShouldBe(Q);
            message.Envelope.Sender.ShouldBe("from@example.test");
            message.Envelope.EnvelopeId.ShouldBe("env+1");
            message.Envelope.Return.ShouldBe(DsnReturn.Full);
            message.Envelope.Recipients.Select(r => (r.Address, r.Notify, r.OriginalRecipient)).ShouldBe([("a@example.test", DsnNotify.Failure | DsnNotify.Delay, "rfc822;x@example.test"), ("b@example.test", DsnNotify.Default, null)]);
            message.Envelope.Recipients[0].Headers.ShouldBe(["X-For: a", "X-Also: a"]);
            message.Envelope.Recipients[1].Headers.ShouldBe(["X-For: b"]);
            message.Text("text").ShouldBe("über");
            message.Attributes["typed"].Type.ShouldBe("Number.int");
            message.Attributes["bytes"].Bytes.ToArray().ShouldBe([0, 255]);
            message.Attributes["bytes"].IsText.ShouldBeFalse();
            message.Flags.ShouldBe(["\\Seen", "$Work"]);
            message.LastError.ShouldBe("451 try again");
            message.Priority.Value.ShouldBe(7);
            message.Group.ShouldBe("g");
            message.AcceptedAt.ShouldBe(Clock.GetUtcNow());
            (await TextAsync(message)).ShouldBe("body");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task No_sender_and_the_null_sender_are_two_things(string? sender)
    {
        await SendAsync(Mail("x") with { Envelope = new Envelope(sender, []) });
        (await TakeOneAsync()).Message.Envelope.Sender.ShouldBe(sender);
    }

    [Fact]
    public async Task Messages_come_out_in_the_order_they_came_in()
    {
        for (var i = 0; i < 20; i++)
            await SendAsync($"{i}");
        (await DrainAsync()).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_commit_over_several_queues_happens_whole()
    {
        await SendAsync("in");
        var leased = await TakeOneAsync();
        var result = await Engine.CommitAsync(new Commit().Remove(leased).Add(Mail("one", Other)).Add(Mail("two", Other)));
        result.Added.Count.ShouldBe(2);
        Status().Messages.ShouldBe(0);
        (await DrainAsync(Other)).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_commit_that_meets_a_conflict_does_nothing_and_names_every_conflict()
    {
        var gone = await SendAsync("gone");
        await Engine.CommitAsync(new Commit().Remove(gone));
        var here = await SendAsync("here");
        var commit = new Commit().Add(Mail("new")).Remove(gone).Change(here, new MessageChanges { Priority = Priority.Highest }).Remove(new MessageId(987654321));
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(commit));
        conflict.Conflicts.ShouldBe([new CommitConflict(1, ConflictReason.MessageNotFound), new CommitConflict(3, ConflictReason.MessageNotFound)]);
        (await BrowseTextsAsync()).ShouldBe(["here"]);
        (await FindAsync(here)).Priority.ShouldBe(Priority.Normal);
        await Engine.CommitAsync(new Commit().Remove(here));
    }

    [Fact]
    public async Task A_moved_message_keeps_its_id_and_gets_a_new_number_and_a_fresh_count()
    {
        await SendAsync("first", queue: Other);
        var id = await SendAsync("moved");
        var leased = await TakeOneAsync();
        await Engine.CommitAsync(new Commit().Move(leased, Other, new MessageChanges { LastError = "why", Attributes = new Dictionary<string, AttributeValue?> { ["a"] = "b" } }));
        var message = await FindAsync(id);
        message.Queue.ShouldBe(Other);
        message.Number.ShouldBe(2);
        message.ReceiveCount.ShouldBe(0);
        message.LastError.ShouldBe("why");
        message.Text("a").ShouldBe("b");
        message.State.ShouldBe(MessageState.Ready);
        (await DrainAsync(Other)).ShouldBe(["first", "moved"]);
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Numbers_grow_and_are_never_given_twice()
    {
        await SendAsync("a");
        await DrainAsync();
        await SendAsync("b");
        (await BrowseAsync())[0].Number.ShouldBe(2);
        Status().NextNumber.ShouldBe(3);
    }

    [Fact]
    public async Task Two_messages_with_the_same_everything_are_two_messages()
    {
        await SendAsync("same");
        await SendAsync("same");
        (await DrainAsync()).ShouldBe(["same", "same"]);
    }

    [Fact]
    public async Task A_commit_repeated_with_its_key_happens_once()
    {
        var first = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("once")));
        var again = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("once")));
        first.IsRepeat.ShouldBeFalse();
        again.IsRepeat.ShouldBeTrue();
        again.Added.ShouldBe(first.Added);
        (await DrainAsync()).ShouldBe(["once"]);
        (await Engine.CommitAsync(new Commit { IdempotencyKey = "k2" }.Add(Mail("other")))).IsRepeat.ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_is_forgotten_after_an_hour()
    {
        await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("one")));
        Clock.Advance(TimeSpan.FromMinutes(61));
        (await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("two")))).IsRepeat.ShouldBeFalse();
        (await DrainAsync()).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Attributes_are_set_and_removed_and_the_rest_stays()
    {
        var id = await SendAsync(Mail("x") with { Attributes = new Dictionary<string, AttributeValue> { ["keep"] = "1", ["drop"] = "2" } });
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Attributes = new Dictionary<string, AttributeValue?> { ["drop"] = null, ["new"] = "3" }, Flags = ["f"] }));
        var message = await FindAsync(id);
        message.Attributes.Keys.Order().ShouldBe(["keep", "new"]);
        message.Flags.ShouldBe(["f"]);
    }

    [Fact]
    public async Task Documents_are_written_read_listed_and_removed()
    {
        await Engine.CommitAsync(new Commit().SetDocument("o/b", new byte[] { 2 }).SetDocument("o/a", new byte[] { 1 }).SetDocument("p", new byte[] { 3 }));
        Engine.Document("o/a")!.Value.ToArray().ShouldBe([1]);
        Engine.Documents("o/").Select(d => d.Key).ShouldBe(["o/a", "o/b"]);
        await Engine.CommitAsync(new Commit().SetDocument("o/a", null));
        Engine.Document("o/a").ShouldBeNull();
    }

    [Fact]
    public async Task Concurrent_commits_all_happen_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            for (var k = 0; k < 25; k++)
                await SendAsync($"{i}-{k}");
        })));
        (await DrainAsync()).Order().ShouldBe(Enumerable.Range(0, 20).SelectMany(i => Enumerable.Range(0, 25).Select(k => $"{i}-{k}")).Order());
    }

    [Fact]
    public async Task A_thousand_operations_are_one_commit()
    {
        var commit = new Commit();
        for (var i = 0; i < 1000; i++)
            commit.Add(Mail($"{i}", i % 2 == 0 ? Q : Other));
        (await Engine.CommitAsync(commit)).Added.Select(a => a.Id).Distinct().Count().ShouldBe(1000);
        (Status().Messages, Status(Other).Messages).ShouldBe((500, 500));
    }

    [Fact]
    public async Task A_deleted_queue_is_gone_with_its_messages_and_made_again_it_is_another_one()
    {
        var id = await SendAsync("x");
        var identity = Status().Identity;
        await Engine.CommitAsync(new Commit().DeleteQueue(Q));
        Engine.Status(Q).ShouldBeNull();
        (await Engine.FindAsync(id)).ShouldBeNull();
        await SendAsync("y");
        Status().Identity.ShouldBeGreaterThan(identity);
        Status().Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Queues_are_listed_by_name_once_each()
    {
        Engine.Queues().ShouldBeEmpty();
        await SendAsync("x", queue: Other);
        await SendAsync("x");
        await SendAsync("x");
        await Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("empty"), QueuePolicy.Default));
        Engine.Queues().Select(q => q.Name.Value).ShouldBe(["empty", "other", "work"]);
    }
}

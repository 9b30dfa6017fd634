using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What policies bound: size, number, age, attempts.</summary>
public abstract class LimitsContract : EngineContract
{
    [Fact]
    public async Task A_full_queue_refuses_and_nothing_of_the_commit_happens()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { MessagesMax = 2 }));
        await SendAsync("1");
        var refused = await Should.ThrowAsync<QueueFullException>(async () => await Engine.CommitAsync(new Commit().Add(Mail("2")).Add(Mail("3")).Add(Mail("elsewhere", Other))));
        (refused.Queue, refused.IsMessageTooLarge).ShouldBe((Q, false));
        (Status().Messages, Engine.Status(Other)?.Messages ?? 0).ShouldBe((1, 0));
        await SendAsync("2");
        await DrainAsync();
        await SendAsync("3");
    }

    [Fact]
    public async Task A_queue_is_full_of_bytes_too()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { BytesMax = 10 }));
        await SendAsync("123456");
        await Should.ThrowAsync<QueueFullException>(() => SendAsync("12345"));
        await SendAsync("1234");
    }

    [Fact]
    public async Task A_message_larger_than_its_queue_takes_is_refused()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { MessageBytesMax = 3 }));
        await SendAsync("123");
        (await Should.ThrowAsync<QueueFullException>(() => SendAsync("1234"))).IsMessageTooLarge.ShouldBeTrue();
    }

    [Fact]
    public async Task A_move_into_a_full_queue_is_refused_and_the_message_stays()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Other, new QueuePolicy { MessagesMax = 0 }));
        await SendAsync("x");
        var leased = await TakeOneAsync();
        await Should.ThrowAsync<QueueFullException>(async () => await Engine.CommitAsync(new Commit().Move(leased, Other)));
        await Engine.CommitAsync(new Commit().Remove(leased));
    }

    [Fact]
    public async Task What_is_too_old_goes_and_what_is_held_stays()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { Retention = TimeSpan.FromHours(1) }));
        await SendAsync("old");
        await SendAsync(Mail("held") with { IsHeld = true });
        Clock.Advance(TimeSpan.FromMinutes(59));
        (await BrowseAsync()).Count.ShouldBe(2);
        await SendAsync("new");
        Clock.Advance(TimeSpan.FromMinutes(2));
        Clock.Advance(TimeSpan.FromMinutes(1));
        await EventuallyAsync(async () => (await BrowseTextsAsync()).Order().SequenceEqual(["held", "new"]), "the old message is gone");
    }

    [Fact]
    public async Task After_so_many_receives_without_an_ack_a_message_is_a_dead_letter()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { ReceivesMax = 2, DeadLetterQueue = Other, VisibilityTimeout = TimeSpan.FromSeconds(10) }));
        var id = await SendAsync("poison");
        await Engine.CommitAsync(new Commit().Release(await TakeOneAsync(), changes: new MessageChanges { LastError = "bad input" }));
        Status().Messages.ShouldBe(1);
        await TakeOneAsync();
        Clock.Advance(TimeSpan.FromSeconds(11));
        await EventuallyAsync(async () => (await Engine.FindAsync(id))?.Queue == Other, "the message is a dead letter");
        Status().Messages.ShouldBe(0);
        var dead = await FindAsync(id);
        (dead.LastError, dead.ReceiveCount, dead.Text("dead-letter-source")).ShouldBe(("bad input", 0, Q.Value));
        (await TakeAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_may_be_the_last_one_too()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Other }));
        var id = await SendAsync("poison");
        await Engine.CommitAsync(new Commit().Release(await TakeOneAsync()));
        await EventuallyAsync(async () => (await Engine.FindAsync(id))?.Queue == Other, "the message is a dead letter");
        (await TakeAsync()).ShouldBeEmpty();
    }
}

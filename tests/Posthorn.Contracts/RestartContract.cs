using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What an engine on stable storage still knows after it was closed and opened again.</summary>
public abstract class RestartContract : EngineContract
{
    /// <summary>Closes the engine and opens another one on the same storage.</summary>
    protected abstract Task<IEngine> ReopenAsync(IEngine engine, ManualClock clock);

    private async Task RestartAsync() => Engine = await ReopenAsync(Engine, Clock);

    [Fact]
    public async Task Messages_survive_with_all_they_have_and_in_their_order()
    {
        await SendAsync("low", 1);
        await SendAsync(Mail("rich", priority: 9) with
        {
            Envelope = new Envelope("", [new Recipient("a@b") { Notify = DsnNotify.Never, OriginalRecipient = "rfc822;c@d", Headers = ["X: y"] }]) { EnvelopeId = "e", Return = DsnReturn.Headers },
            Attributes = new Dictionary<string, AttributeValue> { ["k"] = AttributeValue.Of("v", "String.x") },
            Flags = ["f"],
            LastError = "error",
            Group = "g",
        });
        var before = await BrowseAsync();
        await RestartAsync();
        var after = await BrowseAsync();
        after.Select(m => (m.Id, m.Number, m.Priority, m.AcceptedAt, m.EnqueuedAt, m.LastError, m.Group)).ShouldBe(before.Select(m => (m.Id, m.Number, m.Priority, m.AcceptedAt, m.EnqueuedAt, m.LastError, m.Group)));
        after[0].Envelope.Recipients[0].Headers.ShouldBe(["X: y"]);
        (after[0].Envelope.EnvelopeId, after[0].Envelope.Sender, after[0].Text("k"), after[0].Flags[0]).ShouldBe(("e", "", "v", "f"));
        (await DrainAsync()).ShouldBe(["rich", "low"]);
    }

    [Fact]
    public async Task What_was_removed_stays_removed()
    {
        await SendAsync("a");
        await SendAsync("b");
        await Engine.CommitAsync(new Commit().Remove(await TakeOneAsync()));
        await RestartAsync();
        (await DrainAsync()).ShouldBe(["b"]);
        await RestartAsync();
        (await DrainAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Leases_end_and_old_handles_prove_nothing()
    {
        await SendAsync("x");
        var leased = await TakeOneAsync();
        await RestartAsync();
        await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Remove(leased)));
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Receive_counts_are_kept_by_an_orderly_restart()
    {
        await SendAsync("x");
        await Engine.CommitAsync(new Commit().Release(await TakeOneAsync()));
        await TakeOneAsync();
        await RestartAsync();
        (await TakeOneAsync()).Message.ReceiveCount.ShouldBe(3);
    }

    [Fact]
    public async Task Delays_go_on_and_what_became_due_meanwhile_is_due()
    {
        await SendAsync("soon", delay: TimeSpan.FromMinutes(1));
        await SendAsync("later", delay: TimeSpan.FromDays(1000));
        await RestartAsync();
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromMinutes(2));
        (await DrainAsync()).ShouldBe(["soon"]);
        await RestartAsync();
        Status().Delayed.ShouldBe(1);
    }

    [Fact]
    public async Task Moves_holds_priorities_and_releases_survive()
    {
        var moved = await SendAsync("moved");
        var held = await SendAsync("held");
        var raised = await SendAsync("raised");
        var released = await SendAsync("released");
        await Engine.CommitAsync(new Commit().Move(moved, Other).Change(held, new MessageChanges { IsHeld = true }).Change(raised, new MessageChanges { Priority = Priority.Highest }));
        await TakeOneAsync();
        var leased = await TakeOneAsync();
        leased.Message.Id.ShouldBe(released);
        await Engine.CommitAsync(new Commit().Release(leased, TimeSpan.FromHours(1), new MessageChanges { LastError = "later" }));
        await RestartAsync();
        (await FindAsync(moved)).Queue.ShouldBe(Other);
        (await FindAsync(held)).State.ShouldBe(MessageState.Held);
        (await FindAsync(raised)).Priority.ShouldBe(Priority.Highest);
        ((await FindAsync(released)).State, (await FindAsync(released)).LastError).ShouldBe((MessageState.Delayed, "later"));
    }

    [Fact]
    public async Task Numbers_and_ids_go_on_where_they_were()
    {
        var first = await SendAsync("a");
        await DrainAsync();
        await RestartAsync();
        var second = await SendAsync("b");
        second.Value.ShouldBeGreaterThan(first.Value);
        (await FindAsync(second)).Number.ShouldBe(2);
    }

    [Fact]
    public async Task Queues_policies_identities_and_documents_survive()
    {
        var policy = new QueuePolicy { VisibilityTimeout = TimeSpan.FromMinutes(2), Delay = TimeSpan.FromSeconds(1), Retention = TimeSpan.FromDays(14), ReceivesMax = 5, DeadLetterQueue = Other, MessageBytesMax = 1, BytesMax = 2, MessagesMax = 3, IsPaused = true };
        await Engine.CommitAsync(new Commit().SetQueue(Q, policy).SetDocument("k", new byte[] { 1, 2 }).SetDocument("gone", new byte[] { 1 }));
        await Engine.CommitAsync(new Commit().SetDocument("gone", null));
        var identity = Status().Identity;
        await RestartAsync();
        (Status().Policy, Status().Identity).ShouldBe((policy, identity));
        Engine.Documents("").Select(d => (d.Key, d.Value.Length)).ShouldBe([("k", 2)]);
    }

    [Fact]
    public async Task A_deleted_queue_does_not_come_back()
    {
        await SendAsync("x");
        await Engine.CommitAsync(new Commit().DeleteQueue(Q));
        await RestartAsync();
        Engine.Status(Q).ShouldBeNull();
    }

    [Fact]
    public async Task A_key_is_known_after_a_restart()
    {
        var first = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("once")));
        await RestartAsync();
        var again = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Mail("once")));
        (again.IsRepeat, again.Added[0]).ShouldBe((true, first.Added[0]));
        Status().Messages.ShouldBe(1);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2_000_000)]
    public async Task Shared_bodies_survive_as_long_as_a_message_needs_them(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        var body = Body.Of(bytes);
        await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Q, Content = body }).Add(new NewMessage { Queue = Other, Content = new Content(body) { Prefix = "p"u8.ToArray(), Skip = 1 } }));
        await RestartAsync();
        await Engine.CommitAsync(new Commit().Remove((await BrowseAsync())[0].Id));
        await RestartAsync();
        (await BytesAsync((await TakeOneAsync(Other)).Message.Content)).ShouldBe([(byte)'p', .. bytes.AsSpan(1)]);
    }
}

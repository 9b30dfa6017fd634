using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A store that is closed and opened again holds what it held.</summary>
public abstract class RestartContract : EngineContract
{
    [Fact]
    public async Task Messages_are_there_again_with_order_states_and_figures()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 1000, VisibilityTimeout = TimeSpan.FromMinutes(3), DeadLetterQueue = Invoices, ReceivesMax = 9, Retention = TimeSpan.FromDays(3) });
        for (var i = 0; i < 50; i++)
            await AddAsync(Text(Orders, $"{i}") with { Priority = Priority.Of(i % 3), Group = i % 5 == 0 ? null : $"g{i % 5}" });
        await AddAsync(Text(Orders, "delayed") with { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) });
        await AddAsync(Text(Orders, "held") with { IsHeld = true });
        var leases = await LeaseAsync(Orders, 10);
        await Engine.CommitAsync(leases.Take(5).Aggregate(new Commit(), (commit, lease) => commit.Remove(lease)));
        await Engine.CommitAsync(new Commit().Release(leases[5], changes: new MessageChanges { LastError = "e" }).SetDocument("d", new byte[] { 7 }));
        var (before, browsed) = (Engine.Status(Orders)!, await TextsOfAsync(await BrowseAsync(Orders)));

        await ReopenAsync();

        var after = Engine.Status(Orders)!;
        after.HighestModSeq.ShouldBeGreaterThanOrEqualTo(before.HighestModSeq);
        after.ShouldBe(before with { Ready = before.Ready + before.Leased, Leased = 0, HighestModSeq = after.HighestModSeq });
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(browsed);
        Engine.Document("d")!.Value.ToArray().ShouldBe([7]);
        Engine.Groups(Orders).Count.ShouldBe(5);
        (await AddAsync(Orders, "new")).Number.ShouldBe(before.NextNumber);
        Time.Advance(TimeSpan.FromHours(1));
        Engine.Status(Orders)!.Delayed.ShouldBe(0);
    }

    [Fact]
    public async Task Leases_end_and_receive_counts_stay()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        await ReopenAsync();
        (await Should.ThrowAsync<CommitConflictException>(async () => await RemoveAsync(lease))).Conflicts[0].Reason.ShouldBe(ConflictReason.LeaseEnded);
        (await LeaseOneAsync(Orders)).Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_received_as_often_as_it_may_be_is_handed_to_nobody_after_a_start()
    {
        await SetAsync(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices });
        await AddAsync(Orders, "x");
        await LeaseOneAsync(Orders);
        await ReopenAsync();
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        await UntilAsync(() => Engine.Status(Invoices)?.Messages == 1);
    }

    [Fact]
    public async Task What_came_without_a_delay_is_ready_when_the_clock_was_set_back_before_the_start_and_what_was_to_wait_waits()
    {
        await SetAsync(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices });
        Time.Advance(TimeSpan.FromDays(1));
        await AddAsync(Orders, "added");
        await AddAsync(Text(Orders, "delayed") with { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) });
        await AddAsync(Text(Orders, "flushed") with { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) });
        await AddAsync(Text(Orders, "given back") with { Priority = Priority.Of(9) });
        await AddAsync(Text(Invoices, "moved"));
        Time.Advance(TimeSpan.FromMinutes(1));
        var flushed = (await BrowseAsync(Orders)).Single(message => message.State == MessageState.Delayed && message.Number == 3);
        await Engine.CommitAsync(new Commit().Change(flushed.Id, new MessageChanges { DueAt = Time.GetUtcNow() }));
        await SetAsync(Orders, QueuePolicy.Default);
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        await Engine.CommitAsync(new Commit().Move((await BrowseAsync(Invoices)).Single().Id, Orders));
        Time.SetWall(Time.GetUtcNow() - TimeSpan.FromHours(6));
        await ReopenAsync();
        await Engine.CommitAsync(new Commit().Change((await BrowseAsync(Orders)).First(message => message.Number == 1).Id, new MessageChanges { LastError = "looked at" }));
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["given back", "added", "flushed", "moved"]);
        Time.Advance(TimeSpan.FromHours(7));
        (await LeaseTextsAsync(Orders, 10)).ShouldContain("delayed");
    }

    [Fact]
    public async Task What_was_removed_moved_or_deleted_does_not_come_back()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 6; i++)
            ids.Add((await AddAsync(Orders, $"{i}")).Id);
        await AddAsync(Invoices, "gone");
        await Engine.CommitAsync(new Commit().Remove(ids[1]).Move(ids[2], QueueName.Parse("other")).DeleteQueue(Invoices));
        var identity = Engine.Status(Orders)!.Identity;
        await ReopenAsync();
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["0", "3", "4", "5"]);
        (await LeaseTextsAsync(QueueName.Parse("other"))).ShouldBe(["2"]);
        Engine.Status(Invoices).ShouldBeNull();
        Engine.Status(Orders)!.Identity.ShouldBe(identity);
        await AddAsync(Invoices, "new");
        Engine.Status(Invoices)!.Identity.ShouldBeGreaterThan(identity);
        (await AddAsync(Orders, "next")).Id.ShouldBeGreaterThan(ids[5]);
    }

    [Fact]
    public async Task An_idempotency_key_is_still_known()
    {
        var first = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")));
        await ReopenAsync();
        var second = await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")));
        second.IsRepeat.ShouldBeTrue();
        second.Added.ShouldBe(first.Added);
    }

    [Fact]
    public async Task What_was_received_too_often_when_the_process_ended_is_a_dead_letter()
    {
        await SetAsync(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices });
        await AddAsync(Orders, "x");
        await LeaseOneAsync(Orders);
        await ReopenAsync();
        await UntilAsync(() => Engine.Status(Invoices)?.Messages == 1);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task Shared_bodies_live_on_until_their_last_message(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        await AddAsync(new NewMessage { Queue = Orders, Content = Body.Of(bytes) });
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Invoices, Content = lease.Message.Content }));
        await RemoveAsync(lease);
        await ReopenAsync();
        var message = (await LeaseOneAsync(Invoices)).Message;
        await using (var stream = await Engine.OpenAsync(message.Content))
        {
            var read = new byte[length];
            await stream.ReadExactlyAsync(read);
            read.ShouldBe(bytes);
        }
        await RemoveAsync(message.Id);
        await ReopenAsync();
        await Should.ThrowAsync<BodyLostException>(async () => await Engine.OpenAsync(message.Content));
    }

    [Fact]
    public async Task A_store_may_be_opened_again_and_again()
    {
        for (var i = 0; i < 10; i++)
        {
            await AddAsync(Orders, $"{i}");
            await ReopenAsync();
        }
        (await LeaseTextsAsync(Orders)).ShouldBe(Enumerable.Range(0, 10).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_closed_engine_says_so()
    {
        await SetAsync(Orders, QueuePolicy.Default);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest() { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await Engine.DisposeAsync();
        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
        await Should.ThrowAsync<ObjectDisposedException>(() => AddAsync(Orders, "x"));
        await ReopenAsync();
    }
}

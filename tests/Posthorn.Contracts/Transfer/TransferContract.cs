using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts.Transfer;

/// <summary>What is moved from one engine into another is the same there, wherever it was ended in between; and nobody serves half of it.</summary>
public abstract class TransferContract : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");

    protected ManualTimeProvider Time { get; } = new();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Opens the engine on the store that is moved.</summary>
    protected abstract Task<IEngine> OpenFromAsync();

    /// <summary>Opens the engine on the store into which it is moved.</summary>
    protected abstract Task<IEngine> OpenToAsync();

    protected abstract Task<TransferSource> OpenSourceAsync();

    protected abstract TransferTarget OpenTarget();

    /// <summary>Opens what it was moved into to be compared.</summary>
    protected abstract Task<TransferSource> OpenCopyAsync();

    /// <summary>Called where a process would be killed that fills the target: what it does afterwards does not count.</summary>
    protected virtual void Kill()
    {
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_random_store_is_the_same_afterwards(int seed)
    {
        await FillAsync(engine => new RandomStore(engine, Time, seed).FillAsync(150));
        var (before, modSeqs) = await LookAsync(OpenFromAsync);
        before.Count(line => line.StartsWith("message", StringComparison.Ordinal)).ShouldBeGreaterThan(50);

        var moved = await MoveAsync();
        moved.Differences.ShouldBeEmpty();
        moved.IsSame.ShouldBeTrue();

        var (after, modSeqsAfter) = await LookAsync(OpenToAsync);
        after.ShouldBe(before);
        modSeqsAfter.Zip(modSeqs).ShouldAllBe(pair => pair.First >= pair.Second);
        (await LookAsync(OpenFromAsync)).Lines.ShouldBe(before, "what is moved from stays as it is");
        (await LookAsync(OpenToAsync)).Lines.ShouldBe(before, "and what it was moved into holds it over a start");
    }

    [Fact]
    public async Task What_comes_afterwards_goes_on_where_the_source_ended()
    {
        var added = default(AddedMessage);
        await FillAsync(async engine =>
        {
            await engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { IsFifo = true }).SetQueue(Invoices, new QueuePolicy { KeepConsumed = TimeSpan.FromDays(1) }).SetDocument("d", new byte[] { 7 }));
            foreach (var group in (string[])["b", "a", "b", "c"])
                await engine.CommitAsync(new Commit().Add(Text(Orders, group) with { Group = group }));
            added = (await engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Invoices, "x") with { DeduplicationId = "once" }))).Added[0];
            await engine.CommitAsync(new Commit().Add(Text(Invoices, "last")));
            await engine.CommitAsync(new Commit().Remove((await engine.FindAsync(Invoices, 2))!.Id));
            await engine.LeaseAsync(Invoices, new LeaseRequest());
        });
        (await MoveAsync()).IsSame.ShouldBeTrue();
        await using var there = await OpenToAsync();

        var repeat = await there.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Invoices, "x")));
        (repeat.IsRepeat, repeat.Added[0]).ShouldBe((true, added));
        (await there.CommitAsync(new Commit().Add(Text(Invoices, "again") with { DeduplicationId = "once" }))).Added[0].ShouldBe(added with { IsDuplicate = true });
        (await there.LeaseAsync(Invoices, new LeaseRequest())).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(2, "leases do not move, receive counts do");
        (await there.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10 })).Select(l => l.Message.Group).ShouldBe(["b", "b", "a", "c"]);
        var next = (await there.CommitAsync(new Commit().Add(Text(Invoices, "new")).SetQueue(QueueName.Parse("made"), QueuePolicy.Default))).Added[0];
        next.Number.ShouldBe(3);
        next.Id.ShouldBeGreaterThan(added.Id);
        (await there.FindAsync(next.Id))!.ModSeq.ShouldBeGreaterThan((await there.FindAsync(added.Id))!.ModSeq);
        there.Status(QueueName.Parse("made"))!.Identity.ShouldBeGreaterThan(there.Status(Invoices)!.Identity);
        var consumed = new List<Message>();
        await foreach (var message in there.BrowseAsync(Invoices, new MessageFilter { States = [MessageState.Consumed] }))
            consumed.Add(message);
        await there.CommitAsync(new Commit().Replay(consumed.ShouldHaveSingleItem().Id));
        there.Document("d")!.Value.ToArray().ShouldBe([7]);
    }

    [Theory]
    [InlineData(3_000)] // a shorter one is copied by PostgreSQL
    [InlineData(300_000)]
    public async Task A_shared_body_is_moved_once_and_lives_until_its_last_message(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        await FillAsync(async engine =>
        {
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(bytes) }));
            await AddManyAsync(engine, 1_200);
            var first = (await engine.FindAsync(Orders, 1))!;
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Invoices, Content = first.Content }).Add(new NewMessage { Queue = Invoices, Content = first.Content.WithInFront("x"u8) }));
        });
        (await MoveAsync()).IsSame.ShouldBeTrue();
        (await CopiesOfAsync(bytes)).ShouldBe(1);

        Message[] messages;
        await using (var there = await OpenToAsync())
        {
            messages = [(await there.FindAsync(Orders, 1))!, (await there.FindAsync(Invoices, 1))!, (await there.FindAsync(Invoices, 2))!];
            await there.CommitAsync(new Commit().Discard(messages[0].Id).Discard(messages[2].Id));
            await using (var stream = await there.OpenAsync(messages[1].Content))
            {
                var read = new byte[length];
                await stream.ReadExactlyAsync(read);
                read.ShouldBe(bytes);
            }
            await there.CommitAsync(new Commit().Discard(messages[1].Id));
        }
        await using var again = await OpenToAsync();
        await Should.ThrowAsync<BodyLostException>(async () => await again.OpenAsync(messages[1].Content));
    }

    /// <summary>How often bytes stand in the target.</summary>
    protected abstract Task<long> CopiesOfAsync(byte[] bytes);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task Ended_anywhere_it_goes_on_and_nobody_serves_what_is_half_there(int reports)
    {
        await FillAsync(async engine =>
        {
            await new RandomStore(engine, Time, reports).FillAsync(100);
            await AddManyAsync(engine, 1_500);
            await new RandomStore(engine, Time, reports + 100).FillAsync(60);
        });
        var (before, _) = await LookAsync(OpenFromAsync);

        var progress = new EndingProgress(reports, Kill);
        await Should.ThrowAsync<EndedException>(() => MoveAsync(progress));
        var refused = await Should.ThrowAsync<Exception>(async () => await OpenToAsync());
        refused.Message.ShouldContain("posthorn migrate");
        if (progress.Reports[^1].Stage == TransferStage.Copying)
            await Should.ThrowAsync<EndedException>(() => MoveAsync(new EndingProgress(1, Kill)));
        (await MoveAsync()).Differences.ShouldBeEmpty();

        (await LookAsync(OpenToAsync)).Lines.ShouldBe(before);
    }

    [Fact]
    public async Task What_became_another_in_the_target_is_found()
    {
        await FillAsync(engine => AddManyAsync(engine, 50));
        (await MoveAsync()).IsSame.ShouldBeTrue();
        await using (var there = await OpenToAsync())
        {
            var messages = await there.ReadAsync(Orders, [3, 4, 5]);
            await there.CommitAsync(new Commit().Change(messages[0].Id, new MessageChanges { FlagsAdded = ["new"] }).Remove(messages[1].Id)
                .Change(messages[2].Id, new MessageChanges { Content = Body.Of("other"u8.ToArray()) }).Add(Text(Orders, "one more")).SetDocument("d", new byte[] { 1 }));
        }
        await using var source = await OpenSourceAsync();
        await using var copy = await OpenCopyAsync();
        var compared = await EngineTransfer.CompareAsync(source, copy, Time);

        compared.IsSame.ShouldBeFalse();
        string.Join('\n', compared.Differences).ShouldSatisfyAllConditions(
            told => told.ShouldContain("(orders number 3) is another in the target: mod-seq, flags"), told => told.ShouldContain("(orders number 4) is missing"),
            told => told.ShouldContain("(orders number 5) is another"), told => told.ShouldContain("(orders number 51) is in the target only"), told => told.ShouldContain("Document 'd'"));
        compared.Queues.Single(q => q.Queue == "orders").IsSame.ShouldBeFalse();
        await Should.ThrowAsync<TransferException>(() => MoveAsync());
    }

    [Fact]
    public async Task Another_state_of_the_source_does_not_go_on_where_one_was_begun()
    {
        await FillAsync(engine => AddManyAsync(engine, 600));
        await Should.ThrowAsync<EndedException>(() => MoveAsync(new EndingProgress(1, Kill)));
        await FillAsync(engine => AddManyAsync(engine, 1));
        (await Should.ThrowAsync<TransferException>(() => MoveAsync())).Message.ShouldContain("was used since");
    }

    [Fact]
    public async Task An_empty_store_is_moved_too()
    {
        await FillAsync(_ => Task.CompletedTask);
        (await MoveAsync()).IsSame.ShouldBeTrue();
        await using var there = await OpenToAsync();
        there.Queues().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_received_too_often_moves_as_it_is_and_is_a_dead_letter_when_it_is_served()
    {
        await FillAsync(async engine =>
        {
            await engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Invoices }));
            await engine.CommitAsync(new Commit().Add(Text(Orders, "x")));
            (await engine.LeaseAsync(Orders, new LeaseRequest())).Count.ShouldBe(1);
        });
        await using (var source = await OpenSourceAsync())
            source.Messages.ShouldBe(1);
        (await MoveAsync()).Queues.Single(q => q.Queue == "orders").Messages.ShouldBe(1);
        await using var there = await OpenToAsync();
        await Time.UntilAsync(() => there.Status(Invoices)?.Messages == 1, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));
    }

    protected static NewMessage Text(QueueName queue, string text) => new() { Queue = queue, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    protected async Task FillAsync(Func<IEngine, Task> fill)
    {
        await using var engine = await OpenFromAsync();
        await fill(engine);
    }

    protected async Task<TransferComparison> MoveAsync(IProgress<TransferProgress>? progress = null)
    {
        await using var source = await OpenSourceAsync();
        await using var target = OpenTarget();
        return await EngineTransfer.RunAsync(source, target, Time, progress);
    }

    private static async Task AddManyAsync(IEngine engine, int count)
    {
        foreach (var part in Enumerable.Range(0, count).Chunk(50))
            await engine.CommitAsync(part.Aggregate(new Commit(), (commit, i) => commit.Add(Text(Orders, $"{i}"))));
    }

    private static async Task<(IReadOnlyList<string> Lines, IReadOnlyList<long> ModSeqs)> LookAsync(Func<Task<IEngine>> open)
    {
        await using var engine = await open();
        return (await StoreSnapshot.OfAsync(engine), [.. engine.Queues().Select(queue => queue.HighestModSeq)]);
    }
}

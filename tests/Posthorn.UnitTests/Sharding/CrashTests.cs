using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding;
using Posthorn.Sharding.Spanning;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>A node that dies in the middle of a commit that spans shards: at each of its steps, before and after it. The next one goes on, and all happens once.</summary>
/// <remarks>The steps: it is decided, with the rest in the outbox (1); the rest happens, with its receipt (2); it leaves the outbox (3); its receipt goes (4).</remarks>
public sealed class CrashTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly TwoShards _shards = new();

    public static TheoryData<int, bool, bool> Steps()
    {
        var steps = new TheoryData<int, bool, bool>();
        for (var step = 1; step <= 4; step++)
        {
            foreach (var moves in new[] { false, true })
            {
                steps.Add(step, true, moves);
                steps.Add(step, false, moves);
            }
        }
        return steps;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task What_was_decided_happens_once_whatever_step_the_node_died_at(int step, bool isBefore, bool moves)
    {
        await DieAsync(step, isBefore, moves);
        var isDecided = step > 1 || !isBefore;

        await using var engine = await _shards.OpenAsync(_time);
        _time.Advance(Courier.Grace);
        await UntilAsync(() => (engine.Status(Invoices)?.Messages ?? 0) == (isDecided ? 1 : 0) && Parcels() == 0);
        _time.Advance(TimeSpan.FromHours(3));
        await UntilAsync(() => _shards.Other.Count(BetweenQueues.Receipts) == 0);
        (engine.Status(Orders)!.Messages, engine.Status(Invoices)?.Messages ?? 0).ShouldBe(isDecided ? (0, 1) : (1, 0));
        if (isDecided)
        {
            var invoice = (await engine.LeaseAsync(Invoices, new LeaseRequest { MessagesMax = 9 })).ShouldHaveSingleItem().Message;
            await using var content = await engine.OpenAsync(invoice.Content);
            using var reader = new StreamReader(content);
            (await reader.ReadToEndAsync()).ShouldBe(moves ? "order" : "invoice");
        }
    }

    [Fact]
    public async Task What_happened_does_not_happen_again_though_it_was_worked_off_and_days_have_passed()
    {
        await DieAsync(step: 2, isBefore: false, moves: false);
        await using (var other = new ReferenceEngine(_time, _shards.Other))
            await other.CommitAsync(new Commit().Remove((await other.LeaseAsync(Invoices, new LeaseRequest())).ShouldHaveSingleItem()));
        _time.Advance(TimeSpan.FromDays(2));
        Parcels().ShouldBe(1);

        await using var engine = await _shards.OpenAsync(_time);
        await UntilAsync(() => Parcels() == 0 && _shards.Other.Count(BetweenQueues.Receipts) == 0);
        engine.Status(Invoices)!.Messages.ShouldBe(0);
    }

    /// <summary>Lets a node die at a step of a commit that ends an order and adds an invoice, or moves it.</summary>
    private async Task DieAsync(int step, bool isBefore, bool moves)
    {
        var (commits, isDead, isCounting) = (0, false, false);
        var died = new TaskCompletionSource();
        Exception? Fail(string method, bool comesBefore)
        {
            if (isDead)
                return new EngineFailedException("The node is dead.");
            if (!isCounting || method != nameof(IShard.CommitAsync) || (comesBefore ? Interlocked.Increment(ref commits) : Volatile.Read(ref commits)) != step || comesBefore != isBefore)
                return null;
            isDead = true;
            died.SetResult();
            return new EngineFailedException("The node is dead.");
        }
        await using var engine = await _shards.OpenAsync(_time, shard => WatchedShard.Around(shard, m => Fail(m, comesBefore: true), m => Fail(m, comesBefore: false)));
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("order"u8.ToArray()) }));
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        isCounting = true;
        var commit = moves ? new Commit().Move(lease, Invoices) : new Commit().Remove(lease).Add(new NewMessage { Queue = Invoices, Content = Body.Of("invoice"u8.ToArray()) });
        if (step <= 2)
            await Should.ThrowAsync<EngineFailedException>(async () => await engine.CommitAsync(commit));
        else
            await engine.CommitAsync(commit);
        await died.Task.WaitAsync(Patience);
    }

    /// <summary>Waits for what happens in the background, while the clock stands.</summary>
    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, TimeSpan.FromTicks(1), Patience);

    private int Parcels() => _shards.Home.Count(BetweenQueues.Outbox);
}

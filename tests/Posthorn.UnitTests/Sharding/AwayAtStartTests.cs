using Posthorn.Bodies;
using Posthorn.Clustering;
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

/// <summary>A start while a shard is away: the others serve, it is taken in when it comes, and nothing is taken over that cannot be seen.</summary>
public sealed class AwayAtStartTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly QueueName Letters = QueueName.Parse("letters");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly ReferenceStore _home = new();
    private readonly ReferenceStore _b = new();
    private readonly ReferenceStore _c = new();
    private volatile ReferenceStore _address; // where the name of 'b' leads
    private volatile Exception? _fault; // what opening 'b' fails with
    private int _opened, _closed;

    public AwayAtStartTests() => _address = _b;

    public async Task InitializeAsync() => await (await OpenAsync()).DisposeAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private Task<ShardedEngine> OpenAsync(string name = "b", params string[] queues) => OpenAsync([name], queues);

    /// <param name="names">Of the second shard, then of a third one if there is to be one.</param>
    /// <param name="queues">Of the second shard.</param>
    private Task<ShardedEngine> OpenAsync(string[] names, string[] queues)
    {
        var shards = new List<Shard> { new(names[0], OpenOtherAsync, queues.Length > 0 ? queues : ["invoices"]) };
        if (names.Length > 1)
            shards.Add(new Shard(names[1], Counted(_c), ["third"]));
        return ShardedEngine.OpenAsync(Counted(_home), shards, _time);
    }

    private Task<IShard> OpenOtherAsync(CancellationToken cancellationToken) => _fault is { } fault ? Task.FromException<IShard>(fault) : Task.FromResult(Counted(_address));

    private IShard Counted(ReferenceStore store)
    {
        Interlocked.Increment(ref _opened);
        return WatchedShard.Around(new ReferenceEngine(_time, store), _ => null, closed: () => Interlocked.Increment(ref _closed));
    }

    private void GoesAway() => _fault = new EngineUnavailableException("gone");

    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, Second, Patience);

    private static NewMessage Text(QueueName queue) => new() { Queue = queue, Content = Body.Of("x"u8.ToArray()) };

    private async Task RefusedAsync(string words, Func<Task<ShardedEngine>> open)
    {
        (await Should.ThrowAsync<ShardsUnusableException>(open)).Message.ShouldContain(words);
        _closed.ShouldBe(_opened);
    }

    [Fact]
    public async Task The_others_serve_and_it_is_taken_in_when_it_comes()
    {
        await using (var before = await OpenAsync())
            await before.CommitAsync(new Commit().Add(Text(Orders)).Add(Text(Invoices)));
        GoesAway();
        await using var engine = await OpenAsync();

        engine.Health.ShouldSatisfyAllConditions(h => h.State.ShouldBe(EngineState.Serving), h => h.Reason.ShouldBe("The shard 'b': gone"));
        engine.Queues().Select(q => q.Name).ShouldBe([Orders]);
        (engine.IsAway(Orders), engine.IsAway(Invoices)).ShouldBe((false, true));
        engine.Cluster.Report(NodeReport.None);
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text(Invoices))))).IsOutcomeUnknown.ShouldBeFalse();
        await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.LeaseAsync(Invoices, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }));
        Should.Throw<EngineUnavailableException>(() => engine.Status(Invoices)).Message.ShouldBe("The shard 'b': gone");
        Should.Throw<EngineUnavailableException>(() => engine.Watch(Invoices, 1));
        Should.Throw<EngineUnavailableException>(() => engine.ReadyGroups(Invoices));
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices))))).IsOutcomeUnknown.ShouldBeFalse();
        engine.Status(Orders)!.Leased.ShouldBe(1);

        _fault = null;
        await UntilAsync(() => engine.Health.Reason is null);
        engine.IsAway(Invoices).ShouldBeFalse();
        await engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices)));
        (engine.Status(Orders)!.Messages, engine.Status(Invoices)!.Messages).ShouldBe((0, 2));
        var added = (await engine.CommitAsync(new Commit().Add(Text(Invoices)))).Added[0];
        IdRanges.Of(added.Id).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_decided_before_happens_when_it_comes()
    {
        var isDead = false;
        var first = await ShardedEngine.OpenAsync(
            new ReferenceEngine(_time, _home),
            [new Shard("b", WatchedShard.Around(new ReferenceEngine(_time, _b), call => isDead && call == nameof(IShard.CommitAsync) ? new EngineUnavailableException("gone") : null), ["invoices"])],
            _time);
        isDead = true;
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await first.CommitAsync(new Commit().Add(Text(Orders)).Add(Text(Invoices))))).IsOutcomeUnknown.ShouldBeTrue();
        await first.DisposeAsync();

        GoesAway();
        await using var engine = await OpenAsync();
        _time.Advance(Courier.Grace);
        _home.Count(BetweenQueues.Outbox).ShouldBe(1);
        _fault = null;
        await _time.UntilAsync(() => engine.Health.Reason is null && engine.Status(Invoices)?.Messages == 1 && _home.Count(BetweenQueues.Outbox) == 0, TimeSpan.FromSeconds(5), Patience);
        engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Its_dead_letters_go_on_to_the_others_when_it_comes()
    {
        await using (var before = await OpenAsync())
        {
            await before.CommitAsync(new Commit().SetQueue(Invoices, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Letters }).Add(Text(Invoices)));
            (await before.LeaseAsync(Invoices, new LeaseRequest())).Count.ShouldBe(1);
        }
        GoesAway();
        await using var engine = await OpenAsync();
        _fault = null;
        await UntilAsync(() => engine.Health.Reason is null && engine.Status(Letters)?.Messages == 1);
        engine.Status(Invoices)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Another_store_at_its_address_stays_away_with_the_reason_until_the_right_one_is_there()
    {
        GoesAway();
        await using var engine = await OpenAsync();
        (_address, _fault) = (_c, null);
        await UntilAsync(() => engine.Health.Reason?.Contains("another database than the one that was recorded", StringComparison.Ordinal) == true);
        Should.Throw<EngineUnavailableException>(() => engine.Status(Invoices)).Message.ShouldContain("stays away");
        _c.Count(BetweenQueues.Outbox).ShouldBe(0);
        new ReferenceEngine(_time, _c).Queues().ShouldBeEmpty();

        _address = _b;
        await UntilAsync(() => engine.Health.Reason is null);
        await engine.CommitAsync(new Commit().Add(Text(Invoices)));
        _b.Count(Invoices).ShouldBe(1);
        (_opened - _closed).ShouldBe(2);
    }

    [Fact]
    public async Task One_that_cannot_be_opened_for_another_reason_refuses_the_start_and_later_waits_for_a_human()
    {
        _fault = new InvalidOperationException("wrong password");
        (await Should.ThrowAsync<InvalidOperationException>(() => OpenAsync(["b", "c"], []))).Message.ShouldBe("wrong password");
        _closed.ShouldBe(_opened);

        GoesAway();
        await using var engine = await OpenAsync();
        _fault = new InvalidOperationException("wrong password");
        await UntilAsync(() => engine.Health.Reason?.Contains("wrong password", StringComparison.Ordinal) == true);
        _fault = null;
        await UntilAsync(() => engine.Health.Reason is null);
    }

    [Fact]
    public async Task What_is_new_or_changed_is_not_taken_over_while_it_is_away()
    {
        GoesAway();
        await RefusedAsync("its queues or its place", () => OpenAsync("b", "invoices", "more"));
        await RefusedAsync("The shard 'x': gone", () => OpenAsync("x"));
        await RefusedAsync("Other shards are not as they were recorded", () => OpenAsync(["b", "c"], []));
        _fault = null;
        await (await OpenAsync(["b", "c"], [])).DisposeAsync();
        GoesAway();
        await RefusedAsync("'c' are missing", () => OpenAsync());
        await (await OpenAsync(["b", "c"], [])).DisposeAsync();
    }

    [Fact]
    public async Task A_shard_that_was_given_another_name_is_known_by_that_one()
    {
        await (await OpenAsync("x")).DisposeAsync();
        GoesAway();
        await using var engine = await OpenAsync("x");
        engine.Health.Reason.ShouldBe("The shard 'x': gone");
    }

    [Fact]
    public async Task Shards_that_are_open_for_the_first_time_must_all_be_there()
    {
        GoesAway();
        await RefusedAsync("It is new", () => ShardedEngine.OpenAsync(Counted(_c), [new Shard("b", OpenOtherAsync, ["invoices"])], _time));
    }
}

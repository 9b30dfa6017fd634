using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>A shard that is lost in the middle of a start, at each of its calls, before and after what it commits: it is as one that was away from the beginning.</summary>
public sealed class LostAtStartTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly QueueName Letters = QueueName.Parse("letters");
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10); // an hour must not pass in the middle of a commit
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private ReferenceStore _home = new();
    private ReferenceStore _b = new();
    private volatile bool _isHomes; // whose calls are counted: the home shard's, or those of 'b'
    private volatile bool _isAfter; // whether what is lost is the answer of a commit
    private volatile bool _isLost;
    private int _calls, _lostAt = int.MaxValue, _opened, _closed;

    private Task<ShardedEngine> OpenAsync(bool isGiven = false, params string[] queues)
    {
        var patterns = queues.Length > 0 ? queues : ["invoices"];
        var shard = isGiven ? new Shard("b", Watched(_b, isHome: false), patterns) : new Shard("b", OpenOtherAsync, patterns);
        return ShardedEngine.OpenAsync(Watched(_home, isHome: true), [shard], _time);
    }

    private Task<IShard> OpenOtherAsync(CancellationToken cancellationToken) =>
        _isLost && !_isHomes ? Task.FromException<IShard>(Gone()) : Task.FromResult(Watched(_b, isHome: false));

    private IShard Watched(ReferenceStore store, bool isHome)
    {
        Interlocked.Increment(ref _opened);
        return WatchedShard.Around(
            new ReferenceEngine(_time, store), call => isHome == _isHomes ? Counted(call, isAnswer: false) : null,
            call => isHome == _isHomes ? Counted(call, isAnswer: true) : null, () => Interlocked.Increment(ref _closed));
    }

    /// <summary>From the call on at which it is lost, all fail.</summary>
    private EngineUnavailableException? Counted(string call, bool isAnswer)
    {
        // The first lease is of what goes between shards: the start has ended.
        if (call == nameof(IShard.LeaseAsync))
            _lostAt = int.MaxValue;
        if (isAnswer == _isAfter && Interlocked.Increment(ref _calls) >= _lostAt)
            _isLost = true;
        return _isLost ? Gone() : null;
    }

    private static EngineUnavailableException Gone() => new("gone");

    private static NewMessage Text(QueueName queue) => new() { Queue = queue, Content = Body.Of("x"u8.ToArray()) };

    private void LoseAt(int call) => (_calls, _lostAt, _opened, _closed) = (0, call, 0, 0);

    private void ComesBack() => (_lostAt, _isLost) = (int.MaxValue, false);

    /// <summary>Two shards that are recorded.</summary>
    private async Task RecordAsync()
    {
        (_home, _b) = (new ReferenceStore(), new ReferenceStore());
        await using var first = await OpenAsync();
        await first.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { MessagesMax = 7 }).SetQueue(Invoices, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Letters }));
    }

    /// <summary>A dead letter that lies in the second shard, for the first.</summary>
    private async Task LeaveLetterAsync()
    {
        await using var alone = new ReferenceEngine(_time, _b);
        await alone.CommitAsync(new Commit().Add(Text(Invoices)));
        await alone.CommitAsync(new Commit().Release((await alone.LeaseAsync(Invoices, new LeaseRequest())).ShouldHaveSingleItem()));
    }

    [Fact]
    public async Task The_others_serve_whichever_call_it_was_lost_at_and_it_is_taken_in_when_it_comes()
    {
        for (var call = 1; ; call++)
        {
            await RecordAsync();
            await LeaveLetterAsync();
            LoseAt(call);
            await using var engine = await OpenAsync();
            var hasBegun = !_isLost;
            if (!hasBegun)
            {
                engine.Health.Reason.ShouldBe("The shard 'b': gone", $"lost at call {call}");
                (_opened - _closed).ShouldBe(1);
                await engine.CommitAsync(new Commit().Add(Text(Orders)));
                Should.Throw<EngineUnavailableException>(() => engine.Status(Invoices));
            }

            ComesBack();
            await _time.UntilAsync(() => engine.Health.Reason is null && engine.Status(Letters)?.Messages == 1, Step, Patience);
            IdRanges.Of((await engine.CommitAsync(new Commit().Add(Text(Invoices)))).Added[0].Id).ShouldBe(1);
            (_opened - _closed).ShouldBe(2);
            if (hasBegun)
            {
                call.ShouldBeGreaterThan(6); // what it is, its range, its queues between shards, its dead letters
                return;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_to_be_taken_over_is_refused_until_it_is_recorded_and_taken_over_by_the_next_start(bool isAfter)
    {
        for (var call = 1; ; call++)
        {
            await RecordAsync();
            _isAfter = isAfter;
            LoseAt(call);
            ShardsUnusableException? refusal = null;
            try
            {
                await (await OpenAsync(isGiven: false, "invoices", "orders")).DisposeAsync();
            }
            catch (ShardsUnusableException e)
            {
                refusal = e;
            }
            refusal?.Message.ShouldContain("'b': gone");
            _closed.ShouldBe(_opened);

            ComesBack();
            _isAfter = false;
            await using var engine = await OpenAsync(isGiven: false, "invoices", "orders");
            (engine.Status(Orders)!.Policy.MessagesMax, engine.Health.Reason).ShouldBe((7, null));
            await engine.CommitAsync(new Commit().Add(Text(Orders)));
            (_home.Count(Orders), _b.Count(Orders)).ShouldBe((0, 1));
            if (refusal is null)
            {
                call.ShouldBeGreaterThan(isAfter ? 2 : 10); // at the end it is recorded, and lost as any other
                return;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_the_home_shard_or_one_that_was_given_open_there_is_no_start(bool isHomes)
    {
        for (var call = 1; ; call++)
        {
            (_isHomes, _lostAt) = (false, int.MaxValue);
            await RecordAsync();
            _isHomes = isHomes;
            LoseAt(call);
            EngineUnavailableException? refusal = null;
            try
            {
                await (await OpenAsync(isGiven: !isHomes)).DisposeAsync();
            }
            catch (EngineUnavailableException e)
            {
                refusal = e;
            }
            _closed.ShouldBe(_opened);
            if (refusal is null)
            {
                call.ShouldBeGreaterThan(4);
                return;
            }
            ComesBack();
        }
    }
}

using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Sharding;
using Posthorn.UnitTests.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Configuration;

/// <summary>What a start makes of the queues that are configured, and of the quotas of accounts.</summary>
public sealed class ConfiguredQueuesTests : IAsyncLifetime
{
    private static readonly QueueName Billing = QueueName.Parse("billing");

    private readonly ReferenceEngine _engine = new(TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_quota_is_the_policy_of_the_accounts_mailbox_and_the_engine_keeps_it()
    {
        await StartAsync(quota: 100);
        PolicyOf(Billing).ShouldBe(new QueuePolicy { BytesMax = 100 });
        await AddAsync(100);
        (await Should.ThrowAsync<QueueFullException>(async () => await AddAsync(1))).IsMessageTooLarge.ShouldBeFalse();
    }

    [Theory]
    [InlineData(100, null, 100)]
    [InlineData(100, 50, 50)]
    [InlineData(100, 200, 100)]
    public async Task Of_a_quota_and_a_limit_configured_for_the_queue_the_smaller_counts(long quota, int? configured, long kept)
    {
        await StartAsync(quota, new QueuePolicy { BytesMax = configured, ReceivesMax = 7, DeadLetterQueue = QueueName.Parse("dead") });
        PolicyOf(Billing).ShouldBe(new QueuePolicy { BytesMax = kept, ReceivesMax = 7, DeadLetterQueue = QueueName.Parse("dead") });
    }

    [Fact]
    public async Task The_rest_of_a_policy_that_was_set_by_hand_stays()
    {
        await _engine.CommitAsync(new Commit().SetQueue(Billing, new QueuePolicy { BytesMax = 7, IsPaused = true, VisibilityTimeout = TimeSpan.FromMinutes(9) }));
        await StartAsync(quota: 100);
        PolicyOf(Billing).ShouldBe(new QueuePolicy { BytesMax = 100, IsPaused = true, VisibilityTimeout = TimeSpan.FromMinutes(9) });
    }

    [Fact]
    public async Task A_quota_that_is_changed_or_taken_out_is_so_at_the_next_start()
    {
        await StartAsync(quota: 100);
        await StartAsync(quota: 200);
        PolicyOf(Billing).BytesMax.ShouldBe(200);
        await StartAsync(quota: null);
        PolicyOf(Billing).BytesMax.ShouldBeNull();
        _engine.Documents(ConfiguredQueues.QuotaPrefix).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_limit_that_was_set_by_hand_outlives_the_quota()
    {
        await StartAsync(quota: 100);
        await _engine.CommitAsync(new Commit().SetQueue(Billing, new QueuePolicy { BytesMax = 33 }));
        await StartAsync(quota: null);
        PolicyOf(Billing).BytesMax.ShouldBe(33);
    }

    [Fact]
    public async Task A_queue_that_holds_messages_cannot_become_fifo_and_the_start_says_why()
    {
        await StartAsync(quota: null, new QueuePolicy());
        await AddAsync(1);
        var refusal = await Should.ThrowAsync<ConfigException>(async () => await StartAsync(quota: null, new QueuePolicy { IsFifo = true }));
        refusal.Errors.ShouldHaveSingleItem().Key.ShouldBe("queues.billing.fifo");
        PolicyOf(Billing).IsFifo.ShouldBeFalse();
    }

    [Fact]
    public async Task Queues_of_a_shard_that_is_away_are_left_and_applied_when_it_is_there_and_no_others()
    {
        var (time, isAway) = (new ManualTimeProvider(), false);
        var (home, other) = (new ReferenceStore(), new ReferenceStore());
        Task<ShardedEngine> OpenAsync() => ShardedEngine.OpenAsync(
            new ReferenceEngine(time, home),
            [new Shard("b", _ => isAway ? throw new EngineUnavailableException("gone") : Task.FromResult<IShard>(new ReferenceEngine(time, other)), ["billing"])],
            time);
        await (await OpenAsync()).DisposeAsync();
        isAway = true;
        await using var engine = await OpenAsync();
        var free = QueueName.Parse("free");
        var options = Options(quota: 100, configured: null) with { Queues = new Dictionary<QueueName, QueuePolicy> { [free] = new() { MessagesMax = 7 } } };

        var left = await ConfiguredQueues.ApplyAsync(options, EffectiveConfig.None, engine, among: null, CancellationToken.None);
        left.ShouldBe([Billing]);
        engine.Status(free)!.Policy.MessagesMax.ShouldBe(7);
        engine.Documents(ConfiguredQueues.QuotaPrefix).ShouldBeEmpty();

        isAway = false;
        await time.UntilAsync(() => engine.Health.Reason is null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        await engine.CommitAsync(new Commit().SetQueue(free, new QueuePolicy { MessagesMax = 8 }));
        (await ConfiguredQueues.ApplyAsync(options, EffectiveConfig.None, engine, left, CancellationToken.None)).ShouldBeEmpty();
        (engine.Status(Billing)!.Policy.BytesMax, engine.Status(free)!.Policy.MessagesMax).ShouldBe((100, 8));
        engine.Documents(ConfiguredQueues.QuotaPrefix).ShouldHaveSingleItem().Key.ShouldBe("quota/billing");
    }

    [Fact]
    public async Task A_shard_that_is_lost_while_they_are_applied_leaves_all_for_later()
    {
        var (time, isAway) = (new ManualTimeProvider(), false);
        var free = QueueName.Parse("free");
        var (home, store) = (new ReferenceStore(), new ReferenceStore());
        Shard B(Func<IShard, IShard> around) => new("b", _ => Task.FromResult(around(new ReferenceEngine(time, store))), ["billing"]);
        await (await ShardedEngine.OpenAsync(new ReferenceEngine(time, home), [B(e => e)], time)).DisposeAsync();
        await using var engine = await ShardedEngine.OpenAsync(
            new ReferenceEngine(time, home),
            [B(e => WatchedShard.Around(e, call => (isAway |= call == nameof(IShard.CommitAsync)) ? new EngineUnavailableException("gone") : null))], time);
        var options = Options(quota: 100, configured: null) with { Queues = new Dictionary<QueueName, QueuePolicy> { [free] = new() { MessagesMax = 7 } } };

        (await ConfiguredQueues.ApplyAsync(options, EffectiveConfig.None, engine, among: null, CancellationToken.None)).ShouldBe([free, Billing], ignoreOrder: true);
    }

    private async ValueTask StartAsync(long? quota, QueuePolicy? configured = null) =>
        (await ConfiguredQueues.ApplyAsync(Options(quota, configured), EffectiveConfig.None, _engine, among: null, CancellationToken.None)).ShouldBeEmpty();

    private static PosthornOptions Options(long? quota, QueuePolicy? configured) => new()
    {
        Accounts = [new AccountOptions { Name = "billing", Password = "x", QuotaBytes = quota }, new AccountOptions { Name = "free", Password = "y" }],
        Queues = configured is null ? new Dictionary<QueueName, QueuePolicy>() : new Dictionary<QueueName, QueuePolicy> { [Billing] = configured },
    };

    private QueuePolicy PolicyOf(QueueName queue) => _engine.Status(queue).ShouldNotBeNull().Policy;

    private ValueTask<CommitResult> AddAsync(int bytes) => _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Billing, Content = Body.Of(new byte[bytes]) }));
}

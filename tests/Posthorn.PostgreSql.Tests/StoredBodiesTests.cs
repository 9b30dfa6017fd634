using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.S3;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Large bodies in a bucket: when they come, when they go, and what a crash or a store that is away leaves.</summary>
public sealed class StoredBodiesTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly string _schema = DatabaseServer.NewSchema();
    private S3Server _server = null!;
    private S3BodyStore _bucket = null!;
    private Guid _owner;
    private PostgresEngine _engine = null!;

    public async Task InitializeAsync()
    {
        _server = await S3Server.StartAsync();
        _bucket = Bucket();
        _engine = await OpenAsync(Bucket());
        _owner = (Guid)(await (await DatabaseServer.SharedAsync()).AskAsync($"SELECT owner FROM {_schema}.body_owner"))!;
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _bucket.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_large_body_is_in_the_bucket_until_its_last_message_is_gone()
    {
        var bytes = Bytes(300_000);
        var body = await WriteAsync(_engine, bytes);
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body }).Add(new NewMessage { Queue = Orders, Content = body }));
        (await StoredAsync()).Count.ShouldBe(1);
        await RemoveOneAsync();
        await PassAsync(TimeSpan.FromHours(2));
        (await StoredAsync()).Count.ShouldBe(1);
        var lease = await LeaseAsync();
        await using (var stream = await _engine.OpenAsync(lease.Message.Content))
        {
            stream.Position = 200_001;
            var part = new byte[10];
            await stream.ReadExactlyAsync(part);
            part.ShouldBe(bytes[200_001..200_011]);
        }
        await _engine.CommitAsync(new Commit().Remove(lease));
        (await StoredAsync()).Count.ShouldBe(1, "whoever reads it goes on");
        await Should.ThrowAsync<BodyLostException>(async () => await _engine.OpenAsync(lease.Message.Content));
        await UntilAsync(async () => (await StoredAsync()).Count == 0);
        await UntilAsync(async () => await RowsAsync() == 0); // after its last byte
    }

    [Fact]
    public async Task Small_bodies_stay_in_their_rows()
    {
        await AddAsync(Body.Of(Bytes(100_000)));
        (await StoredAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_in_memory_is_written_to_the_bucket_by_its_commit_and_not_kept_when_the_commit_is_refused()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        (await StoredAsync()).Count.ShouldBe(1);
        var key = new Commit { IdempotencyKey = "k" };
        await _engine.CommitAsync(key.Add(new NewMessage { Queue = Orders, Content = Body.Of(Bytes(400_000)) }));
        var again = new Commit { IdempotencyKey = "k" };
        (await _engine.CommitAsync(again.Add(new NewMessage { Queue = Orders, Content = Body.Of(Bytes(400_000)) }))).IsRepeat.ShouldBeTrue();
        (await StoredAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_crash_between_the_upload_and_the_commit_leaves_a_body_that_is_collected_and_cannot_be_named_any_more()
    {
        await using var other = await OpenAsync(Bucket());
        // Never disposed of: as if its process had gone.
        var body = await WriteAsync(other, Bytes(300_000));
        (await StoredAsync()).Count.ShouldBe(1);
        await PassAsync(TimeSpan.FromMinutes(170));
        (await StoredAsync()).Count.ShouldBe(1);
        await UntilAsync(async () => (await StoredAsync()).Count == 0);
        (await Should.ThrowAsync<BodyLostException>(async () => await other.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body })))).IsDamaged.ShouldBeFalse();
        (await RowsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_upload_that_this_process_is_writing_is_never_collected_however_slow_it_is()
    {
        await using var writer = _engine.CreateBody();
        writer.Write(Bytes(200_000));
        await writer.FlushAsync(default);
        await PassAsync(TimeSpan.FromHours(30));
        writer.Write(Bytes(200_000));
        await AddAsync(await writer.CompleteAsync(default));
        await ReadAllAsync((await LeaseAsync()).Message.Content, 400_000);
    }

    [Fact]
    public async Task What_no_row_knows_is_removed_when_it_is_a_day_old()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        var kept = (await StoredAsync()).ShouldHaveSingleItem();
        var stray = new BodyName(_owner, Guid.NewGuid());
        await PutAsync(stray);
        await PutAsync(new BodyName(Guid.NewGuid(), Guid.NewGuid()));
        await PassAsync(TimeSpan.FromHours(20));
        (await StoredAsync()).Count.ShouldBe(2);
        await UntilAsync(async () => (await StoredAsync()).Count == 1, TimeSpan.FromMinutes(30));
        (await StoredAsync()).ShouldBe([kept]);
    }

    [Fact]
    public async Task The_store_is_listed_once_a_day_by_one_of_the_nodes_and_again_at_once_when_that_failed()
    {
        var (one, other) = (new CountedStore(Bucket()), new CountedStore(Bucket()));
        await _engine.DisposeAsync();
        _engine = await OpenAsync(one);
        await using var second = await OpenAsync(other);
        async Task<DateTimeOffset> WhenAsync(Func<bool> isSo)
        {
            for (var steps = 0; !isSo(); steps++)
            {
                steps.ShouldBeLessThan(200);
                await StepAsync(TimeSpan.FromMinutes(15), nodes: 2);
            }
            return _time.GetUtcNow();
        }

        one.IsFailing = other.IsFailing = true;
        var failed = await WhenAsync(() => one.Failed + other.Failed >= 2); // by the one that failed, or the other
        one.IsFailing = other.IsFailing = false;
        var listed = await WhenAsync(() => one.Listed + other.Listed == 1);
        (listed - failed).ShouldBeLessThan(TimeSpan.FromHours(2));
        for (var count = 2; count < 5; count++)
        {
            var again = await WhenAsync(() => one.Listed + other.Listed == count);
            (again - listed).ShouldBeInRange(TimeSpan.FromHours(23), TimeSpan.FromHours(26));
            listed = again;
        }
    }

    [Fact]
    public async Task A_time_to_list_the_store_that_a_wrong_clock_has_set_does_not_hold()
    {
        var store = new CountedStore(Bucket());
        await _engine.DisposeAsync();
        _engine = await OpenAsync(store);
        await (await DatabaseServer.SharedAsync()).AskAsync($"UPDATE {_schema}.body_owner SET list_at = {_time.GetUtcNow().AddYears(1).UtcTicks}, listed_by = 4711");
        for (var steps = 0; store.Listed == 0; steps++)
        {
            steps.ShouldBeLessThan(20);
            await StepAsync(TimeSpan.FromMinutes(15), nodes: 1);
        }
    }

    [Fact]
    public async Task A_store_that_goes_away_in_the_middle_is_an_error_that_may_be_tried_again_and_nothing_is_lost()
    {
        var bytes = Bytes(9_000_000);
        await AddAsync(await WriteAsync(_engine, bytes));
        await using (var writer = _engine.CreateBody())
        {
            writer.Write(Bytes(10 << 20));
            await writer.FlushAsync(default);
            await _server.StopAsync();
            writer.Write(Bytes(10 << 20));
            await Should.ThrowAsync<EngineUnavailableException>(async () => await writer.CompleteAsync(default));
        }
        await Should.ThrowAsync<EngineUnavailableException>(() => AddAsync(Body.Of(Bytes(300_000))));
        await AddAsync(Body.Of(Bytes(1_000))); // small ones go on
        var lease = await LeaseAsync();
        await Should.ThrowAsync<EngineUnavailableException>(async () => await _engine.OpenAsync(lease.Message.Content));
        await _time.UntilAsync(() => _engine.Health.Reason?.Contains("bodies", StringComparison.Ordinal) == true, TimeSpan.FromMinutes(1), Patience);

        await _server.StartAgainAsync();
        await ReadAllAsync(lease.Message.Content, bytes.Length);
        await AddAsync(Body.Of(Bytes(300_000)));
        await UntilAsync(async () => (await RowsAsync()) == 2 && (await StoredAsync()).Count == 2);
        await _time.UntilAsync(() => _engine.Health.Reason is null, TimeSpan.FromMinutes(1), Patience);
    }

    [Fact]
    public async Task Bodies_of_the_time_before_the_store_stay_in_the_database_and_are_read_and_removed_there()
    {
        var schema = DatabaseServer.NewSchema();
        await using (var before = await TestEngine.OpenAsync(schema, _time))
            await before.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(Bytes(600_000)) }));
        await using var engine = await PostgresEngine.OpenAsync(TestEngine.Options(schema, await DatabaseServer.SharedAsync()) with { Bodies = Bucket() }, _time);
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        await using (var stream = await engine.OpenAsync(lease.Message.Content))
            (await SumAsync(stream)).ShouldBe(600_000);
        await engine.CommitAsync(new Commit().Remove(lease));
        await UntilAsync(async () => (long)(await (await DatabaseServer.SharedAsync()).AskAsync($"SELECT count(*) FROM {schema}.body_chunks"))! == 0);
    }

    [Fact]
    public async Task A_start_without_the_store_or_with_another_one_is_refused()
    {
        await AddAsync(Body.Of(Bytes(300_000)));
        (await Should.ThrowAsync<BodyStoreUnusableException>(() => TestEngine.OpenAsync(_schema, _time))).Message.ShouldContain("engine.bodies");
        (await Should.ThrowAsync<BodyStoreUnusableException>(() => OpenAsync(Bucket("elsewhere")))).Message.ShouldContain("not the one");
        await using var right = await OpenAsync(Bucket());
    }

    private S3BodyStore Bucket(string prefix = "") => S3BodyStore.Open(S3Options.Parse(_server.Address(prefix: prefix)));

    private async Task<PostgresEngine> OpenAsync(IBodyStore bodies) =>
        await PostgresEngine.OpenAsync(TestEngine.Options(_schema, await DatabaseServer.SharedAsync()) with { Bodies = bodies }, _time);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task AddAsync(Body body) => await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body }));

    private async Task<LeasedMessage> LeaseAsync() => (await _engine.LeaseAsync(Orders, new LeaseRequest { VisibilityTimeout = TimeSpan.FromHours(12) })).ShouldHaveSingleItem();

    private async Task RemoveOneAsync() => await _engine.CommitAsync(new Commit().Remove(await LeaseAsync()));

    private static async Task<Body> WriteAsync(PostgresEngine engine, byte[] bytes)
    {
        // Not disposed here: the body is the commit's.
        var writer = engine.CreateBody();
        for (var at = 0; at < bytes.Length; at += 50_000)
        {
            writer.Write(bytes.AsSpan(at, Math.Min(50_000, bytes.Length - at)));
            await writer.FlushAsync(default);
        }
        return await writer.CompleteAsync(default);
    }

    private async Task PutAsync(BodyName name)
    {
        await using var upload = await _bucket.BeginAsync(name, default);
        await upload.WriteAsync(Bytes(10), default);
        await upload.CompleteAsync(default);
    }

    private async Task ReadAllAsync(Content content, long length)
    {
        await using var stream = await _engine.OpenAsync(content);
        (await SumAsync(stream)).ShouldBe(length);
    }

    private static async Task<long> SumAsync(Stream stream)
    {
        var (buffer, sum) = (new byte[10_000], 0L);
        while (await stream.ReadAsync(buffer) is var count and > 0)
            sum += count;
        return sum;
    }

    private async Task<List<BodyName>> StoredAsync()
    {
        var names = new List<BodyName>();
        await foreach (var found in _bucket.ListAsync(_owner, default))
            names.Add(found.Name);
        return names;
    }

    private async Task<long> RowsAsync() => (long)(await (await DatabaseServer.SharedAsync()).AskAsync($"SELECT count(*) FROM {_schema}.bodies WHERE is_large"))!;

    /// <summary>Lets time go by in steps of the upkeep's.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            await Task.Yield();
        }
    }

    /// <summary>Lets time go by, and the upkeep of each node see it.</summary>
    private async Task StepAsync(TimeSpan by, int nodes)
    {
        _time.Advance(by);
        var (server, now) = (await DatabaseServer.SharedAsync(), _time.GetUtcNow().UtcTicks);
        using var end = new CancellationTokenSource(Patience);
        while ((long)(await server.AskAsync($"SELECT count(*) FROM {_schema}.nodes WHERE seen_at >= {now}"))! < nodes)
            end.Token.ThrowIfCancellationRequested();
    }

    private async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan? step = null)
    {
        using var end = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            end.Token.ThrowIfCancellationRequested();
            _time.Advance(step ?? TimeSpan.FromMinutes(1));
        }
    }
}

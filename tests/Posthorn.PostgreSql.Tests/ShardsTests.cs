using System.Buffers;
using System.Diagnostics.Metrics;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql.Transfer;
using Posthorn.Queues;
using Posthorn.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Two databases of one server as the shards of one engine.</summary>
public sealed class ShardsTests : IAsyncLifetime
{
    private const int Node = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly QueueName Spool = QueueName.Parse("spool/process/root");
    private static readonly QueueName Outgoing = QueueName.Parse("spool/outgoing");
    private static readonly QueueName Dead = QueueName.Parse("jobs-dead");
    private static readonly QueueName Jobs = QueueName.Parse("jobs");
    private static int s_databases;

    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _databases = [];
    private DatabaseServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await DatabaseServer.SharedAsync();
        for (var i = 0; i < 2; i++)
        {
            _databases.Add($"shards_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}");
            await _server.AskAsync($"CREATE DATABASE {_databases[i]}");
        }
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        foreach (var database in _databases)
            await _server.AskAsync($"DROP DATABASE {database} WITH (FORCE)");
    }

    private PostgresOptions Options(int index, string node = "one") =>
        new() { ConnectionString = _server.With(s => (s.Database, s.MaxPoolSize) = (_databases[index], 10)), NodeName = node, ReconnectPatience = TimeSpan.FromSeconds(2) };

    private async Task<PostgresEngine> DatabaseAsync(int index, string node = "one") => await PostgresEngine.OpenAsync(Options(index, node), _time);

    private async Task<ShardedEngine> OpenAsync(string node = "one", params string[] queues) => await ShardedEngine.OpenAsync(
        await DatabaseAsync(0, node), [new Shard("b", await DatabaseAsync(1, node), queues.Length > 0 ? queues : ["spool/outgoing*", "jobs-dead"])], _time);

    private static NewMessage Text(QueueName queue, string text) => new() { Queue = queue, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    private async Task<long> CountAsync(int database, string table)
    {
        await using var connection = new NpgsqlConnection(_server.With(s => (s.Database, s.Pooling) = (_databases[database], false)));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM posthorn.{table}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(3_000_000)]
    public async Task A_mail_goes_from_the_spool_to_outgoing_queues_in_another_database_with_all_it_is(int length)
    {
        await using var engine = await OpenAsync();
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        await using var writer = engine.CreateBody();
        foreach (var slice in bytes.Chunk(60_000))
        {
            writer.Write(slice);
            await writer.FlushAsync(default);
        }
        var envelope = new Envelope("a@b.test", [new Recipient("c@d.test") { Notify = DsnNotify.Success }, new Recipient("e@f.test")]) { EnvelopeId = "QQ" };
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Spool, Content = await writer.CompleteAsync(default), Envelope = envelope }));
        var mail = (await engine.LeaseAsync(Spool, new LeaseRequest())).ShouldHaveSingleItem();
        var outgoing = new NewMessage
        {
            Queue = Outgoing, Content = mail.Message.Content.WithInFront("Received: x\r\n"u8), Envelope = envelope, Origin = mail.Message.Origin, AcceptedAt = mail.Message.AcceptedAt,
            Group = "d.test", Priority = Priority.Of(7), Attributes = new Dictionary<string, AttributeValue> { ["n"] = AttributeValue.Of("5", "Number.int") },
        };

        var added = (await engine.CommitAsync(new Commit().Remove(mail).Add(outgoing).Add(outgoing with { Group = "f.test" }))).Added;

        added.Select(a => a.Number).ShouldBe([1, 2]);
        engine.Status(Spool)!.Messages.ShouldBe(0);
        var leased = await engine.LeaseAsync(Outgoing, new LeaseRequest { MessagesMax = 5 });
        leased.Select(l => (l.Message.Group, l.Message.Origin, l.Message.AcceptedAt, l.Message.Priority.Value)).ShouldBe(
            [("d.test", mail.Message.Id, mail.Message.AcceptedAt, 7), ("f.test", mail.Message.Id, mail.Message.AcceptedAt, 7)]);
        leased[0].Message.Attributes.ShouldBe(outgoing.Attributes);
        leased[0].Message.Envelope.Recipients[0].Notify.ShouldBe(DsnNotify.Success);
        await using (var stream = await engine.OpenAsync(leased[1].Message.Content))
        {
            var read = new MemoryStream();
            await stream.CopyToAsync(read);
            read.ToArray().ShouldBe([.. "Received: x\r\n"u8, .. bytes]);
        }
        await engine.CommitAsync(new Commit().Remove(leased[0]).Remove(leased[1]));
        await _time.UntilAsync(() => CountAsync(0, "messages").GetAwaiter().GetResult() + CountAsync(1, "messages").GetAwaiter().GetResult() == 0, TimeSpan.FromMilliseconds(1), Patience);
    }

    [Fact]
    public async Task A_dead_letter_goes_to_another_database_and_a_move_task_brings_it_back_under_its_name()
    {
        await using var engine = await OpenAsync();
        await engine.CommitAsync(new Commit().SetQueue(Jobs, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Dead }).Add(Text(Jobs, "x")));
        var lease = (await engine.LeaseAsync(Jobs, new LeaseRequest())).ShouldHaveSingleItem();
        await engine.CommitAsync(new Commit().Release(lease));
        var letter = (await engine.LeaseAsync(Dead, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask().WaitAsync(Patience)).ShouldHaveSingleItem();
        letter.Message.Id.ShouldBe(lease.Message.Id);
        (await engine.CommitAsync(new Commit().Move(letter, Jobs))).Moved.ShouldBe([new AddedMessage(letter.Message.Id, 2)]);
        (await engine.LeaseAsync(Jobs, new LeaseRequest())).ShouldHaveSingleItem().Message.Id.ShouldBe(lease.Message.Id);
    }

    [Fact]
    public async Task Two_nodes_move_messages_between_databases_and_each_stays_one()
    {
        var engines = new[] { await OpenAsync("one"), await OpenAsync("two") };
        await engines[0].CommitAsync(Enumerable.Range(0, 100).Aggregate(new Commit(), (commit, i) => commit.Add(Text(Jobs, $"{i}"))));
        await Task.WhenAll(Enumerable.Range(0, 2 * Node).Select(i => Task.Run(async () =>
        {
            var engine = engines[i % Node];
            while (await engine.LeaseAsync(Jobs, new LeaseRequest { MessagesMax = 7 }) is { Count: > 0 } leases)
                await engine.CommitAsync(leases.Aggregate(new Commit(), (commit, lease) => commit.Move(lease, Dead)));
        })));
        engines[1].Status(Jobs)!.Messages.ShouldBe(0);
        var texts = new List<string>();
        foreach (var lease in await engines[1].LeaseAsync(Dead, new LeaseRequest { MessagesMax = 200 }))
        {
            using var reader = new StreamReader(await engines[0].OpenAsync((await engines[0].FindAsync(lease.Message.Id))!.Content));
            texts.Add(await reader.ReadToEndAsync());
        }
        texts.Select(int.Parse).Order().ShouldBe(Enumerable.Range(0, 100));
        foreach (var engine in engines)
            await engine.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_with_other_shards_do_not_start_beside_each_other()
    {
        await using var engine = await OpenAsync("one");
        (await Should.ThrowAsync<ShardsUnusableException>(() => OpenAsync("two", "jobs"))).Message.ShouldContain("'one' run with other shards");
        await using (await OpenAsync("two"))
            engine.Cluster.View.Self.Name.ShouldBe("one");
        await using var alone = await DatabaseAsync(0, "three");
        Should.Throw<ShardsUnusableException>(() => ShardedEngine.ThrowIfSharded(alone)).Message.ShouldContain("'b'");
    }

    [Fact]
    public async Task A_server_that_starts_after_the_node_is_taken_in_and_another_one_at_its_address_is_not()
    {
        await using var other = await DatabaseServer.StartAsync();
        await using (var elsewhere = await PostgresEngine.OpenAsync(new PostgresOptions { ConnectionString = other.ConnectionString, Schema = "elsewhere", NodeName = "x" }, _time))
            elsewhere.Queues().ShouldBeEmpty();
        var schema = "posthorn";
        async Task<ShardedEngine> StartAsync() => await ShardedEngine.OpenAsync(
            await DatabaseAsync(0),
            [new Shard("b", async token => await PostgresEngine.OpenAsync(
                new PostgresOptions { ConnectionString = other.ConnectionString, Schema = schema, NodeName = "one", ReconnectPatience = TimeSpan.FromSeconds(2) }, _time, token), ["jobs-dead"])],
            _time);
        await using (var before = await StartAsync())
            await before.CommitAsync(new Commit().SetQueue(Jobs, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Dead }).Add(Text(Dead, "old")).Add(Text(Jobs, "new")));
        NpgsqlConnection.ClearAllPools();
        await other.StopAsync("fast");

        await using var engine = await StartAsync();
        engine.Health.Reason!.ShouldContain("The shard 'b': The database on 127.0.0.1");
        var lease = (await engine.LeaseAsync(Jobs, new LeaseRequest())).ShouldHaveSingleItem();
        await engine.CommitAsync(new Commit().Release(lease).Add(Text(Jobs, "newer")));
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text(Dead, "no"))))).IsOutcomeUnknown.ShouldBeFalse();
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text(Dead, "no")).Add(Text(Jobs, "no"))))).IsOutcomeUnknown.ShouldBeFalse();

        schema = "elsewhere";
        await other.StartAgainAsync();
        // Small steps: what the shard is opened with takes real time, in which the clock should not go on by days.
        await _time.UntilAsync(() => engine.Health.Reason?.Contains("another database than the one that was recorded", StringComparison.Ordinal) == true, TimeSpan.FromMilliseconds(1), 2 * Patience);
        (await other.AskAsync("SELECT count(*) FROM elsewhere.queues")).ShouldBe(0L);
        schema = "posthorn";
        await _time.UntilAsync(() => engine.Health.Reason is null, TimeSpan.FromMilliseconds(1), 2 * Patience);
        await _time.UntilAsync(() => engine.Status(Dead)?.Messages == 2, TimeSpan.FromMilliseconds(1), 2 * Patience);
        engine.Status(Jobs)!.Messages.ShouldBe(1);
        var added = (await engine.CommitAsync(new Commit().Add(Text(Dead, "yes")))).Added[0].Id;
        IdRanges.Of(added).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_is_lost_in_the_middle_of_a_start_is_taken_in_when_it_comes()
    {
        await using var other = await DatabaseServer.StartAsync();
        var isLost = false;
        async Task<ShardedEngine> StartAsync() => await ShardedEngine.OpenAsync(
            await DatabaseAsync(0),
            [new Shard("b", async token =>
            {
                var opened = await PostgresEngine.OpenAsync(
                    new PostgresOptions { ConnectionString = other.ConnectionString, NodeName = "one", ReconnectPatience = TimeSpan.FromSeconds(2) }, _time, token);
                if (isLost)
                    await other.StopAsync("immediate");
                isLost = false;
                return opened;
            }, ["jobs-dead"])],
            _time);
        await using (var before = await StartAsync())
            await before.CommitAsync(new Commit().Add(Text(Dead, "old")));

        isLost = true;
        var starting = StartAsync();
        await _time.UntilAsync(() => starting.IsCompleted, TimeSpan.FromMilliseconds(1), 2 * Patience);
        await using var engine = await starting;
        engine.Health.Reason!.ShouldContain("The shard 'b':");
        await engine.CommitAsync(new Commit().Add(Text(Jobs, "new")));
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text(Dead, "no"))))).IsOutcomeUnknown.ShouldBeFalse();

        await other.StartAgainAsync();
        await _time.UntilAsync(() => engine.Health.Reason is null, TimeSpan.FromMilliseconds(1), 2 * Patience);
        engine.Status(Dead)!.Messages.ShouldBe(1);
        IdRanges.Of((await engine.CommitAsync(new Commit().Add(Text(Dead, "yes")))).Added[0].Id).ShouldBe(1);
    }

    [Fact]
    public async Task A_database_named_twice_is_told_by_what_is_in_it_and_one_with_messages_of_its_own_is_no_shard()
    {
        (await Should.ThrowAsync<ShardsUnusableException>(async () =>
            await ShardedEngine.OpenAsync(await DatabaseAsync(0), [new Shard("b", await DatabaseAsync(0), ["x"])], _time))).Message.ShouldContain("the same database");
        await using (var alone = await DatabaseAsync(1))
            await alone.CommitAsync(new Commit().Add(Text(Dead, "x")));
        (await Should.ThrowAsync<ShardsUnusableException>(() => OpenAsync())).Message.ShouldContain(_databases[1]);
    }

    [Fact]
    public async Task The_queues_of_all_databases_are_told_once_each_and_none_that_they_have_for_themselves()
    {
        var measured = new List<(Meter Meter, string Name, string Queue, long Value)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Posthorn")
                self.EnableMeasurementEvents(instrument);
        } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var (queue, state) = ("", "");
            foreach (var tag in tags)
                (queue, state) = (tag.Key == "queue" ? $"{tag.Value}" : queue, tag.Key == "state" ? $" {tag.Value}" : state);
            lock (measured)
                measured.Add((instrument.Meter, instrument.Name + state, queue, value));
        });
        listener.Start();
        var (here, there) = (QueueName.Parse($"here-{Guid.NewGuid():n}"), QueueName.Parse($"spool/outgoing/{Guid.NewGuid():n}"));
        await using var engine = await OpenAsync();
        var id = (await engine.CommitAsync(new Commit().Add(Text(here, "x")).Add(Text(here, "y")))).Added[0].Id;
        await engine.CommitAsync(new Commit().Move(id, there)); // by way of the queues between
        listener.RecordObservableInstruments();

        lock (measured)
        {
            IEnumerable<long> Told(string name, QueueName queue) => measured.Where(m => m.Name == name && m.Queue == queue.Value).Select(m => m.Value);
            Told("posthorn.queue.messages ready", here).ShouldBe([1]);
            Told("posthorn.queue.messages ready", there).ShouldBe([1]);
            (Told("posthorn.messages.added", here).Sum(), Told("posthorn.messages.added", there).Sum(), Told("posthorn.messages.removed", here).Sum()).ShouldBe((2, 1, 1));
            var ours = measured.Where(m => m.Queue == here.Value || m.Queue == there.Value).Select(m => m.Meter).ToHashSet();
            ours.Count.ShouldBe(2);
            measured.Where(m => ours.Contains(m.Meter) && m.Queue.StartsWith("spool/between", StringComparison.Ordinal)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task None_of_them_is_moved_by_itself()
    {
        await using (await OpenAsync())
        {
            // It says in each of them what it is.
        }
        for (var i = 0; i < 2; i++)
            (await Should.ThrowAsync<TransferException>(async () => await PostgresSource.OpenAsync(Options(i), _time))).Message.ShouldContain("engine.shards");
    }
}

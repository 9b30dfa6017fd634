using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Batches that are begun while the one before is under way: whatever becomes of that one, each commit happens once.</summary>
public sealed class AheadTests : IAsyncLifetime
{
    private const int Commits = 120, Each = 10;

    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly string _schema = DatabaseServer.NewSchema();
    private DatabaseServer _server = null!;

    public async Task InitializeAsync() => _server = await DatabaseServer.SharedAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private async Task<PostgresEngine> OpenAsync(string? connectionString = null)
    {
        var engine = await PostgresEngine.OpenAsync(
            new PostgresOptions { ConnectionString = connectionString ?? _server.ConnectionString, Schema = _schema, ReconnectPatience = TimeSpan.FromSeconds(20) }, new ManualTimeProvider());
        await engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy()));
        return engine;
    }

    /// <summary>Commits so much at once that it takes several batches.</summary>
    private static Task<CommitResult[]> CommitManyAsync(PostgresEngine engine, int count = Commits) => Task.WhenAll(Enumerable.Range(0, count).Select(i =>
        engine.CommitAsync(Enumerable.Range(0, Each).Aggregate(new Commit(), (commit, n) => commit.Add(Text($"{i}.{n}")))).AsTask()));

    private static NewMessage Text(string text) => new() { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    /// <summary>What was answered is there, once, under the numbers that were answered; and the queue's figures are right.</summary>
    private async Task ShouldBeThereAsync(PostgresEngine engine, IEnumerable<CommitResult> results)
    {
        var added = results.SelectMany(r => r.Added).ToList();
        added.Select(a => a.Number).Distinct().Count().ShouldBe(added.Count);
        added.Select(a => a.Id).Distinct().Count().ShouldBe(added.Count);
        engine.Status(Orders)!.Messages.ShouldBe(added.Count);
        var there = added.ToDictionary(a => a.Number, a => (long)a.Id.Value);
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync();
        await using var rows = new NpgsqlCommand($"SELECT d.number, m.message_id FROM {_schema}.deliveries d FULL JOIN {_schema}.messages m USING (message_id)", connection);
        await using var reader = await rows.ExecuteReaderAsync();
        var count = 0;
        for (; await reader.ReadAsync(); count++)
            there[reader.GetInt64(0)].ShouldBe(reader.GetInt64(1));
        count.ShouldBe(added.Count);
    }

    [Fact]
    public async Task When_many_commit_at_once_the_next_batch_is_begun_before_the_last_is_committed()
    {
        await using var engine = await OpenAsync();
        var results = new List<CommitResult>();
        for (var round = 0; round < 3; round++)
            results.AddRange(await CommitManyAsync(engine));
        engine.BatchesAhead.ShouldBeGreaterThan(3);
        await ShouldBeThereAsync(engine, results);
    }

    [Fact]
    public async Task One_that_was_begun_on_what_did_not_come_true_is_decided_anew()
    {
        await using var engine = await OpenAsync();
        var results = new List<CommitResult>(await CommitManyAsync(engine));
        for (var round = 0; round < 5; round++)
        {
            // Another node's commit that is not heard of in time: what is under way fails, and what was begun behind it.
            await _server.AskAsync($"UPDATE {_schema}.queues SET next_number = next_number + 1000, highest_mod_seq = highest_mod_seq + 1 WHERE name = 'orders'");
            var before = results.Max(r => r.Added[^1].Number);
            results.AddRange(await CommitManyAsync(engine));
            results.Skip(results.Count - Commits).Min(r => r.Added[0].Number).ShouldBe(before + 1001);
        }
        await ShouldBeThereAsync(engine, results);
    }

    [Fact]
    public async Task Two_nodes_that_write_to_one_queue_do_not_wait_for_each_other_for_ever()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 5).SelectMany(_ => new[] { CommitManyAsync(one), CommitManyAsync(other) }));
        await ShouldBeThereAsync(one, results.SelectMany(r => r));
    }

    [Theory]
    [InlineData(LostPart.Answer, 20)]
    [InlineData(LostPart.Request, 20)]
    [InlineData(LostPart.AllAtOnce, 20)]
    [InlineData(LostPart.Answer, 2)]
    [InlineData(LostPart.Answer, 1)]
    internal async Task When_a_connection_breaks_each_commit_happens_once(LostPart part, int connectionsMax)
    {
        await using var proxy = new CuttingProxy(_server.Port);
        await using var engine = await OpenAsync(_server.With(s => (s.Port, s.MaxAutoPrepare, s.SslMode, s.MaxPoolSize) = (proxy.Port, 0, SslMode.Disable, connectionsMax)));
        var results = new List<CommitResult>(await CommitManyAsync(engine));
        for (var round = 0; round < 5; round++)
        {
            proxy.CutAtNextCommit(part);
            results.AddRange(await CommitManyAsync(engine));
        }
        proxy.Cuts.ShouldBe(5);
        await ShouldBeThereAsync(engine, results);
    }

    [Fact]
    public async Task One_that_the_database_refuses_fails_alone()
    {
        await using var engine = await OpenAsync();
        var results = new List<CommitResult>(await CommitManyAsync(engine));
        await _server.AskAsync($"ALTER TABLE {_schema}.messages ADD CONSTRAINT refused CHECK (bytes IS NULL OR bytes <> 'no'::bytea)");
        var many = CommitManyAsync(engine);
        var refused = engine.CommitAsync(new Commit().Add(Text("no"))).AsTask();
        var more = CommitManyAsync(engine);
        results.AddRange(await many);
        results.AddRange(await more);
        await Should.ThrowAsync<PostgresException>(refused);
        await ShouldBeThereAsync(engine, results);
    }
}

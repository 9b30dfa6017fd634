using System.Text.Json;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Schema;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>What is done all the time looks at as many pages of the database with ten times as many messages waiting.</summary>
public sealed class CostTests
{
    private const int Few = 2_000;
    private const int Many = 20_000;
    private static readonly QueueName Orders = QueueName.Parse("orders");

    /// <summary>Lets a flood of one tenant wait before two messages of others, and counts the pages a statement looks at.</summary>
    private static async Task<Dictionary<string, long>> PagesAsync(QueuePolicy policy, int waiting, params (string Name, string Text, Func<long, object[]> Parameters)[] statements)
    {
        var schema = DatabaseServer.NewSchema();
        await using var engine = await TestEngine.OpenAsync(schema, new ManualTimeProvider());
        await engine.CommitAsync(new Commit().SetQueue(Orders, policy));
        foreach (var part in Enumerable.Range(0, waiting).Chunk(2_000))
            await engine.CommitAsync(part.Aggregate(new Commit(), (commit, _) => commit.Add(Of("flood"))));
        await engine.CommitAsync(new Commit().Add(Of("b")).Add(Of("c")));
        (await engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 5 })).Count.ShouldBe(5);
        var queueId = engine.Status(Orders)!.Identity;
        var pages = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var connection = new NpgsqlConnection((await DatabaseServer.SharedAsync()).ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await new NpgsqlCommand($"VACUUM ANALYZE {schema}.deliveries, {schema}.message_groups, {schema}.ordered_groups", connection).ExecuteNonQueryAsync();
        foreach (var (name, text, parameters) in statements)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var explain = new NpgsqlCommand("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + new SqlText(schema)[text], connection);
            foreach (var value in parameters(queueId))
                explain.Parameters.Add(new NpgsqlParameter { Value = value });
            using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
            var top = plan.RootElement[0].GetProperty("Plan");
            pages[name] = top.GetProperty("Shared Hit Blocks").GetInt64() + top.GetProperty("Shared Read Blocks").GetInt64();
            await transaction.RollbackAsync();
        }
        return pages;
    }

    private static NewMessage Of(string group) => new() { Queue = Orders, Group = group, Content = new Content(Body.Empty) };

    private static async Task StaysAsync(QueuePolicy policy, params (string Name, string Text, Func<long, object[]> Parameters)[] statements)
    {
        var few = await PagesAsync(policy, Few, statements);
        var many = await PagesAsync(policy, Many, statements);
        // An index of ten times as many is a page deeper or two: a few looks at it, a few pages more.
        foreach (var (name, pages) in many)
            pages.ShouldBeLessThan((2 * few[name]) + 60, $"{name}: {few[name]} pages with {Few} waiting, {pages} with {Many}");
    }

    [Fact]
    public Task Of_a_fair_queue() => StaysAsync(
        new QueuePolicy { Fairness = QueueFairness.ByGroup },
        ("lanes", GroupSql.Lanes, id => [id, 11L, int.MaxValue]),
        ("heads without the flood", GroupSql.Heads, id => [id, 18L, int.MaxValue, new[] { "flood" }]),
        ("groups that are ready", GroupSql.Ready, id => [id, int.MaxValue, DBNull.Value]),
        ("figures of groups", GroupSql.Figures, id => [id, long.MaxValue, 0L, DBNull.Value]));

    [Fact]
    public Task Of_a_queue_with_leases_along_the_index() => StaysAsync(
        QueuePolicy.Default,
        ("any", LeaseSql.Any, id => [id, 1L, 4_096L, 10L, int.MaxValue, 1L, long.MaxValue, 1L]),
        ("of a group", LeaseSql.OfGroup, id => [id, 1L, 4_096L, 10L, int.MaxValue, 1L, long.MaxValue, 1L, "b"]),
        ("of none", LeaseSql.OfGroup, id => [id, 1L, 4_096L, 10L, int.MaxValue, 1L, long.MaxValue, 1L, ""]),
        ("leases that end", LeaseSql.EndLeases, id => [id, long.MaxValue, 0L, LeaseSql.FlipsMax]),
        ("what comes next", LeaseSql.NextDue, id => [id]));

    [Fact]
    public Task Of_a_FIFO_queue() => StaysAsync(
        new QueuePolicy { IsFifo = true },
        ("any", LeaseSql.OrderedAny, id => [id, 10L, int.MaxValue, Array.Empty<string>()]),
        ("of a group", LeaseSql.OrderedRows, id => [id, 10L, int.MaxValue, new[] { "flood" }]),
        ("groups that are ready", GroupSql.ReadyInOrder, id => [id, int.MaxValue, DBNull.Value]));
}

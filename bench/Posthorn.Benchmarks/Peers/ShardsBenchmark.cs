using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql;
using Posthorn.Queues;
using Posthorn.Sharding;

namespace Posthorn.Benchmarks.Peers;

/// <summary>What shards cost, with two databases on one server: the layer itself, and commits that span both.</summary>
/// <param name="connectionString">The server. Two databases are made in it, and dropped before they are made again.</param>
/// <param name="time">How long a figure takes, after a third of it to warm up.</param>
/// <param name="rounds">How often each side has its turn; the median is told.</param>
internal sealed class ShardsBenchmark(string connectionString, TimeSpan time, int rounds)
{
    private const int MovedMax = 60_000; // messages that lie ready for a figure of moves: more than are moved in its time
    private const int FilledAtOnce = 500;

    private static readonly QueueName s_here = QueueName.Parse("here");
    private static readonly QueueName s_hereToo = QueueName.Parse("here-too");
    private static readonly QueueName s_there = QueueName.Parse("there");
    private static readonly string[] s_databases = ["posthorn_bench_home", "posthorn_bench_other"];

    private readonly Dictionary<string, List<double>> _rates = [];

    /// <param name="clients">How many clients there are, one table row each.</param>
    public async Task RunAsync(IReadOnlyList<int> clients)
    {
        Console.WriteLine($"Commits a second, a message of {PeerBenchmark.Body.Length} bytes each, {time.TotalSeconds:0.##} s a figure, {rounds} rounds in turns, {Environment.ProcessorCount} processors. In brackets the ratio to the first.");
        Console.WriteLine();
        foreach (var isMove in new[] { false, true })
            await RateAsync(isSharded: true, isMove, s_there, clients.Max(), TimeSpan.FromSeconds(6)); // what is compared is what runs for hours
        Console.WriteLine("| work | clients | one database | shards: within home | shards: in the other, or into it |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        foreach (var isMove in new[] { false, true })
        {
            foreach (var count in clients)
                await RowAsync(isMove, count);
        }
    }

    private async Task RowAsync(bool isMove, int clients)
    {
        _rates.Clear();
        for (var round = 0; round < rounds; round++)
        {
            Add("one", await RateAsync(isSharded: false, isMove, isMove ? s_hereToo : s_here, clients, time));
            Add("home", await RateAsync(isSharded: true, isMove, isMove ? s_hereToo : s_here, clients, time));
            Add("other", await RateAsync(isSharded: true, isMove, s_there, clients, time));
        }
        var (one, home, other) = (Median("one"), Median("home"), Median("other"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {(isMove ? "receive and move" : "send")} | {clients} | {one:N0} | {home:N0} ({home / one:0.00}) | {other:N0} ({other / one:0.00}) |"));
    }

    /// <summary>Sends into a queue, or moves what lies in <see cref="s_here"/> to it.</summary>
    private async Task<double> RateAsync(bool isSharded, bool isMove, QueueName to, int clients, TimeSpan measured)
    {
        await using var engine = await OpenAsync(isSharded);
        if (isMove)
        {
            for (var filled = 0; filled < MovedMax; filled += FilledAtOnce)
                await engine.CommitAsync(Enumerable.Range(0, FilledAtOnce).Aggregate(new Commit(), (commit, _) => commit.Add(Text(s_here))));
        }
        Func<IEngine, QueueName, Task<int>> step = isMove ? MoveAsync : SendAsync;
        await RateAsync(engine, step, to, clients, measured / 3);
        return await RateAsync(engine, step, to, clients, measured);
    }

    private static async Task<double> RateAsync(IEngine engine, Func<IEngine, QueueName, Task<int>> step, QueueName to, int clients, TimeSpan measured)
    {
        var begun = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            long count = 0;
            while (Stopwatch.GetElapsedTime(begun) < measured)
                count += await step(engine, to);
            return count;
        })));
        return done.Sum() / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task<int> SendAsync(IEngine engine, QueueName to)
    {
        await engine.CommitAsync(new Commit().Add(Text(to)));
        return 1;
    }

    private static async Task<int> MoveAsync(IEngine engine, QueueName to)
    {
        var leased = await engine.LeaseAsync(s_here, new LeaseRequest());
        if (leased.Count == 0)
            throw new InvalidOperationException("Too few messages lie ready for the time of a figure: take a shorter one.");
        await engine.CommitAsync(new Commit().Move(leased[0], to));
        return 1;
    }

    private static NewMessage Text(QueueName queue) => new() { Queue = queue, Content = Body.Of(PeerBenchmark.Body) };

    private async Task<IEngine> OpenAsync(bool isSharded)
    {
        NpgsqlConnection.ClearAllPools();
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync();
            foreach (var database in s_databases)
            {
                foreach (var statement in new[] { $"DROP DATABASE IF EXISTS {database} WITH (FORCE)", $"CREATE DATABASE {database}" })
                {
                    await using var command = new NpgsqlCommand(statement, connection);
                    await command.ExecuteNonQueryAsync();
                }
            }
        }
        var home = await DatabaseAsync(0);
        return isSharded ? await ShardedEngine.OpenAsync(home, [new Shard("other", async _ => await DatabaseAsync(1), [s_there.Value])], TimeProvider.System) : home;
    }

    private async Task<PostgresEngine> DatabaseAsync(int index) => await PostgresEngine.OpenAsync(
        new PostgresOptions { ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Database = s_databases[index] }.ConnectionString }, TimeProvider.System);

    private void Add(string side, double rate)
    {
        if (!_rates.TryGetValue(side, out var rates))
            _rates[side] = rates = [];
        rates.Add(rate);
    }

    private double Median(string side)
    {
        var rates = _rates[side];
        rates.Sort();
        return (rates[(rates.Count - 1) / 2] + rates[rates.Count / 2]) / 2;
    }
}

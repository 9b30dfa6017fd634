using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Posthorn.Benchmarks.Peers;

/// <summary>Messages that pass through the engine on PostgreSQL, while so many always wait: how fast, and how large the tables are, after each tenth of them.</summary>
/// <param name="connectionString">The database.</param>
internal sealed class ChurnBenchmark(string connectionString)
{
    private const int Clients = 32;
    private const int Batch = 100;
    private const int Waiting = 10_000;

    /// <param name="messages">How many pass through.</param>
    public async Task RunAsync(long messages)
    {
        await using var peer = EnginePeer.Of("Posthorn", connectionString);
        await peer.PrepareAsync(Clients);
        for (var i = 0; i < Waiting / Batch; i++)
            await peer.SendAsync(0, Batch);
        Console.WriteLine($"1 KiB each, sent, received and acknowledged by {Clients} clients in hundreds; {Waiting:N0} wait all the time.");
        Console.WriteLine();
        Console.WriteLine("| passed through | messages/s | deliveries MB | its indexes MB | messages MB | bodies MB | dead rows |");
        Console.WriteLine("|--:|--:|--:|--:|--:|--:|--:|");
        await RowAsync(0, 0);
        var step = messages / 10;
        for (var passed = step; passed <= messages; passed += step)
        {
            var begun = Stopwatch.GetTimestamp();
            var left = step / Batch;
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await peer.SendAsync(client, Batch);
                    for (var taken = 0; taken < Batch;)
                        taken += await peer.TakeAsync(client, Batch - taken);
                }
            })));
            await RowAsync(passed, step / Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
    }

    private async Task RowAsync(long passed, double rate)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT pg_table_size('posthorn_bench.deliveries'), pg_indexes_size('posthorn_bench.deliveries'), pg_total_relation_size('posthorn_bench.messages'),
                pg_total_relation_size('posthorn_bench.bodies'), (SELECT sum(n_dead_tup)::bigint FROM pg_stat_user_tables WHERE schemaname = 'posthorn_bench')
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        string Megabytes(int column) => (reader.GetInt64(column) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {passed:N0} | {(rate == 0 ? "" : rate.ToString("N0", CultureInfo.InvariantCulture))} | {Megabytes(0)} | {Megabytes(1)} | {Megabytes(2)} | {Megabytes(3)} | {reader.GetInt64(4):N0} |"));
    }
}

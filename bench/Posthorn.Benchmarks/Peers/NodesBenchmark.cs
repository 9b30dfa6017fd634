using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Posthorn.PostgreSql;
using Posthorn.Sharding;

namespace Posthorn.Benchmarks.Peers;

/// <summary>What nodes cost their database by being there: beats once a second, each of which reads all, and notices every two seconds. The server is on this machine.</summary>
/// <param name="connectionString">The database. The server must load <c>pg_stat_statements</c>, and take six connections a node.</param>
/// <param name="time">How long a figure takes.</param>
internal sealed class NodesBenchmark(string connectionString, TimeSpan time)
{
    private const string Schema = "posthorn_bench";
    private const string Subject = "bench";
    private const double TicksPerSecond = 100; // of /proc, as Linux tells it
    private static readonly TimeSpan s_tellEvery = TimeSpan.FromSeconds(2); // as the dispatcher does

    /// <param name="counts">How many nodes there are, one table row each.</param>
    /// <param name="noticeBytes">How long a notice is; a destination is some 200 bytes.</param>
    public async Task RunAsync(IReadOnlyList<int> counts, int noticeBytes)
    {
        Console.WriteLine($"Idle nodes in one process, notices of {noticeBytes:N0} bytes, {time.TotalSeconds:0} s a figure.");
        Console.WriteLine();
        Console.WriteLine("| nodes | notices | statements/s | server's CPU, of one processor | WAL KB/s |");
        Console.WriteLine("|--:|---|--:|--:|--:|");
        foreach (var count in counts)
            await RowsAsync(count, noticeBytes);
    }

    private async Task RowsAsync(int count, int noticeBytes)
    {
        await AskAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE; CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        var nodes = new List<IShard>();
        for (var i = 0; i < count; i++)
        {
            nodes.Add(await PostgresEngine.OpenAsync(
                new PostgresOptions { ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4 }.ConnectionString, Schema = Schema, NodeName = $"node{i}" }, TimeProvider.System));
        }
        await MeasureAsync(count, "none");
        using var ending = new CancellationTokenSource();
        var telling = nodes.ConvertAll(node => Task.Run(() => TellAsync(node, noticeBytes, ending.Token)));
        await Task.Delay(s_tellEvery);
        await MeasureAsync(count, "every 2 s");
        await ending.CancelAsync();
        await Task.WhenAll(telling);
        await Task.WhenAll(nodes.Select(n => n.DisposeAsync().AsTask()));
    }

    private static async Task TellAsync(IShard node, int bytes, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(s_tellEvery);
        try
        {
            do
                await node.Cluster.Notices!.PostAsync(Subject, RandomNumberGenerator.GetBytes(bytes), cancellationToken);
            while (await tick.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private async Task MeasureAsync(int count, string notices)
    {
        var (statements, wal, cpu, begun) = (await StatementsAsync(), await WalAsync(), await CpuSecondsAsync(), Stopwatch.GetTimestamp());
        await Task.Delay(time);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var (used, written, done) = (await CpuSecondsAsync() - cpu, await WalAsync() - wal, await StatementsAsync() - statements);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {count} | {notices} | {done / seconds:N0} | {used / seconds:0.0 %} | {written / seconds / 1000:N0} |"));
    }

    private async Task<double> StatementsAsync() => Convert.ToDouble(await AskAsync("SELECT sum(calls)::float8 FROM pg_stat_statements"), CultureInfo.InvariantCulture);

    private async Task<double> WalAsync() => Convert.ToDouble(await AskAsync("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8"), CultureInfo.InvariantCulture);

    /// <summary>Of the server's processes, with those that have ended.</summary>
    private async Task<double> CpuSecondsAsync()
    {
        var server = FieldsOf((int)(await AskAsync("SELECT pg_backend_pid()"))!)![1];
        var ticks = FieldsOf(int.Parse(server, CultureInfo.InvariantCulture))![11..15].Sum(Number); // in both modes, then those of its children that have ended
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && FieldsOf(process) is { } fields && fields[1] == server)
                ticks += fields[11..13].Sum(Number);
        }
        return ticks / TicksPerSecond;

        static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
    }

    /// <summary>What Linux tells of a process, behind its name; null when it has ended.</summary>
    private static string[]? FieldsOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ", 2)[1].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task<object?> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}

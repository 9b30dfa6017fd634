using System.Globalization;
using Npgsql;
using Posthorn.Clustering;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Clustering;

/// <summary>The history of all nodes: a table with a partition a day, by the server's clock, in UTC.</summary>
/// <remarks>
/// A piece is found along a GIN index of its keys. Nothing waits for a sync: after a crash of the server the last tenths of a second may be missing.
/// Days are made by whoever first writes into them, one node at a time, and dropped as a whole: nothing is vacuumed away.
/// </remarks>
internal sealed class HistoryTable(PostgresEngine engine, SqlText sql, long nodeId) : IChronicle
{
    /// <summary>Any fixed number: whoever holds this advisory lock makes or drops days.</summary>
    private const long LockKey = 0x706F7374_68697374;

    private const string NoPartition = PostgresErrorCodes.CheckViolation;

    private const string Append = "INSERT INTO posthorn.history (written_at, node_id, keys, content) VALUES (clock_timestamp(), $1, $2, $3)";

    private const string Found = "SELECT history_id, content FROM posthorn.history WHERE keys @> ARRAY[$1::bigint] AND history_id < $2 ORDER BY history_id DESC LIMIT $3";

    private const string Days = """
        SELECT c.relname, pg_total_relation_size(c.oid)::bigint FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
        JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace WHERE n.nspname = $1 AND p.relname = 'history' ORDER BY c.relname DESC
        """;

    public async ValueTask AppendAsync(ChroniclePiece piece, CancellationToken cancellationToken = default)
    {
        var keys = piece.Keys.Distinct().Select(k => unchecked((long)k)).ToArray();
        var content = piece.Content.ToArray();
        try
        {
            await AppendAsync(keys, content, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == NoPartition)
        {
            await engine.AskAsync(MakeDaysAsync, cancellationToken);
            await AppendAsync(keys, content, cancellationToken);
        }
    }

    public async ValueTask<IReadOnlyList<ChroniclePiece>> FindAsync(ulong key, long before, int max, CancellationToken cancellationToken = default) => await engine.AskAsync(
        async (connection, token) =>
        {
            var found = new List<ChroniclePiece>();
            await using var statements = new Statements(connection, sql).Add(Found, unchecked((long)key), before, max);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                found.Add(new ChroniclePiece(reader.GetInt64(0), [key], reader.GetFieldValue<byte[]>(1)));
            return found;
        },
        cancellationToken);

    public async ValueTask RemoveBeforeAsync(DateTimeOffset time, long bytesMax, CancellationToken cancellationToken = default)
    {
        await engine.AskAsync(MakeDaysAsync, cancellationToken);
        await engine.AskAsync(
            async (connection, token) =>
            {
                var days = new List<(string Name, long Bytes)>();
                await using (var statements = new Statements(connection, sql).Add(Days, sql.Schema))
                {
                    await using var reader = await statements.ReadAsync(token);
                    while (await reader.ReadAsync(token))
                        days.Add((reader.GetString(0), reader.GetInt64(1)));
                }
                var (oldest, bytes) = (NameOf(time), 0L);
                // The latest two, of today and tomorrow, stay whatever their size: somebody writes there.
                foreach (var (day, size) in days.Skip(2))
                {
                    bytes += size;
                    if (string.CompareOrdinal(day, oldest) < 0 || bytes > bytesMax)
                        await RunAsync(connection, $"DROP TABLE IF EXISTS posthorn.{day}", token);
                }
                return true;
            },
            cancellationToken);
    }

    private Task<bool> AppendAsync(long[] keys, byte[] content, CancellationToken cancellationToken) => engine.AskAsync(
        async (connection, token) =>
        {
            await using var statements = new Statements(connection, sql).Add(LeaseSql.NotDurable).Add(Append, nodeId, keys, content);
            await statements.RunAsync(token);
            return true;
        },
        cancellationToken);

    // Today and tomorrow, so that at midnight nobody waits for the lock on the table that a new partition needs.
    private async Task<bool> MakeDaysAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        DateTime today;
        await using (var ask = new NpgsqlCommand("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date::timestamp", connection))
            today = (DateTime)(await ask.ExecuteScalarAsync(cancellationToken))!;
        foreach (var day in new[] { today, today.AddDays(1) })
        {
            var name = NameOf(new DateTimeOffset(DateTime.SpecifyKind(day, DateTimeKind.Utc)));
            await RunAsync(
                connection,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"CREATE TABLE IF NOT EXISTS posthorn.{name} PARTITION OF posthorn.history FOR VALUES FROM ('{day:yyyy-MM-dd} 00:00:00+00') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00:00+00')"),
                cancellationToken);
        }
        return true;
    }

    private async Task RunAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, sql).Add($"SELECT pg_advisory_xact_lock({LockKey})").Add(text);
        await statements.RunAsync(cancellationToken);
    }

    private static string NameOf(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"history_{time.UtcDateTime:yyyyMMdd}");
}

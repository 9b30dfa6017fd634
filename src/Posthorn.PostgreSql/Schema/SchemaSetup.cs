using Npgsql;
using Posthorn.PostgreSql.Clustering;

namespace Posthorn.PostgreSql.Schema;

/// <summary>Makes the schema, or brings it up to this program's version, one node at a time.</summary>
internal static class SchemaSetup
{
    /// <summary>The version this program writes: the highest of its scripts.</summary>
    public const int Version = 6;

    /// <summary>From this version on bodies are where nodes of an older program do not look for them.</summary>
    private const int VersionOfRowBodies = 5;

    /// <summary>The oldest server that has what is used here (15).</summary>
    public const int ServerVersionMin = 150_000;

    /// <summary>Any fixed number: whoever holds this advisory lock changes the schema.</summary>
    public const long LockKey = 0x706F7374_686F726E;

    /// <exception cref="DatabaseUnusableException">The server is too old or the schema too new.</exception>
    public static async Task RunAsync(NpgsqlDataSource source, SqlText sql, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await CheckServerAsync(connection, cancellationToken);
        if (await VersionOfAsync(connection, sql, cancellationToken) is { } current)
        {
            Check(current, sql);
            if (current == Version)
                return;
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken);
        var version = await VersionOfAsync(connection, sql, cancellationToken) ?? 0; // another node may have been quicker
        Check(version, sql);
        if (version is > 1 and < VersionOfRowBodies)
            await ThrowIfNodeIsThereAsync(connection, version, sql, cancellationToken);
        if (version == 0)
        {
            await RunAsync(
                connection,
                sql[$"CREATE SCHEMA IF NOT EXISTS {sql.Schema}; CREATE TABLE posthorn.schema_versions (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());"],
                cancellationToken);
        }
        while (version < Version)
        {
            version++;
            await RunAsync(connection, sql[Script(version)], cancellationToken);
            await RunAsync(connection, sql[$"INSERT INTO posthorn.schema_versions (version) VALUES ({version})"], cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    private static void Check(int version, SqlText sql)
    {
        if (version > Version)
        {
            throw new DatabaseUnusableException(
                $"The schema '{sql.Schema}' has version {version}; this program knows up to {Version}. A later program has upgraded it: update this one too.");
        }
    }

    /// <exception cref="DatabaseUnusableException">A node of the older version is there.</exception>
    private static async Task ThrowIfNodeIsThereAsync(NpgsqlConnection connection, int version, SqlText sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            sql["SELECT n.name FROM posthorn.node_beats b JOIN posthorn.nodes n USING (node_id) WHERE b.beat_at > clock_timestamp() - make_interval(secs => $1) ORDER BY n.name LIMIT 1"], connection);
        command.Parameters.Add(new NpgsqlParameter { Value = NodeWatch.DeadAfter.TotalSeconds });
        if (await command.ExecuteScalarAsync(cancellationToken) is string name)
        {
            throw new DatabaseUnusableException(
                $"The schema '{sql.Schema}' has version {version} and is to become {Version}, and the node '{name}' of the older program is there, which would not find the bodies of new messages. Stop all of the older program, then start this one.");
        }
    }

    private static async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('transaction_read_only') = 'on'", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetInt32(0) < ServerVersionMin)
            throw new DatabaseUnusableException($"The server is PostgreSQL {reader.GetString(1)}; 15 or later is needed.");
        if (reader.GetBoolean(2))
            throw new DatabaseUnusableException("The database only reads: this is a standby, or default_transaction_read_only is on. Name all hosts, so that the primary is found.");
    }

    /// <summary>The version of the schema that is there; null when there is none.</summary>
    public static async Task<int?> VersionOfAsync(NpgsqlConnection connection, SqlText sql, CancellationToken cancellationToken)
    {
        // Not by to_regclass: a session that has looked in vain remembers that, also after it waited for the lock.
        await using var exists = new NpgsqlCommand($"SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = '{sql.Schema}' AND tablename = 'schema_versions')", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            return null;
        await using var command = new NpgsqlCommand(sql["SELECT coalesce(max(version), 0) FROM posthorn.schema_versions"], connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Script(int version)
    {
        using var stream = typeof(SchemaSetup).Assembly.GetManifestResourceStream($"Posthorn.PostgreSql.Schema.{version:0000}.sql")
            ?? throw new InvalidOperationException($"The script of version {version} is missing from the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

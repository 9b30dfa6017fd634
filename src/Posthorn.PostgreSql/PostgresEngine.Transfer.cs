using Npgsql;
using Posthorn.Engine.Transfer;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql;

/// <summary>The database as a place that a store is moved from or to: no node, and nothing runs.</summary>
public sealed partial class PostgresEngine
{
    /// <summary>A node that was heard of in this time is there.</summary>
    private static readonly TimeSpan NodeSilence = TimeSpan.FromSeconds(90);

    /// <summary>The statements of its schema.</summary>
    internal SqlText Sql => _sql;

    /// <summary>An engine that only reads and writes bodies, on a schema that is there; to be closed by <see cref="AbandonAsync"/>.</summary>
    /// <exception cref="DatabaseUnusableException">The connection string cannot be read.</exception>
    internal static PostgresEngine OpenIdle(PostgresOptions options, TimeProvider time)
    {
        var sql = new SqlText(options.Schema);
        return new PostgresEngine(options, time, DataSource(Settings(options.ConnectionString)), sql);
    }

    /// <summary>What people call the database; without its secrets.</summary>
    internal static string NameOf(PostgresOptions options)
    {
        var settings = Settings(options.ConnectionString);
        return $"database {settings.Database ?? settings.Username} on {settings.Host} (schema {options.Schema})";
    }

    /// <summary>Does something with a connection of its own; what goes wrong is told as an operator needs it.</summary>
    internal async Task<T> WithConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            return await use(connection);
        }
        catch (PostgresException e) when (Faults.IsFull(e))
        {
            throw new TransferException($"The database has no space: {e.MessageText}", e);
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw Faults.ToOperator(e, Settings(_options.ConnectionString));
        }
    }

    /// <summary>Makes or upgrades the schema.</summary>
    internal Task SetUpAsync(CancellationToken cancellationToken) => WithConnectionAsync(
        async _ =>
        {
            await SchemaSetup.RunAsync(_source, _sql, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <exception cref="TransferException">A node is there.</exception>
    internal async Task ThrowIfServedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, _sql).Add("SELECT name, seen_at FROM posthorn.nodes ORDER BY seen_at DESC LIMIT 1");
        await using var reader = await statements.ReadAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return;
        var silence = TimeSpan.FromTicks(Now.Wall - reader.GetInt64(1));
        if (silence < NodeSilence)
        {
            throw new TransferException(
                $"The node '{reader.GetString(0)}' was there {Math.Max(0, silence.TotalSeconds):0} seconds ago. Stop all servers of the database first; if that one has crashed, wait until it was {NodeSilence.TotalSeconds:0} seconds ago.");
        }
    }

    private async Task ThrowIfTransferIsUnfinishedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        if (await MarkAsync(connection, cancellationToken) is { } mark)
            throw new DatabaseUnusableException(new TransferUnfinishedException(mark.Source).Message);
    }

    internal async Task<TransferMark?> MarkAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var statements = new Statements(connection, _sql).Add("SELECT value FROM posthorn.documents WHERE key = $1", TransferMark.Key);
        await using var reader = await statements.ReadAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? TransferMark.Of(await reader.GetFieldValueAsync<byte[]>(0, cancellationToken)) : null;
    }
}

using Npgsql;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Committing;

/// <summary>Statements that go to the server together and come back together: one round trip.</summary>
internal sealed class Statements : IAsyncDisposable, IDisposable
{
    private readonly NpgsqlBatch _batch;
    private readonly SqlText _sql;

    public Statements(NpgsqlConnection connection, SqlText sql) => (_batch, _sql) = (new NpgsqlBatch(connection), sql);

    public int Count => _batch.BatchCommands.Count;

    /// <summary>Adds a statement.</summary>
    /// <param name="text">As it is written, for the schema <c>posthorn</c>.</param>
    /// <param name="parameters">The values of $1, $2, …; their types follow from theirs.</param>
    /// <returns>The same.</returns>
    public Statements Add(string text, params ReadOnlySpan<object?> parameters)
    {
        var command = new NpgsqlBatchCommand(_sql[text]);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        _batch.BatchCommands.Add(command);
        return this;
    }

    public Task<NpgsqlDataReader> ReadAsync(CancellationToken cancellationToken) => _batch.ExecuteReaderAsync(cancellationToken);

    public NpgsqlDataReader Read() => _batch.ExecuteReader();

    public Task RunAsync(CancellationToken cancellationToken) => _batch.ExecuteNonQueryAsync(cancellationToken);

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    public void Dispose() => _batch.Dispose();
}

using Npgsql;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>What bodies need of the database. Statements may be run twice when a connection breaks.</summary>
internal interface IBodySql
{
    /// <summary>Runs a statement of which no row is wanted.</summary>
    Task RunAsync(string text, object[] parameters, CancellationToken cancellationToken);

    /// <summary>Runs a statement and reads its rows.</summary>
    Task<IReadOnlyList<T>> RowsAsync<T>(string text, object[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken);
}

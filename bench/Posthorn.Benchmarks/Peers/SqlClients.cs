using Npgsql;

namespace Posthorn.Benchmarks.Peers;

/// <summary>A connection a client, statements prepared.</summary>
internal sealed class SqlClients(string connectionString) : IAsyncDisposable
{
    private readonly List<NpgsqlConnection> _connections = [];

    public async Task OpenAsync(int clients)
    {
        while (_connections.Count < clients)
        {
            var connection = new NpgsqlConnection(connectionString + ";Max Auto Prepare=20;Auto Prepare Min Usages=1;Pooling=false");
            await connection.OpenAsync();
            _connections.Add(connection);
        }
    }

    public NpgsqlCommand Command(int client, string text) => new(text, _connections[client]);

    public async Task DoAsync(string text)
    {
        await using var command = Command(0, text);
        await command.ExecuteNonQueryAsync();
        foreach (var connection in _connections)
            connection.UnprepareAll(); // plans of a table that is gone
    }

    /// <summary>The server writes what is dirty, which it would do in the midst of what comes next.</summary>
    public static async Task CheckpointAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("CHECKPOINT", connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<int> CountAsync(NpgsqlCommand command)
    {
        var count = 0;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            count++;
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }
}

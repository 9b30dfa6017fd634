using Npgsql;
using NpgsqlTypes;

namespace Posthorn.Benchmarks.Peers;

/// <summary>The least a queue in PostgreSQL can do: an INSERT, and a DELETE … SKIP LOCKED that receives and acknowledges at once. The limit.</summary>
internal sealed class BareTable(string name, string connectionString) : IPeer
{
    private readonly SqlClients _clients = new(connectionString);

    public string Name => name;

    public async Task PrepareAsync(int clients)
    {
        await _clients.OpenAsync(clients);
        await _clients.DoAsync("DROP TABLE IF EXISTS bare; CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)");
    }

    public async Task SendAsync(int client, int count)
    {
        await using var command = _clients.Command(client, "INSERT INTO bare (body) SELECT unnest($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = Enumerable.Repeat(PeerBenchmark.Body, count).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync();
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        await using var command = _clients.Command(client, "DELETE FROM bare WHERE id = ANY (ARRAY(SELECT id FROM bare ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING body");
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        return await SqlClients.CountAsync(command);
    }

    public ValueTask DisposeAsync() => _clients.DisposeAsync();
}

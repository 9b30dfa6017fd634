using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Posthorn.Benchmarks.Peers;

/// <summary>What the functions of pgmq 1.5 do (send_batch, read, delete), as plain statements on a table like its own.</summary>
internal sealed class Pgmq(string connectionString) : IPeer
{
    private static readonly string s_body = $"\"{Encoding.ASCII.GetString(PeerBenchmark.Body)}\"";
    private readonly SqlClients _clients = new(connectionString);

    public string Name => "pgmq's statements";

    public async Task PrepareAsync(int clients)
    {
        await _clients.OpenAsync(clients);
        await _clients.DoAsync("""
            DROP TABLE IF EXISTS q_bench;
            CREATE TABLE q_bench (msg_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, read_ct int DEFAULT 0 NOT NULL,
                enqueued_at timestamptz DEFAULT now() NOT NULL, vt timestamptz NOT NULL, message jsonb, headers jsonb);
            CREATE INDEX q_bench_vt ON q_bench (vt ASC)
            """);
    }

    public async Task SendAsync(int client, int count)
    {
        await using var command = _clients.Command(client, "INSERT INTO q_bench (vt, message) SELECT clock_timestamp(), unnest($1) RETURNING msg_id");
        command.Parameters.Add(new NpgsqlParameter { Value = Enumerable.Repeat(s_body, count).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await SqlClients.CountAsync(command);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        var ids = new List<long>(count);
        await using (var read = _clients.Command(client, """
            WITH cte AS (SELECT msg_id FROM q_bench WHERE vt <= clock_timestamp() ORDER BY msg_id ASC LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE q_bench m SET vt = clock_timestamp() + interval '30 seconds', read_ct = read_ct + 1 FROM cte WHERE m.msg_id = cte.msg_id
            RETURNING m.msg_id, m.read_ct, m.enqueued_at, m.vt, m.message
            """))
        {
            read.Parameters.Add(new NpgsqlParameter { Value = count });
            await using var reader = await read.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                ids.Add(reader.GetInt64(0));
        }
        if (ids.Count == 0)
            return 0;
        await using var delete = _clients.Command(client, "DELETE FROM q_bench WHERE msg_id = ANY ($1) RETURNING msg_id");
        delete.Parameters.Add(new NpgsqlParameter { Value = ids.ToArray() });
        return await SqlClients.CountAsync(delete);
    }

    public ValueTask DisposeAsync() => _clients.DisposeAsync();
}

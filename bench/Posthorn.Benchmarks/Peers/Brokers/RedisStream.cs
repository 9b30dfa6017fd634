using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>A stream of Redis with a consumer group: XADD; XREADGROUP, then XACK and XDEL in one go. With <c>appendfsync always</c> each is on disk when answered.</summary>
internal sealed class RedisStream(string name, int port) : IPeer
{
    private static readonly byte[] s_send = Command("XADD", "bench", "*", "b", Encoding.ASCII.GetString(PeerBenchmark.Body));
    private static readonly byte[] s_acknowledge = "*4\r\n$4\r\nXACK\r\n$5\r\nbench\r\n$1\r\ng\r\n"u8.ToArray();
    private static readonly byte[] s_remove = "*3\r\n$4\r\nXDEL\r\n$5\r\nbench\r\n"u8.ToArray();
    private readonly WireClients _clients = new(port);
    private readonly byte[]?[] _receives = new byte[]?[1_000];

    public string Name => name;

    public async Task PrepareAsync(int clients)
    {
        await _clients.OpenAsync(clients);
        var connection = _clients[0];
        (await connection.Write(Command("DEL", "bench")).AskAsync()).MustBegin(":"u8);
        (await connection.Write(Command("XGROUP", "CREATE", "bench", "g", "$", "MKSTREAM")).AskAsync()).MustBegin("+OK"u8);
    }

    public async Task SendAsync(int client, int count)
    {
        var connection = _clients[client];
        for (var i = 0; i < count; i++)
            connection.Write(s_send);
        await connection.FlushAsync();
        for (var i = 0; i < count; i++)
            await BulkAsync(connection);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        var connection = _clients[client];
        var receive = _receives[client] ??= Command("XREADGROUP", "GROUP", "g", $"c{client}", "COUNT", $"{count}", "BLOCK", "1000", "STREAMS", "bench", ">");
        if ((await connection.Write(receive).AskAsync()).MustBegin("*"u8).NumberAt(1) < 1)
            return 0; // none came within the second
        await ArrayAsync(connection);
        await BulkAsync(connection);
        var taken = await ArrayAsync(connection);
        for (var i = 0; i < taken; i++)
        {
            await ArrayAsync(connection);
            var id = (await BulkAsync(connection)).Span;
            WriteBulk(connection.Write(s_acknowledge), id);
            WriteBulk(connection.Write(s_remove), id);
            var fields = await ArrayAsync(connection);
            for (var field = 0; field < fields; field++)
                await BulkAsync(connection);
        }
        await connection.FlushAsync();
        for (var i = 0; i < 2 * taken; i++)
            (await connection.LineAsync()).MustBegin(":1"u8);
        return taken;
    }

    public ValueTask DisposeAsync()
    {
        _clients.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void WriteBulk(WireConnection connection, ReadOnlySpan<byte> bytes) =>
        connection.Write("$"u8).Write(bytes.Length).Write("\r\n"u8).Write(bytes).Write("\r\n"u8);

    private static async ValueTask<int> ArrayAsync(WireConnection connection) => (int)(await connection.LineAsync()).MustBegin("*"u8).NumberAt(1);

    private static async ValueTask<ReadOnlyMemory<byte>> BulkAsync(WireConnection connection)
    {
        var length = (int)(await connection.LineAsync()).MustBegin("$"u8).NumberAt(1);
        return (await connection.BytesAsync(length + 2))[..length];
    }

    private static byte[] Command(params string[] words) =>
        Encoding.ASCII.GetBytes($"*{words.Length}\r\n{string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"))}");
}

using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Brokers;

/// <summary>beanstalkd: put; reserve and delete. With <c>-b</c> and <c>-f0</c> each put and delete is synced before it is answered.</summary>
internal sealed class Beanstalk(string name, int port) : IPeer
{
    private const int DeletesAtOnce = 100;
    private static readonly byte[] s_send = [.. "put 0 0 60 1024\r\n"u8, .. PeerBenchmark.Body, .. "\r\n"u8];
    private readonly WireClients _clients = new(port);
    private long _removedUpTo;

    public string Name => name;

    /// <summary>Deletes what is left: jobs that lie in its log would be copied along as the log moves on, and cost the next run.</summary>
    public async Task PrepareAsync(int clients)
    {
        await _clients.OpenAsync(clients);
        var connection = _clients[0];
        var last = await PutAsync(connection);
        while (_removedUpTo < last)
        {
            var count = (int)Math.Min(DeletesAtOnce, last - _removedUpTo);
            for (var i = 1; i <= count; i++)
                connection.Write("delete "u8).Write(_removedUpTo + i).Write("\r\n"u8);
            await connection.FlushAsync();
            for (var i = 0; i < count; i++)
                await connection.LineAsync(); // DELETED, or NOT_FOUND when somebody had it
            _removedUpTo += count;
        }
    }

    public async Task SendAsync(int client, int count)
    {
        for (var i = 0; i < count; i++)
            await PutAsync(_clients[client]);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        var connection = _clients[client];
        var answer = await connection.Write("reserve-with-timeout 1\r\n"u8).AskAsync();
        if (answer.Span.SequenceEqual("TIMED_OUT"u8))
            return 0;
        var id = answer.MustBegin("RESERVED "u8).NumberAt("RESERVED ".Length);
        await connection.BytesAsync(PeerBenchmark.Body.Length + 2);
        (await connection.Write("delete "u8).Write(id).Write("\r\n"u8).AskAsync()).MustBegin("DELETED"u8);
        return 1;
    }

    public ValueTask DisposeAsync()
    {
        _clients.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<long> PutAsync(WireConnection connection) =>
        (await connection.Write(s_send).AskAsync()).MustBegin("INSERTED "u8).NumberAt("INSERTED ".Length);
}

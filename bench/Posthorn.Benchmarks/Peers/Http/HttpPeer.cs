using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>A queue behind HTTP: a connection a client, a request a step. Sends one message a request, whatever the batch.</summary>
internal sealed class HttpPeer(string name, int port, IHttpDialect dialect) : IPeer
{
    private WireClients _wires = new(port);
    private HttpConnection[] _connections = [];
    private readonly string _prefix = string.Concat(name.Where(char.IsAsciiLetterOrDigit));
    private int _queues;

    public string Name => name;

    /// <summary>Connects anew: servers close what idled for a minute while others had their turns.</summary>
    public async Task PrepareAsync(int clients)
    {
        _wires.Dispose();
        _wires = new WireClients(port);
        await _wires.OpenAsync(clients);
        _connections = [.. Enumerable.Range(0, clients).Select(client => new HttpConnection(_wires[client]))];
        if (_queues > 0)
            await AskAsync(dialect.Delete());
        // A name of its own: two doors may lead to one server, and Amazon's protocol lets a name be used again only a minute after its queue was deleted.
        var queue = $"{_prefix}-{++_queues}";
        var answer = await AskAsync(dialect.Create(queue));
        dialect.Use(queue, answer.Span);
    }

    public async Task SendAsync(int client, int count)
    {
        var connection = _connections[client];
        for (var i = 0; i < count; i++)
        {
            connection.Wire.Write(dialect.Send);
            await connection.AskAsync();
        }
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        var connection = _connections[client];
        connection.Wire.Write(dialect.Receive);
        var answer = await connection.AskAsync();
        if (!TryWriteAck(connection.Wire, answer.Span))
            return 0;
        await connection.AskAsync();
        return 1;
    }

    public ValueTask DisposeAsync()
    {
        _wires.Dispose();
        return ValueTask.CompletedTask;
    }

    private ValueTask<ReadOnlyMemory<byte>> AskAsync(byte[] request)
    {
        _connections[0].Wire.Write(request);
        return _connections[0].AskAsync();
    }

    private bool TryWriteAck(WireConnection wire, ReadOnlySpan<byte> answer)
    {
        var before = answer.IndexOf(dialect.BeforeHandle);
        if (before < 0)
            return false;
        var handle = answer[(before + dialect.BeforeHandle.Length)..];
        dialect.WriteAck(wire, handle[..handle.IndexOf(dialect.AfterHandle)]);
        return true;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Stands between an engine and its server, and cuts a connection when a transaction is to be committed: before the server has heard of it, or before its answer is heard.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _server;
    private readonly Task _accepting;
    private int _armed; // a LostPart
    private readonly Action<Memory<byte>>? _change;
    private int _cuts;

    /// <param name="server">The server's port.</param>
    /// <param name="change">May change what the server says.</param>
    public CuttingProxy(int server, Action<Memory<byte>>? change = null)
    {
        (_server, _change) = (server, change);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => _cuts;

    public void CutAtNextCommit(LostPart part) => Volatile.Write(ref _armed, (int)part);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using (client)
        {
            using var server = new TcpClient();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _end.Token);
                var isCut = new bool[1];
                var there = ForwardAsync(client, server, isCut);
                var back = BackAsync(server, client, isCut);
                await Task.WhenAny(there, back);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // One of the two has gone.
            }
        }
    }

    private async Task ForwardAsync(TcpClient client, TcpClient server, bool[] isCut)
    {
        var buffer = new byte[1 << 20];
        while (await client.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var count)
        {
            // A batch that writes and commits ends with this; what only leases says that nothing is to be synced.
            if (buffer.AsSpan(0, count).IndexOf("last_batch = "u8) >= 0 && (LostPart)Interlocked.Exchange(ref _armed, 0) is not LostPart.Nothing and var part)
            {
                isCut[0] = true;
                Interlocked.Increment(ref _cuts);
                if (part == LostPart.Request)
                    return;
                await server.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
                if (part == LostPart.AllAtOnce)
                    return; // it has its orders, and no one is there any more
                continue;
            }
            await server.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }

    private async Task BackAsync(TcpClient server, TcpClient client, bool[] isCut)
    {
        var buffer = new byte[1 << 16];
        while (await server.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var count)
        {
            if (isCut[0])
                return; // the server has done it, and nobody hears
            _change?.Invoke(buffer.AsMemory(0, count));
            await client.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}

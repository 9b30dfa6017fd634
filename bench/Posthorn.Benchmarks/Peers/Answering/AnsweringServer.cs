using System.Net;
using System.Net.Sockets;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Answering;

/// <summary>A server that answers what clients ask and does nothing: against it a client shows its own limit.</summary>
internal static class AnsweringServer
{
    /// <param name="port">Where to listen on loopback, for as long as the process lives.</param>
    /// <param name="answer">Reads one request and writes its answer.</param>
    public static async Task RunAsync(int port, Func<WireConnection, ValueTask> answer)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(128);
        while (true)
            _ = ServeAsync(new WireConnection(await listener.AcceptAsync()), answer);
    }

    private static async Task ServeAsync(WireConnection connection, Func<WireConnection, ValueTask> answer)
    {
        using (connection)
        {
            try
            {
                while (true)
                {
                    await answer(connection);
                    await connection.FlushAsync();
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The client went away.
            }
        }
    }
}

using System.Net.WebSockets;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Reads what a client sends, a whole frame at a time and no longer than it may be.</summary>
internal sealed class FrameReader(WebSocket socket, int bytesMax)
{
    private const int StepBytes = 4 * 1024;

    /// <summary>Reads the next frame.</summary>
    /// <param name="into">Empty; holds no memory of the pool until something has come.</param>
    /// <exception cref="WebSocketException">The connection is lost.</exception>
    public async ValueTask<FrameArrival> ReadAsync(PooledBuffer into)
    {
        // Without room for a byte it waits for the first one: a stream on which nothing is said has no buffer.
        var room = Memory<byte>.Empty;
        while (true)
        {
            var part = await socket.ReceiveAsync(room, CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
                return FrameArrival.Close;
            if (part.MessageType == WebSocketMessageType.Binary)
                return FrameArrival.Binary;
            into.Advance(part.Count);
            if (into.Length > bytesMax)
                return FrameArrival.TooLarge;
            if (part.EndOfMessage)
                return FrameArrival.Text;
            into.Reserve(StepBytes);
            room = into.GetMemory();
        }
    }

    /// <summary>Reads on, and keeps nothing, until the client's last word: an end that leaves something unread would reset the connection, and take ours away.</summary>
    public async ValueTask SkipAsync(PooledBuffer scratch)
    {
        scratch.Clear();
        scratch.Reserve(StepBytes);
        while ((await socket.ReceiveAsync(scratch.GetMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.Benchmarks.Imap;

/// <summary>An IMAP client that does as little as possible: it sends, counts bytes and waits for the tagged line.</summary>
internal sealed class ImapClient : IDisposable
{
    private const int TailLength = 4096;

    private readonly Socket _socket;
    private byte[] _buffer = new byte[256 * 1024];
    private readonly byte[] _tail = new byte[TailLength];
    private int _tailLength;
    private int _tags;

    private ImapClient(Socket socket) => _socket = socket;

    /// <summary>Bytes received for the last command.</summary>
    public long Received { get; private set; }

    public static async Task<ImapClient> ConnectAsync(int port, string? user)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var client = new ImapClient(socket);
        await client.ReadUntilAsync("* "u8.ToArray());
        if (user is not null)
            await client.SayAsync($"LOGIN {user} secret");
        return client;
    }

    /// <summary>Says a command and waits for its end, which must be OK.</summary>
    public async Task SayAsync(string command)
    {
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"{Tag(out var tag)} {command}\r\n"));
        await ReadUntilAsync(tag);
    }

    /// <summary>Says a command that begins with text and ends with bytes.</summary>
    public async Task SayAsync(string command, ReadOnlyMemory<byte> content)
    {
        var text = Encoding.ASCII.GetBytes($"{Tag(out var tag)} {command}");
        var all = new byte[text.Length + content.Length + 2];
        text.CopyTo(all, 0);
        content.CopyTo(all.AsMemory(text.Length));
        "\r\n"u8.CopyTo(all.AsSpan(all.Length - 2));
        await _socket.SendAsync(all);
        await ReadUntilAsync(tag);
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Reads until what came ends with a line that begins so.</summary>
    public async Task ReadUntilAsync(ReadOnlyMemory<byte> start)
    {
        Received = 0;
        _tailLength = 0;
        while (true)
        {
            var count = await _socket.ReceiveAsync(_buffer);
            if (count == 0)
                throw new IOException("The server closed the connection.");
            Received += count;
            if (EndsWithLine(_buffer.AsSpan(0, count), start.Span))
                return;
        }
    }

    /// <summary>From here on it only waits: a client of a thousand must not hold the machine's memory.</summary>
    public void Rest() => _buffer = new byte[1024];

    public void Dispose() => _socket.Dispose();

    private string Tag(out byte[] start)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"zq{++_tags}");
        start = Encoding.ASCII.GetBytes(tag + " ");
        return tag;
    }

    private bool EndsWithLine(ReadOnlySpan<byte> received, ReadOnlySpan<byte> start)
    {
        if (received.Length >= TailLength)
            _tailLength = 0;
        var last = received[^Math.Min(received.Length, TailLength)..];
        if (_tailLength + last.Length > TailLength)
        {
            var kept = TailLength - last.Length;
            _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
            _tailLength = kept;
        }
        last.CopyTo(_tail.AsSpan(_tailLength));
        _tailLength += last.Length;
        var tail = _tail.AsSpan(0, _tailLength);
        if (!tail.EndsWith("\r\n"u8))
            return false;
        var line = tail[(tail[..^2].LastIndexOf((byte)'\n') + 1)..];
        if (!line.StartsWith(start))
            return false;
        return start[0] is (byte)'*' or (byte)'+' || line[start.Length..].StartsWith("OK"u8) ? true : throw new InvalidOperationException(Encoding.UTF8.GetString(line));
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.Benchmarks.Peers.Wire;

/// <summary>A TCP connection for protocols of lines and counted bytes: what is written gathers until it is flushed, what comes is read from one buffer.</summary>
/// <remarks>As thin as it gets, so that a measurement shows the server and not its client. One writer and one reader at a time.</remarks>
internal sealed class WireConnection : IDisposable
{
    private const int LineBytesMax = 1 << 20;

    private readonly Socket _socket;
    private readonly ArrayBufferWriter<byte> _out = new(4 << 10);
    private byte[] _in = new byte[16 << 10];
    private int _start;
    private int _end;

    public WireConnection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
    }

    public static async Task<WireConnection> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new WireConnection(socket);
    }

    public WireConnection Write(ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
        return this;
    }

    public WireConnection Write(long number)
    {
        Utf8Formatter.TryFormat(number, _out.GetSpan(20), out var written);
        _out.Advance(written);
        return this;
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        var rest = _out.WrittenMemory;
        while (rest.Length > 0)
            rest = rest[await _socket.SendAsync(rest)..];
        _out.ResetWrittenCount();
    }

    /// <summary>Sends what was written, and reads the line that answers.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> AskAsync()
    {
        await FlushAsync();
        return await LineAsync();
    }

    /// <summary>The next line without its end, valid until the next read.</summary>
    /// <exception cref="EndOfStreamException">The other side has closed.</exception>
    public ValueTask<ReadOnlyMemory<byte>> LineAsync() => TakeLine() is { } line ? new(line) : ReadLineAsync();

    /// <summary>The next so many bytes, valid until the next read.</summary>
    /// <exception cref="EndOfStreamException">The other side has closed.</exception>
    public ValueTask<ReadOnlyMemory<byte>> BytesAsync(int count) => _end - _start >= count ? new(Take(count)) : ReadBytesAsync(count);

    /// <summary>What comes up to a byte and without it, valid until the next read.</summary>
    /// <exception cref="EndOfStreamException">The other side has closed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> UntilAsync(byte end)
    {
        int length;
        while ((length = _in.AsSpan(_start, _end - _start).IndexOf(end)) < 0)
            await FillAsync();
        return Take(length + 1)[..length];
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync()
    {
        while (true)
        {
            await FillAsync();
            if (TakeLine() is { } line)
                return line;
            if (_end - _start > LineBytesMax)
                throw new InvalidDataException($"No line ends within {LineBytesMax} bytes.");
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(int count)
    {
        while (_end - _start < count)
            await FillAsync();
        return Take(count);
    }

    private ReadOnlyMemory<byte>? TakeLine()
    {
        var length = _in.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (length < 0)
            return null;
        var line = Take(length + 1);
        return line[..(length > 0 && line.Span[length - 1] == '\r' ? length - 1 : length)];
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        _start += count;
        return _in.AsMemory(_start - count, count);
    }

    private async ValueTask FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _in.Length)
        {
            var kept = _in.AsSpan(_start, _end - _start);
            var room = _start > _in.Length / 2 ? _in : new byte[2 * _in.Length];
            kept.CopyTo(room);
            (_in, _start, _end) = (room, 0, kept.Length);
        }
        var read = await _socket.ReceiveAsync(_in.AsMemory(_end));
        if (read == 0)
            throw new EndOfStreamException("The other side closed the connection.");
        _end += read;
    }
}

using System.Buffers;
using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>Reads the answers of HTTP/1.1 on a connection that stays open.</summary>
internal sealed class HttpConnection(WireConnection wire)
{
    private readonly ArrayBufferWriter<byte> _body = new(4 << 10);

    public WireConnection Wire => wire;

    /// <summary>Sends what was written, and reads the body that answers it; valid until the next request.</summary>
    /// <exception cref="InvalidDataException">The answer is no success.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> AskAsync()
    {
        var status = await wire.AskAsync();
        var isSuccess = status.Span.StartsWith("HTTP/1.1 2"u8);
        var first = isSuccess ? "" : Encoding.ASCII.GetString(status.Span);
        var (length, isChunked) = await ReadHeaderAsync();
        _body.ResetWrittenCount();
        if (isChunked)
            await ReadChunksAsync();
        else if (length > 0)
            _body.Write((await wire.BytesAsync(length)).Span);
        return isSuccess ? _body.WrittenMemory : throw new InvalidDataException($"{first} {Encoding.UTF8.GetString(_body.WrittenSpan)}");
    }

    private async ValueTask<(int Length, bool IsChunked)> ReadHeaderAsync()
    {
        var (length, isChunked) = (0, false);
        while (true)
        {
            var line = (await wire.LineAsync()).Span;
            if (line.Length == 0)
                return (length, isChunked);
            if (Is(line, "content-length: "u8))
                length = (int)line.NumberAt("content-length: ".Length);
            else if (Is(line, "transfer-encoding: chunked"u8))
                isChunked = true;
        }
    }

    private async ValueTask ReadChunksAsync()
    {
        while (true)
        {
            var length = (int)(await wire.LineAsync()).Span.NumberAt(0, 'x');
            _body.Write((await wire.BytesAsync(length)).Span);
            await wire.LineAsync();
            if (length == 0)
                return;
        }
    }

    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start) => line.Length >= start.Length && Ascii.EqualsIgnoreCase(line[..start.Length], start);
}

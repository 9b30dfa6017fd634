using System.Buffers;

namespace Posthorn.Bodies;

/// <summary>Content whose body is in memory.</summary>
/// <param name="content">The content.</param>
/// <param name="body">Its body's bytes.</param>
/// <param name="rented">The buffer of the shared pool in which they are, to which the stream gives it back; null when they are elsewhere.</param>
internal sealed class MemoryContentStream(Content content, ReadOnlyMemory<byte> body, byte[]? rented = null) : ContentStream(content)
{
    private ReadOnlyMemory<byte> _body = body;
    private byte[]? _rented = rented;

    protected override ValueTask<int> ReadBodyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Copy(_body.Span[(int)offset..], buffer.Span));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _body = default;
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
    }
}

using System.Buffers;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Bytes in one piece, in an array of the pool: a request as it comes in, an answer before its length is known.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstBytes = 4 * 1024;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public Memory<byte> Written => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public void Clear() => Length = 0;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Makes room for so many bytes more.</summary>
    public void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstBytes, Length * 2), Length + count));
        Written.CopyTo(larger);
        Return();
        _bytes = larger;
    }

    public void Dispose()
    {
        Return();
        (_bytes, Length) = ([], 0);
    }

    private void Return()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
    }
}

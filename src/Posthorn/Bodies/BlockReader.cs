using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Storage;

namespace Posthorn.Bodies;

/// <summary>Reads a body of <see cref="BodyFileFormat"/> block by block; every block is checked before a byte of it is given out.</summary>
/// <param name="name">What the body is called when it is told that it is damaged.</param>
/// <param name="length">Its length.</param>
/// <param name="checksums">Of its blocks.</param>
/// <param name="read">Reads so many bytes at a place; fewer only at the end.</param>
/// <param name="source">What is closed with it.</param>
internal sealed class BlockReader(
    string name, long length, uint[] checksums, Func<long, Memory<byte>, CancellationToken, ValueTask<int>> read, IAsyncDisposable? source) : IBodyReader
{
    private readonly byte[] _block = new byte[Math.Min(BodyFileFormat.BlockLength, length)];
    private int _index = -1;

    public long Length => length;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var index = (int)(offset / BodyFileFormat.BlockLength);
        var start = (long)index * BodyFileFormat.BlockLength;
        var blockLength = (int)Math.Min(BodyFileFormat.BlockLength, length - start);
        if (index != _index)
        {
            _index = -1;
            var count = await read(start, _block.AsMemory(0, blockLength), cancellationToken);
            if (count != blockLength || Checksum.Of(_block.AsSpan(0, blockLength)) != checksums[index])
                throw new BodyLostException($"The file of the body {name} is damaged between {start} and {start + blockLength}.", isDamaged: true);
            _index = index;
        }
        var from = (int)(offset - start);
        var taken = Math.Min(buffer.Length, blockLength - from);
        _block.AsMemory(from, taken).CopyTo(buffer);
        return taken;
    }

    public ValueTask DisposeAsync() => source?.DisposeAsync() ?? default;
}

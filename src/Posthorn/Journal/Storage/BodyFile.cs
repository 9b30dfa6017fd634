using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>A body's open file; every block is checked before a byte of it is given out.</summary>
internal sealed class BodyFile(LogPosition key, IJournalFile file, long length, uint[] checksums) : IAsyncDisposable
{
    private readonly byte[] _block = new byte[BodyFileFormat.BlockLength];
    private int _index = -1;

    public long Length => length;

    /// <summary>Reads at least one byte, at most to the end of a block.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> target)
    {
        var index = (int)(offset / BodyFileFormat.BlockLength);
        var blockLength = (int)Math.Min(BodyFileFormat.BlockLength, length - ((long)index * BodyFileFormat.BlockLength));
        if (index != _index)
        {
            _index = -1;
            var read = await file.ReadAsync((long)index * BodyFileFormat.BlockLength, _block.AsMemory(0, blockLength));
            if (read != blockLength || Checksum.Of(_block.AsSpan(0, blockLength)) != checksums[index])
                throw new BodyLostException($"The file of the body {key} is damaged between {(long)index * BodyFileFormat.BlockLength} and {((long)index * BodyFileFormat.BlockLength) + blockLength}.", isDamaged: true);
            _index = index;
        }
        var from = (int)(offset % BodyFileFormat.BlockLength);
        var count = Math.Min(target.Length, blockLength - from);
        _block.AsMemory(from, count).CopyTo(target);
        return count;
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}

using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>Takes a body as it streams in: in memory up to the inline limit, beyond that in a file aside.</summary>
internal sealed class BodyWriter(BodyFiles files, int inlineBytesMax) : IBodyWriter, IBodyHolder
{
    private const int FirstBuffer = 4 << 10;
    private const int FileBuffer = 4 * BodyFileFormat.BlockLength;

    private readonly List<uint> _checksums = [];
    private readonly SemaphoreSlim _making = new(1);
    private byte[] _buffer = [];
    private int _buffered;
    private long _flushed;
    private long _id;
    private IJournalFile? _file;
    private bool _isComplete;
    private bool _isDurable;
    private bool _isHandedOver;

    public long Length => _flushed + _buffered;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _buffered);
        _buffered += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        var needed = _buffered + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            // Not from the pool: a small body is handed to the commit as it is, without a copy.
            var larger = new byte[Math.Max(needed, Math.Max(FirstBuffer, _buffer.Length * 2))];
            _buffer.AsSpan(0, _buffered).CopyTo(larger);
            _buffer = larger;
        }
        return _buffer.AsMemory(_buffered);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Length <= inlineBytesMax || _buffered < FileBuffer ? ValueTask.CompletedTask : WriteBlocksAsync(isLast: false);
    }

    public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isComplete, this);
        if (Length <= inlineBytesMax)
        {
            _isComplete = true;
            return Body.Of(_buffer.AsMemory(0, _buffered));
        }
        await WriteBlocksAsync(isLast: true);
        await WritingAsync(async file => await file.WriteAsync(_flushed, BodyFileFormat.End(_flushed, _checksums)));
        _isComplete = true;
        _buffer = [];
        return new StoredBody(LogPosition.OfFile(_id), _flushed, owner: 0) { Writer = this };
    }

    public async ValueTask MakeDurableAsync()
    {
        await _making.WaitAsync();
        try
        {
            if (_isDurable || _isHandedOver)
                return;
            await WritingAsync(file => file.FlushAsync());
            await files.FinishAsync(_id);
            _isDurable = true;
            await _file!.DisposeAsync();
        }
        finally
        {
            _making.Release();
        }
    }

    public void HandOver(StoredBody body)
    {
        _isHandedOver = true;
        body.Writer = null;
    }

    public async ValueTask DisposeAsync()
    {
        _isComplete = true;
        _buffer = [];
        _buffered = 0;
        if (_file is null || _isHandedOver)
            return;
        await _file.DisposeAsync();
        await files.DeleteAsync(_id);
        _file = null;
    }

    private async ValueTask WriteBlocksAsync(bool isLast)
    {
        if (_file is null)
        {
            try
            {
                (_id, _file) = await files.CreateAsync();
            }
            catch (Exception e) when (NoSpace.Is(e))
            {
                throw new StorageFullException("There is no space for the body.");
            }
        }
        var length = isLast ? _buffered : _buffered - (_buffered % BodyFileFormat.BlockLength);
        for (var at = 0; at < length; at += BodyFileFormat.BlockLength)
            _checksums.Add(Checksum.Of(_buffer.AsSpan(at, Math.Min(BodyFileFormat.BlockLength, length - at))));
        await WritingAsync(file => file.WriteAsync(_flushed, _buffer.AsMemory(0, length)));
        _buffer.AsSpan(length, _buffered - length).CopyTo(_buffer);
        _buffered -= length;
        _flushed += length;
    }

    private async ValueTask WritingAsync(Func<IJournalFile, ValueTask> write)
    {
        try
        {
            await write(_file!);
        }
        catch (Exception e) when (NoSpace.Is(e))
        {
            throw new StorageFullException($"There is no space for a body of {Length} bytes or more.");
        }
    }
}

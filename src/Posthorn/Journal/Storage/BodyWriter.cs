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
    private const int FileBuffer = 4 * BodyFileFormat.BlockLength;

    private readonly List<uint> _checksums = [];
    private readonly SemaphoreSlim _making = new(1);
    private BodyBuffer _buffer;
    private long _flushed;
    private long _id;
    private IJournalFile? _file;
    private bool _isComplete;
    private bool _isDurable;
    private bool _isHandedOver;

    public long Length => _flushed + _buffer.Length;

    public void Advance(int count) => _buffer.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        return _buffer.GetMemory(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Length <= inlineBytesMax || _buffer.Length < FileBuffer ? ValueTask.CompletedTask : WriteBlocksAsync(isLast: false);
    }

    public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isComplete, this);
        if (Length <= inlineBytesMax)
        {
            _isComplete = true;
            return Body.Of(_buffer.Written);
        }
        await WriteBlocksAsync(isLast: true);
        await WritingAsync(async file => await file.WriteAsync(_flushed, BodyFileFormat.End(_flushed, _checksums)));
        _isComplete = true;
        _buffer.Clear();
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
        _buffer.Clear();
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
        var length = isLast ? _buffer.Length : _buffer.Length - (_buffer.Length % BodyFileFormat.BlockLength);
        for (var at = 0; at < length; at += BodyFileFormat.BlockLength)
            _checksums.Add(Checksum.Of(_buffer.Written.Span.Slice(at, Math.Min(BodyFileFormat.BlockLength, length - at))));
        await WritingAsync(file => file.WriteAsync(_flushed, _buffer.Written[..length]));
        _buffer.Drop(length);
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

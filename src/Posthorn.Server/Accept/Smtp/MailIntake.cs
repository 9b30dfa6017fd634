using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>
/// A mail as it comes in: its bytes go on to the engine's body at once, only the header is kept here until its end has come. After a failure the rest of
/// the mail is read and thrown away, and the failure is the answer at its end.
/// </summary>
internal sealed class MailIntake : IBufferWriter<byte>, IAsyncDisposable
{
    /// <summary>Most of a header that is looked at, in bytes: where a loop is counted. 100 hops take about 40 KB at the top of the header.</summary>
    private const int HeaderBytesMax = 64 * 1024;

    private readonly IBodyWriter _body;
    private readonly long _bytesMax;
    private byte[]? _header = ArrayPool<byte>.Shared.Rent(4 * 1024);
    private int _headerLength;
    private bool _isHeaderComplete;
    private Memory<byte> _given;

    /// <param name="body">The body that is written; the intake owns it.</param>
    /// <param name="bytesMax">Largest mail, our trace header aside.</param>
    public MailIntake(IBodyWriter body, long bytesMax) => (_body, _bytesMax) = (body, bytesMax);

    /// <summary>Why the mail will be refused at its end; null while all is well.</summary>
    public SmtpReply? Failure { get; private set; }

    /// <summary>Where content goes; null throws it away, after a failure.</summary>
    public IBufferWriter<byte>? Output => Failure is null ? this : null;

    /// <summary>The mail will be refused. The first reason counts.</summary>
    public void Fail(SmtpReply reply) => Failure ??= reply;

    /// <summary>Puts the trace header in front; before any content.</summary>
    public void Begin(TraceHeader trace) => trace.Write(_body);

    /// <summary>Lets bytes leave memory; called after each piece that was read.</summary>
    /// <param name="received">Bytes of content so far, whatever became of them.</param>
    public async ValueTask FlushAsync(long received)
    {
        if (received > _bytesMax)
            Fail(SmtpReplies.TooLarge);
        if (Failure is not null)
            return;
        try
        {
            await _body.FlushAsync(CancellationToken.None);
        }
        catch (StorageFullException)
        {
            Fail(SmtpReplies.StorageFull);
        }
        catch (EngineUnavailableException)
        {
            Fail(SmtpReplies.NotKept);
        }
        catch (EngineFailedException)
        {
            Fail(SmtpReplies.OutOfService);
        }
    }

    /// <summary>What the header says, our own trace header aside.</summary>
    public HeaderScan ScanHeader() => HeaderScan.Of(_header.AsSpan(0, _headerLength));

    /// <summary>Ends the body.</summary>
    /// <exception cref="StorageFullException">No space.</exception>
    /// <exception cref="EngineFailedException">The engine is out of service.</exception>
    public ValueTask<Body> CompleteAsync() => _body.CompleteAsync(CancellationToken.None);

    public Memory<byte> GetMemory(int sizeHint = 0) => _given = _body.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        if (!_isHeaderComplete)
            KeepHeader(_given.Span[..count]);
        _given = default;
        _body.Advance(count);
    }

    public ValueTask DisposeAsync()
    {
        if (_header is { } header)
            ArrayPool<byte>.Shared.Return(header);
        _header = null;
        return _body.DisposeAsync();
    }

    private void KeepHeader(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, HeaderBytesMax - _headerLength)];
        if (_headerLength + bytes.Length > _header!.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(HeaderBytesMax, Math.Max(2 * _header.Length, _headerLength + bytes.Length)));
            _header.AsSpan(0, _headerLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_header);
            _header = larger;
        }
        bytes.CopyTo(_header.AsSpan(_headerLength));
        // The end may lie across the seam, so three bytes of what was there are searched again.
        var from = Math.Max(0, _headerLength - 3);
        _headerLength += bytes.Length;
        var end = _header.AsSpan(from, _headerLength - from).IndexOf("\r\n\r\n"u8);
        if (end >= 0)
            _headerLength = from + end + 4;
        _isHeaderComplete = end >= 0 || _headerLength == HeaderBytesMax;
    }
}

using System.IO.Compression;
using System.IO.Pipelines;

namespace Posthorn.Server.Connections;

/// <content>Compression of both directions (RFC 4978), within TLS when there is some.</content>
internal sealed partial class LineConnection
{
    private DeflateStream? _inflating;
    private DeflateStream? _deflating;
    private PipeReader? _belowInput;
    private PipeWriter? _belowOutput;

    /// <summary>Whether it compresses.</summary>
    public bool IsCompressed => _deflating is not null;

    /// <summary>Sends what was said so far as it is; from then on both sides compress.</summary>
    public async ValueTask CompressAsync()
    {
        SetDeadline(s_endTimeMax);
        await _output.FlushAsync();
        ClearDeadline();
        var below = new DuplexPipeStream(_input, _output);
        _inflating = new DeflateStream(below, CompressionMode.Decompress, leaveOpen: true);
        // Each flush ends with a sync point, so that the peer has all that was said (RFC 4978 4).
        _deflating = new DeflateStream(below, CompressionLevel.Fastest, leaveOpen: true);
        (_belowInput, _belowOutput) = (_input, _output);
        Volatile.Write(ref _input, PipeReader.Create(_inflating, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)));
        Volatile.Write(ref _output, PipeWriter.Create(_deflating, new StreamPipeWriterOptions(leaveOpen: true)));
    }

    private async ValueTask EndCompressionAsync()
    {
        if (_inflating is null || _deflating is null)
            return;
        await _input.CompleteAsync();
        await _output.CompleteAsync(new OperationCanceledException());
        (_input, _output) = (_belowInput!, _belowOutput!);
        await _inflating.DisposeAsync();
        try
        {
            await _deflating.DisposeAsync(); // writes the end of its stream
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // the peer has gone already
        }
    }
}

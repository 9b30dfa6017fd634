using System.Buffers;

namespace Posthorn.Protocols.Smtp.Data;

/// <summary>Reads a mail as BDAT sends it (RFC 3030 2): chunks of a known length, taken as they are. One reader for all chunks of a mail.</summary>
public sealed class ChunkReader
{
    private NewlineCheck _newlines;
    private bool _isLast;

    /// <summary>Bytes of the current chunk that have not come yet.</summary>
    public long Remaining { get; private set; }

    /// <summary>Bytes of all chunks so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the mail so far has a CR or LF that does not stand in CRLF; a CRLF may be cut in two by a chunk's end.</summary>
    public bool HasBareNewline => _newlines.HasBare;

    /// <summary>A chunk of so many bytes comes next.</summary>
    /// <exception cref="InvalidOperationException">The chunk before has not been read, or was the last.</exception>
    public void Begin(long size, bool isLast)
    {
        if (Remaining > 0 || _isLast)
            throw new InvalidOperationException("The chunk before has not been read, or was the last.");
        Remaining = size;
        _isLast = isLast;
        EndIfLast();
    }

    /// <summary>Reads up to the end of the chunk or of what has come.</summary>
    /// <param name="input">What has come and is not consumed; it is moved behind what was.</param>
    /// <param name="output">Takes the content; null throws it away.</param>
    public void Read(ref ReadOnlySequence<byte> input, IBufferWriter<byte>? output)
    {
        var chunk = input.Slice(0, Math.Min(Remaining, input.Length));
        foreach (var piece in chunk)
        {
            _newlines.Add(piece.Span);
            output?.Write(piece.Span);
        }
        Remaining -= chunk.Length;
        Length += chunk.Length;
        input = input.Slice(chunk.Length);
        EndIfLast();
    }

    private void EndIfLast()
    {
        if (_isLast && Remaining == 0)
            _newlines.End();
    }
}

using System.Buffers;
using System.Buffers.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>
/// Base64 (RFC 2045 6.8), tolerant: what is not of the alphabet is skipped, padding ends a group wherever it stands (texts put one behind the other),
/// and a group that the end cuts gives the bytes it holds.
/// </summary>
internal sealed class Base64Decoding : ITransferDecoding
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private readonly byte[] _group = new byte[4];
    private int _grouped; // characters in _group: 0 to 3

    public void Decode(ReadOnlySpan<byte> source, Span<byte> destination, bool isLast, out int consumed, out int written)
    {
        consumed = written = 0;
        while (consumed < source.Length && destination.Length - written >= 3)
        {
            var rest = source[consumed..];
            var run = rest.IndexOfAnyExcept(Alphabet);
            run = run < 0 ? rest.Length : run;
            if (_grouped == 0 && run >= 4)
            {
                // Whole groups at once, by the framework's vectorised decoder.
                var groups = Math.Min(run / 4, (destination.Length - written) / 3);
                Base64.DecodeFromUtf8(rest[..(groups * 4)], destination[written..], out _, out var bytes, isFinalBlock: true);
                consumed += groups * 4;
                written += bytes;
                continue;
            }
            if (run == 0)
            {
                if (rest[0] == '=')
                    written += EndGroup(destination[written..]);
                consumed++;
                continue;
            }
            _group[_grouped++] = rest[0];
            consumed++;
            if (_grouped == 4)
            {
                Base64.DecodeFromUtf8(_group, destination[written..], out _, out var bytes, isFinalBlock: true);
                written += bytes;
                _grouped = 0;
            }
        }
        if (isLast && consumed == source.Length && destination.Length - written >= 3)
            written += EndGroup(destination[written..]);
    }

    /// <summary>Two characters hold a byte, three hold two; one alone holds nothing.</summary>
    private int EndGroup(Span<byte> destination)
    {
        if (_grouped >= 2)
        {
            _group.AsSpan(_grouped).Fill((byte)'A');
            Span<byte> bytes = stackalloc byte[3];
            Base64.DecodeFromUtf8(_group, bytes, out _, out _, isFinalBlock: true);
            bytes[..(_grouped - 1)].CopyTo(destination);
        }
        var written = Math.Max(0, _grouped - 1);
        _grouped = 0;
        return written;
    }
}

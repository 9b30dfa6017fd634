using System.Buffers;
using System.Security.Cryptography;

namespace Posthorn.Protocols.Dkim;

/// <summary>The SHA-256 of a body in canonical form (RFC 6376 3.4.3, 3.4.4), taken piece by piece; line ends may be CRLF or LF and count as CRLF.</summary>
internal sealed class DkimBodyHash(DkimCanonicalization canonicalization) : IDisposable
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<byte> LineEndsAndSpaces = SearchValues.Create("\r\n\t "u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _canonical = new byte[8 * 1024];
    private int _filled;
    private long _emptyLines; // seen and not written: at the body's end they do not count
    private bool _isLineBegun, _hasSpace, _hasCarriageReturn, _isAnythingWritten;

    private bool IsRelaxed => canonicalization == DkimCanonicalization.Relaxed;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var b = bytes[0];
            if (b == '\n')
            {
                EndLine();
            }
            else if (_hasCarriageReturn)
            {
                _hasCarriageReturn = false; // a bare one is a character like others
                WriteText("\r"u8);
                continue;
            }
            else if (b == '\r')
            {
                _hasCarriageReturn = true;
            }
            else if (IsRelaxed && b is (byte)' ' or (byte)'\t')
            {
                _hasSpace = true;
            }
            else
            {
                var end = bytes.IndexOfAny(IsRelaxed ? LineEndsAndSpaces : LineEnds);
                var text = end < 0 ? bytes : bytes[..end];
                WriteText(text);
                bytes = bytes[text.Length..];
                continue;
            }
            bytes = bytes[1..];
        }
    }

    /// <summary>Ends the body; call once.</summary>
    public byte[] Complete()
    {
        if (_hasCarriageReturn)
            WriteText("\r"u8);
        _hasCarriageReturn = false;
        if (_isLineBegun)
            EndLine();
        if (!_isAnythingWritten && !IsRelaxed)
            Write("\r\n"u8); // RFC 6376 3.4.3: no body is one empty line; 3.4.4: relaxed, it is nothing
        _hash.AppendData(_canonical, 0, _filled);
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    private void WriteText(ReadOnlySpan<byte> text)
    {
        for (; _emptyLines > 0; _emptyLines--)
            Write("\r\n"u8);
        if (_hasSpace)
            Write(" "u8);
        _hasSpace = false;
        _isLineBegun = true;
        Write(text);
    }

    private void EndLine()
    {
        _hasCarriageReturn = _hasSpace = false;
        if (_isLineBegun)
            Write("\r\n"u8);
        else
            _emptyLines++;
        _isLineBegun = false;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _isAnythingWritten = true;
        if (bytes.Length > _canonical.Length - _filled)
        {
            _hash.AppendData(_canonical, 0, _filled);
            _filled = 0;
            if (bytes.Length > _canonical.Length)
            {
                _hash.AppendData(bytes);
                return;
            }
        }
        bytes.CopyTo(_canonical.AsSpan(_filled));
        _filled += bytes.Length;
    }
}

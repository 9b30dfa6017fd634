using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// The content of a DATA command, byte by byte: undoes dot-stuffing and ends at CRLF "." CRLF and nothing else. Deliberately written
/// on its own, so that a fault in the product's reader cannot hide behind the same fault here.
/// </summary>
internal sealed class DataReader(int bytesKept) : IDisposable
{
    private readonly MemoryStream _kept = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _slice = new();
    private readonly List<byte> _header = [];
    private bool _isInBody;
    private State _state = State.LineStart;
    private long _length;

    private enum State
    {
        LineStart,
        Text,
        Cr,
        Dot,
        DotCr,
    }

    public bool IsComplete { get; private set; }

    /// <summary>Takes bytes up to the end of the content; how many it was.</summary>
    public long Take(ReadOnlySequence<byte> buffer)
    {
        long taken = 0;
        foreach (var segment in buffer)
        {
            var used = Take(segment.Span);
            taken += used;
            if (IsComplete)
                break;
        }
        return taken;
    }

    public RecordedMail ToMail(string sender, IReadOnlyList<string> recipients, string mailCommand) =>
        new(sender, recipients, mailCommand, _kept.ToArray(), _length, Convert.ToHexString(_hash.GetHashAndReset()));

    public void Dispose()
    {
        _kept.Dispose();
        _hash.Dispose();
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        _slice.ResetWrittenCount();
        var i = 0;
        for (; i < bytes.Length && !IsComplete; i++)
        {
            var b = bytes[i];
            switch (_state)
            {
                case State.LineStart when b == '.':
                    _state = State.Dot;
                    continue;
                case State.Dot when b == '\r':
                    _state = State.DotCr;
                    continue;
                case State.DotCr when b == '\n':
                    IsComplete = true;
                    continue;
                case State.DotCr: // a stuffed dot before a bare CR: only the dot goes
                    Write((byte)'\r');
                    break;
            }
            Write(b);
            var wasCr = _state is State.Cr or State.DotCr;
            _state = b == '\r' ? State.Cr : b == '\n' && wasCr ? State.LineStart : State.Text;
        }
        Flush();
        return i;
    }

    private void Write(byte b)
    {
        _slice.GetSpan(1)[0] = b;
        _slice.Advance(1);
    }

    private void Flush()
    {
        var bytes = _slice.WrittenSpan;
        HashBody(bytes);
        _length += bytes.Length;
        var room = (int)Math.Min(bytes.Length, bytesKept - _kept.Length);
        if (room > 0)
            _kept.Write(bytes[..room]);
    }

    private void HashBody(ReadOnlySpan<byte> bytes)
    {
        if (_isInBody)
        {
            _hash.AppendData(bytes);
            return;
        }
        _header.AddRange(bytes);
        var all = CollectionsMarshal.AsSpan(_header);
        var end = all.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return;
        _isInBody = true;
        _hash.AppendData(all[(end + 4)..]);
        _header.Clear();
    }
}

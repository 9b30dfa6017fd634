using System.Buffers.Binary;
using System.Text;

namespace Posthorn.Journal.Format;

/// <summary>Reads what <see cref="ByteWriter"/> wrote; the bytes have passed their checksum, so what does not fit is a broken invariant.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public int Count()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var b = Byte();
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
                return checked((int)value);
        }
        throw new InvalidDataException("A count is longer than five bytes.");
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string? Text()
    {
        var length = Count();
        return length == 0 ? null : Encoding.UTF8.GetString(Take(length - 1));
    }

    /// <summary>The UTF-8 of a text; empty for null too.</summary>
    public ReadOnlySpan<byte> TextBytes() => Take(Math.Max(Count() - 1, 0));

    public void SkipText() => Take(Math.Max(Count() - 1, 0));

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw new InvalidDataException($"{count} bytes were expected and {_rest.Length} are left.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

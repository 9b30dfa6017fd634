using System.Buffers;
using System.Numerics;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>Writes the compact form's numbers and strings; see docs/formats/mail-structure.md.</summary>
internal sealed class StructureEncoder
{
    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Byte(byte value) => _bytes.Write([value]);

    public void UInt32(uint value)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
    }

    /// <summary>A number of 0 or more: seven bits a byte, the lowest first, the top bit says that more follow.</summary>
    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var span = _bytes.GetSpan(10);
        var length = 0;
        for (var rest = (ulong)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                span[length++] = (byte)rest;
                break;
            }
            span[length++] = (byte)(rest | 0x80);
        }
        _bytes.Advance(length);
    }

    public void Nil() => Number(0);

    /// <summary>A string: odd for a known one, else twice its length and two, then its bytes. A NUL, which no IMAP string may hold, becomes a question mark.</summary>
    public void String(ReadOnlySpan<byte> text)
    {
        if (KnownStrings.IndexOf(text) is >= 0 and var index)
        {
            Number((index << 1) | 1);
            return;
        }
        Number((text.Length + 1L) << 1);
        var span = _bytes.GetSpan(text.Length);
        text.Replace(span, (byte)0, (byte)'?');
        _bytes.Advance(text.Length);
    }

    /// <summary>A field's value, unfolded; nothing when it is not there.</summary>
    public void Field(HeaderField? field)
    {
        if (field is null)
            Nil();
        else
            String(field.UnfoldedBytes);
    }

    public void Append(StructureEncoder other) => _bytes.Write(other.Written);

    /// <summary>The whole form: version and checksum, then what was written.</summary>
    public byte[] Seal()
    {
        var sealedBytes = new byte[StructureDecoder.HeadBytes + Length];
        sealedBytes[0] = StructureDecoder.Version;
        Written.CopyTo(sealedBytes.AsSpan(StructureDecoder.HeadBytes));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(sealedBytes.AsSpan(1), Checksum(Written));
        return sealedBytes;
    }

    /// <summary>CRC-32C.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}

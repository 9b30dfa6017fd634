using System.Buffers.Binary;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Format;

/// <summary>Bodies in a record: each is preceded by its length and checksum and filled up to a multiple of 8.</summary>
internal static class BodyCodec
{
    public const int HeaderLength = 8;

    /// <summary>In <see cref="OperationKind.Body"/>: from the operation's first byte to the body's header.</summary>
    public const int DistanceAt = 24;

    /// <summary>In <see cref="OperationKind.Body"/>: the message through which it is alive when it is not shared.</summary>
    public const int OwnerAt = 32;

    /// <summary>Bytes that a body takes in a record.</summary>
    public static int Space(int length) => HeaderLength + ((length + 7) & ~7);

    public static void WriteHeader(Span<byte> target, int length, uint checksum)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], checksum);
    }

    public static (int Length, uint Checksum) ReadHeader(ReadOnlySpan<byte> source) =>
        (BinaryPrimitives.ReadInt32LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));

    /// <summary>Begins the operation that carries the headers of <paramref name="count"/> bodies, so that the record's checksum covers them.</summary>
    public static void ReserveTable(ByteWriter writer, int count)
    {
        var start = Operation.Begin(writer, OperationKind.Bodies, count);
        writer.Take(count * HeaderLength);
        Operation.End(writer, start);
    }

    /// <summary>The body's header in the table, which is the record's first operation.</summary>
    public static Span<byte> InTable(Span<byte> operations, int index) =>
        operations.Slice(Operation.HeaderLength + (index * HeaderLength), HeaderLength);

    /// <summary>Says that a body lies in this record from now on.</summary>
    /// <returns>Where the operation begins; the distance is set when it is known.</returns>
    public static int WriteRelocation(ByteWriter writer, LogPosition body, ulong owner)
    {
        var start = Operation.Begin(writer, OperationKind.Body);
        writer.Int64(body.Value);
        writer.Int64(0);
        writer.Int64((long)owner);
        Operation.End(writer, start);
        return start;
    }
}

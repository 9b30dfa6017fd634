using System.Buffers.Binary;

namespace Posthorn.Journal.Format;

/// <summary>
/// The frame of every operation: length (a multiple of 8), checksum, kind. Each has a checksum of its own besides the record's,
/// so that one message can be read and verified without reading the rest of a large commit.
/// </summary>
internal static class Operation
{
    public const int LengthAt = 0;
    public const int ChecksumAt = 4;
    public const int KindAt = 8;
    public const int CountAt = 12;
    public const int IdAt = 16;
    public const int HeaderLength = 16;

    /// <summary>Length of the operations that are only about an id: the end of a message, its receive count.</summary>
    public const int IdLength = 24;

    public static OperationKind Kind(ReadOnlySpan<byte> operation) => (OperationKind)operation[KindAt];

    public static int Length(ReadOnlySpan<byte> operation) => BinaryPrimitives.ReadInt32LittleEndian(operation);

    public static ulong Id(ReadOnlySpan<byte> operation) => BinaryPrimitives.ReadUInt64LittleEndian(operation[IdAt..]);

    public static int Count(ReadOnlySpan<byte> operation) => BinaryPrimitives.ReadInt32LittleEndian(operation[CountAt..]);

    public static void SetCount(Span<byte> operation, int count) => BinaryPrimitives.WriteInt32LittleEndian(operation[CountAt..], count);

    /// <summary>What follows the first 16 bytes.</summary>
    public static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> operation) => operation[HeaderLength..];

    /// <summary>Begins an operation.</summary>
    /// <returns>Where it begins, for <see cref="End"/>.</returns>
    public static int Begin(ByteWriter writer, OperationKind kind, int count = 0)
    {
        var start = writer.Length;
        var header = writer.Take(HeaderLength);
        header[KindAt] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(header[CountAt..], count);
        return start;
    }

    public static void End(ByteWriter writer, int start)
    {
        writer.AlignTo8();
        BinaryPrimitives.WriteInt32LittleEndian(writer.Written[start..], writer.Length - start);
    }

    public static void OfId(ByteWriter writer, OperationKind kind, ulong id, int count = 0)
    {
        var start = Begin(writer, kind, count);
        writer.Int64((long)id);
        End(writer, start);
    }

    /// <summary>Puts the checksum into every operation of a record; after this nothing of them may change.</summary>
    public static void Seal(Span<byte> operations)
    {
        while (!operations.IsEmpty)
        {
            var length = Length(operations);
            BinaryPrimitives.WriteUInt32LittleEndian(operations[ChecksumAt..], Checksum.Of(operations[KindAt..length]));
            operations = operations[length..];
        }
    }

    /// <summary>Whether the bytes begin with a whole operation that is what was written.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> operation) =>
        operation.Length >= HeaderLength && Length(operation) is var length && length >= HeaderLength && length <= operation.Length
        && BinaryPrimitives.ReadUInt32LittleEndian(operation[ChecksumAt..]) == Checksum.Of(operation[KindAt..length]);
}

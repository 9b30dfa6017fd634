using System.Buffers.Binary;

namespace Posthorn.Journal.Format;

/// <summary>Where the fixed fields of a message lie in its operation (<see cref="OperationKind.Add"/>, <see cref="OperationKind.Put"/>). See docs/formats/journal.md.</summary>
internal static class MessageLayout
{
    public const int PriorityAt = 9;
    public const int FlagsAt = 10;
    public const int BodyPlaceAt = 11;
    public const int ReceiveCountAt = 12;
    public const int IdAt = 16;
    public const int OriginAt = 24;
    public const int NumberAt = 32;
    public const int QueueAt = 40;
    public const int AcceptedAt = 48;
    public const int EnqueuedAt = 56;
    public const int DueAt = 64;
    public const int BodyAt = 72;
    public const int BodyLengthAt = 80;
    public const int SkipAt = 88;
    public const int PrefixLengthAt = 96;
    public const int GroupLengthAt = 100;
    public const int GroupAt = 104;

    /// <summary>An administrator holds it.</summary>
    public const byte HeldFlag = 1;
    /// <summary>Its body may belong to other messages too: it is counted.</summary>
    public const byte SharedFlag = 2;
    /// <summary>Its lease goes on; means nothing after a restart.</summary>
    public const byte LeaseGoesOnFlag = 4;
    /// <summary>It lies here from now on, and nothing of it changed; while loading it counts as any other.</summary>
    public const byte RelocatedFlag = 8;
    /// <summary>It was consumed and is kept to be replayed; what is its due time otherwise is when it was.</summary>
    public const byte ConsumedFlag = 16;
    /// <summary>Its due time had come when this was written: a clock that is set back later does not make it wait again.</summary>
    public const byte DueFlag = 32;

    public static long Int64(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadInt64LittleEndian(operation[at..]);

    public static ulong UInt64(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadUInt64LittleEndian(operation[at..]);

    public static int Int32(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadInt32LittleEndian(operation[at..]);

    public static void Set(Span<byte> operation, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(operation[at..], value);

    public static void Set(Span<byte> operation, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(operation[at..], value);

    public static void Set(Span<byte> operation, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(operation[at..], value);

    /// <summary>The group's UTF-8; empty for none.</summary>
    public static ReadOnlySpan<byte> Group(ReadOnlySpan<byte> operation) =>
        operation.Slice(GroupAt, BinaryPrimitives.ReadUInt16LittleEndian(operation[GroupLengthAt..]));

    /// <summary>Bytes of content: prefix and body without what is left out.</summary>
    public static long ContentLength(ReadOnlySpan<byte> operation) =>
        Int32(operation, PrefixLengthAt) + Int64(operation, BodyLengthAt) - Int64(operation, SkipAt);
}

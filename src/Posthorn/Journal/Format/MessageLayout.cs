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
    /// <summary>Where the flags begin: their distance from the operation's begin; see the two values below.</summary>
    public const int FlagListAt = 102;
    public const int GroupAt = 104;

    /// <summary>At <see cref="FlagListAt"/>: it is not said; earlier programs did not, and beyond 65 535 it does not fit.</summary>
    public const ushort FlagListUnknown = 0;
    /// <summary>At <see cref="FlagListAt"/>: there are no flags.</summary>
    public const ushort FlagListEmpty = 1;

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
    /// <summary>A copy of what an earlier record said: the number of that record is in the last 8 bytes, behind 8 zeros.</summary>
    public const byte ModSeqFlag = 64;

    /// <summary>Bytes that <see cref="ModSeqFlag"/> stands for. The zeros end what varies for a program that does not know the flag.</summary>
    public const int ModSeqLength = 16;

    public static long Int64(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadInt64LittleEndian(operation[at..]);

    public static ulong UInt64(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadUInt64LittleEndian(operation[at..]);

    public static int Int32(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadInt32LittleEndian(operation[at..]);

    public static void Set(Span<byte> operation, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(operation[at..], value);

    public static void Set(Span<byte> operation, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(operation[at..], value);

    public static void Set(Span<byte> operation, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(operation[at..], value);

    public static ushort UInt16(ReadOnlySpan<byte> operation, int at) => BinaryPrimitives.ReadUInt16LittleEndian(operation[at..]);

    /// <summary>The number of the record that added, changed or moved the message.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="record">The number of the record that it stands in.</param>
    public static long ModSeq(ReadOnlySpan<byte> operation, long record) =>
        (operation[FlagsAt] & ModSeqFlag) != 0 ? Int64(operation, Operation.Length(operation) - sizeof(long)) : record;

    /// <summary>Marks a copy that has room for it with the number of the record it was copied from.</summary>
    public static void SetModSeq(Span<byte> operation, long record)
    {
        operation[FlagsAt] |= ModSeqFlag;
        Set(operation, Operation.LengthAt, operation.Length);
        Set(operation, operation.Length - sizeof(long), record);
    }

    /// <summary>The group's UTF-8; empty for none.</summary>
    public static ReadOnlySpan<byte> Group(ReadOnlySpan<byte> operation) =>
        operation.Slice(GroupAt, UInt16(operation, GroupLengthAt));

    /// <summary>Bytes of content: prefix and body without what is left out.</summary>
    public static long ContentLength(ReadOnlySpan<byte> operation) =>
        Int32(operation, PrefixLengthAt) + Int64(operation, BodyLengthAt) - Int64(operation, SkipAt);
}

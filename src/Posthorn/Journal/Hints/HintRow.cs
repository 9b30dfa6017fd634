using System.Runtime.InteropServices;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Hints;

/// <summary>The latest operation on one message in a segment, as the index needs it: 72 bytes, on disk as in memory. See docs/formats/journal.md.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct HintRow
{
    public const int Length = 72;

    /// <summary>In <see cref="FlagSet"/>: its set has a number as high as this or higher, and the hint's table says which.</summary>
    public const ushort ManyFlags = ushort.MaxValue;

    public ulong Id;

    /// <summary>Its number in the queue.</summary>
    public long Number;

    /// <summary>Its body's key.</summary>
    public LogPosition Body;

    /// <summary>Seconds since <see cref="Entry.AcceptedEpoch"/>.</summary>
    public uint AcceptedAt;

    /// <summary>Where in the segment the operation lies.</summary>
    public uint RecordAt;

    /// <summary>Ticks of UTC.</summary>
    public long DueAt;

    /// <summary>Milliseconds of Unix time.</summary>
    public UInt48 EnqueuedAt;

    /// <summary>Bytes of content.</summary>
    public UInt48 ContentLength;

    /// <summary>Its lane, by its place in the hint's table.</summary>
    public int Lane;

    /// <summary>Where in this segment the body lies; 0 when it lies elsewhere, or when there is none.</summary>
    public uint BodyAt;

    public ushort ReceiveCount;

    public byte Priority;

    /// <summary>The operation's flags; see <see cref="MessageLayout"/>.</summary>
    public byte Flags;

    /// <summary>The number of the record that added, changed or moved it last.</summary>
    public UInt48 ModSeq;

    /// <summary>Its flags, by their place in the hint's table plus one; 0 is none.</summary>
    public ushort FlagSet;

    public readonly bool IsHeld => (Flags & MessageLayout.HeldFlag) != 0;

    public readonly bool IsConsumed => (Flags & MessageLayout.ConsumedFlag) != 0;

    public readonly bool IsDue => (Flags & MessageLayout.DueFlag) != 0;

    public readonly bool IsShared => (Flags & MessageLayout.SharedFlag) != 0;

    /// <summary>The row of an <see cref="OperationKind.Add"/> or <see cref="OperationKind.Put"/> in a record with this number, but for its lane and its flags.</summary>
    public static HintRow Of(ReadOnlySpan<byte> operation, LogPosition position, long record) => new()
    {
        Id = Operation.Id(operation),
        Number = MessageLayout.Int64(operation, MessageLayout.NumberAt),
        Body = MessageCodec.BodyKey(operation, position),
        ContentLength = (UInt48)MessageLayout.ContentLength(operation),
        AcceptedAt = Entry.AcceptedSeconds(MessageLayout.Int64(operation, MessageLayout.AcceptedAt)),
        RecordAt = position.Offset,
        EnqueuedAt = (UInt48)Entry.Milliseconds(MessageLayout.Int64(operation, MessageLayout.EnqueuedAt)),
        DueAt = MessageLayout.Int64(operation, MessageLayout.DueAt),
        ReceiveCount = (ushort)Math.Min(MessageLayout.Int32(operation, MessageLayout.ReceiveCountAt), ushort.MaxValue),
        Priority = operation[MessageLayout.PriorityAt],
        Flags = operation[MessageLayout.FlagsAt],
        ModSeq = (UInt48)MessageLayout.ModSeq(operation, record),
    };

    /// <summary>Whether the message can wait on disk: nothing of it is in anybody's hands or counted, it waits for nothing but its turn, and its body is beside it.</summary>
    public readonly bool CanBeCold(long wallTicks) =>
        ReceiveCount == 0 && (Flags & ~(MessageLayout.RelocatedFlag | MessageLayout.LeaseGoesOnFlag | MessageLayout.DueFlag | MessageLayout.ModSeqFlag)) == 0 && (IsDue || DueAt <= wallTicks) && (Body.IsNone || BodyAt != 0);
}

using System.Runtime.InteropServices;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>What memory keeps of a message: 74 bytes. The rest is read from the journal when somebody looks at the message.</summary>
/// <remarks>A slot of the <see cref="EntryTable"/>; links are slots too. Times are whole milliseconds, so that they fit six bytes.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Entry
{
    private const byte PriorityMask = 0b1111;
    private const int StateShift = 4;
    private const byte StateMask = 0b111;

    /// <summary>The message; 0 is a free slot.</summary>
    public ulong Id;

    /// <summary>Its body's key.</summary>
    public LogPosition Body;

    /// <summary>Where its latest operation lies.</summary>
    public LogPosition Record;

    /// <summary>The neighbours in the list it is in: ready, or a slot of a timing wheel. 0 is none.</summary>
    public int Next, Previous;

    /// <summary>Its lane, and by that its queue; see <see cref="MessageIndex"/>.</summary>
    public int Lane;

    /// <summary>Seconds of <see cref="AcceptedEpoch"/>, for retention; 2 ** 32 s last until 2161.</summary>
    public uint AcceptedAt;

    /// <summary>Its number in the queue.</summary>
    public UInt48 Number;

    /// <summary>Delayed: the due time. Leased: the end of the lease on the monotonic clock.</summary>
    public UInt48 Time;

    /// <summary>When it came into the queue.</summary>
    public UInt48 EnqueuedAt;

    /// <summary>The number of the record that added, changed or moved it last.</summary>
    public UInt48 ModSeq;

    /// <summary>Its flags, by their set's number; <see cref="ManyFlags"/> when that does not fit. 0 is none.</summary>
    public ushort FlagSet;

    private UInt48 _lengthAndCommitting;

    private ushort _receiveCount;

    private byte _state;

    /// <summary>The set of its flags has a number as high as this or higher; see <see cref="MessageIndex"/>.</summary>
    public const ushort ManyFlags = ushort.MaxValue;

    /// <summary>2025-01-01, in milliseconds of Unix time.</summary>
    public const long AcceptedEpoch = 1_735_689_600_000;

    /// <summary>Ticks of UTC as <see cref="AcceptedAt"/> has them.</summary>
    public static uint AcceptedSeconds(long ticks) => (uint)Math.Clamp((Milliseconds(ticks) - AcceptedEpoch) / 1000, 0, uint.MaxValue);

    public static long Milliseconds(long ticks) => (ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;

    public static long MillisecondsUp(long ticks) => Milliseconds(ticks + TimeSpan.TicksPerMillisecond - 1);

    /// <summary>The entry of a message that stands in a lane as its row says, but for its flags.</summary>
    public static Entry Of(in HintRow row, uint segment, Lane lane) => new()
    {
        Id = row.Id,
        Record = new LogPosition(segment, row.RecordAt),
        Body = row.Body,
        Number = (UInt48)row.Number,
        Length = row.ContentLength,
        Priority = row.Priority,
        ReceiveCount = row.ReceiveCount,
        IsHeld = row.IsHeld,
        IsShared = row.IsShared,
        AcceptedAt = row.AcceptedAt,
        EnqueuedAt = row.EnqueuedAt,
        Time = (UInt48)Milliseconds(row.DueAt),
        ModSeq = row.ModSeq,
        Lane = lane.Number,
    };

    /// <summary>Bytes of content, below 2^44 (16 TB).</summary>
    public long Length
    {
        readonly get => _lengthAndCommitting & ((1L << 44) - 1);
        set => _lengthAndCommitting = (UInt48)((_lengthAndCommitting & ~((1L << 44) - 1)) | value);
    }

    /// <summary>A commit on it is on its way to the disk.</summary>
    public bool IsCommitting { readonly get => Bit(44); set => SetBit(44, value); }

    /// <summary>An administrator holds it, whatever the state.</summary>
    public bool IsHeld { readonly get => Bit(45); set => SetBit(45, value); }

    /// <summary>Its body is counted: several messages refer to it, or did.</summary>
    public bool IsShared { readonly get => Bit(46); set => SetBit(46, value); }

    /// <summary>Ready, and in the heap of those that came back, not in the list of those that came in order.</summary>
    public bool IsReturned { readonly get => Bit(47); set => SetBit(47, value); }

    /// <summary>Up to 65 535, where it stops.</summary>
    public int ReceiveCount { readonly get => _receiveCount; set => _receiveCount = (ushort)Math.Min(value, ushort.MaxValue); }

    public int Priority { readonly get => _state & PriorityMask; set => _state = (byte)((_state & ~PriorityMask) | value); }

    public MessageState State
    {
        readonly get => (MessageState)((_state >> StateShift) & StateMask);
        set => _state = (byte)((_state & ~(StateMask << StateShift)) | ((int)value << StateShift));
    }

    private readonly bool Bit(int bit) => ((_lengthAndCommitting >> bit) & 1) != 0;

    private void SetBit(int bit, bool value) =>
        _lengthAndCommitting = (UInt48)(value ? _lengthAndCommitting | (1L << bit) : _lengthAndCommitting & ~(1L << bit));
}

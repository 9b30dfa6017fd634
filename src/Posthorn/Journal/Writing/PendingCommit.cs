using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>A commit from its encoding to its end; as a task it is what the caller waits for.</summary>
/// <param name="steps">How many steps it will have, about.</param>
internal sealed class PendingCommit(int steps = 0) : TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const int OperationBytesUsual = 512;

    /// <summary>The operations as they will be on disk, but for what is given out under the lock: ids, numbers, times.</summary>
    public ByteWriter Operations { get; } = new(OperationBytesUsual);

    /// <summary>What is checked and given out under the lock, in order.</summary>
    public List<CommitStep> Steps { get; } = new(steps);

    /// <summary>Bodies that ride in the record, in order.</summary>
    public List<ReadOnlyMemory<byte>> Bodies { get; } = new(steps);

    public int BodiesLength { get; set; }

    public RecordType Type { get; init; } = RecordType.Operations;

    public string? Key { get; init; }

    /// <summary>Where the operation with <see cref="Key"/> begins in <see cref="Operations"/>.</summary>
    public int KeyAt { get; set; }

    /// <summary>What to take back, last first, should it not be submitted after all; null when there is nothing.</summary>
    public List<Action>? Undo { get; set; }

    /// <summary>Whether somebody waits until it is on stable storage.</summary>
    public bool NeedsSync { get; init; } = true;

    /// <summary>Until when it may wait for others to be written with, in milliseconds of the monotonic clock; 0 when it does not.</summary>
    public long LingersUntil { get; set; }

    /// <summary>Whether it goes on when queues or the disk are full: it frees space, or the engine needs it itself.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Messages that are written again: where each begins in <see cref="Operations"/>, its id, and where it lay.</summary>
    public IReadOnlyList<(int At, ulong Message, LogPosition From)> Relocated { get; init; } = [];

    /// <summary>Receive counts that are written again: where each begins in <see cref="Operations"/>, and its message.</summary>
    public IReadOnlyList<(int At, ulong Message)> RelocatedCounts { get; init; } = [];

    /// <summary>Keys that are written again: where each begins in <see cref="Operations"/>, and the segment it lay in.</summary>
    public IReadOnlyList<(int At, uint From)> RelocatedKeys { get; init; } = [];

    /// <summary>Its adds, those that are duplicates included.</summary>
    public int AddsCount { get; set; }

    /// <summary>Adds that are not made, by their place among the adds; null when there are none.</summary>
    public List<(int Add, Duplicate Of)>? Duplicates { get; set; }

    /// <summary>Whether any add has a deduplication id, be it one that is not made.</summary>
    public bool HasDeduplicationIds { get; set; }

    /// <summary>Ids that nobody else may add before it is on disk; filled under the lock.</summary>
    public List<KeyName>? Deduplicated { get; set; }

    /// <summary>Whether it adds anything: then it needs space.</summary>
    public bool Adds => AddsCount > (Duplicates?.Count ?? 0);

    /// <summary>The messages it adds; filled under the lock.</summary>
    public AddedMessage[] Added { get; set; } = [];

    /// <summary>The messages it moves; filled in under the lock.</summary>
    public AddedMessage[] Moved { get; set; } = [];

    /// <summary>The first id it was given; 0 when it adds nothing.</summary>
    public ulong FirstAdded { get; set; }

    public int Length => RecordHeader.Length + Operations.Length + BodiesLength;

    public Batch Batch { get; set; } = null!;

    /// <summary>Where its record begins in its batch's chunk.</summary>
    public int Offset { get; set; }

    public Span<byte> Record => Batch.Chunk.Bytes.AsSpan(Offset, RecordLength);

    /// <summary>Bytes of its record, kept when <see cref="Operations"/> have been given back.</summary>
    public int RecordLength { get; set; }

    public int OperationsLength { get; set; }

    public uint OperationsChecksum { get; set; }
}

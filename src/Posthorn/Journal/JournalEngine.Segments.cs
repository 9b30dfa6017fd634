using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>Making segments: preallocated, headed, with the whole small state in front, and durable under their name before a record goes in.</summary>
public sealed partial class JournalEngine
{
    /// <summary>Kept free at a segment's end for the record that seals it.</summary>
    private const int SealLength = RecordHeader.Length;

    /// <summary>Bytes written with zeros ahead of a small batch, where the file's space was only reserved.</summary>
    private const int AheadLength = 1 << 20;

    private static readonly byte[] s_zeros = new byte[AheadLength];
    private readonly SpareFiles _spares;

    /// <summary>The segment that is written; the writer's own.</summary>
    private Segment? _current;
    private readonly Wakeup _space = new();
    private bool _isFull;
    private long _timesFull;

    /// <summary>The segment that has room for a batch; a new one when the current has not.</summary>
    private async ValueTask<Segment> SegmentForAsync(int length)
    {
        if (_current is { IsSealed: false } current && current.Header.Size - current.Used >= length + SealLength)
            return current;
        return _current = await AddSegmentAsync(length, _current is { IsSealed: false } full ? full : null);
    }

    /// <summary>Makes the next segment and then seals the one before it.</summary>
    /// <remarks>
    /// In this order, so that a last segment with a seal says that a file is missing. A crash between the two leaves the older one without the seal
    /// that the new one names; the next start writes it (<see cref="OwedSeal"/>).
    /// </remarks>
    /// <param name="length">Bytes that it must have room for besides its state and its seal.</param>
    /// <param name="before">The segment to be sealed; null when there is none, or when it is sealed already.</param>
    private async ValueTask<Segment> AddSegmentAsync(int length, Segment? before)
    {
        if (before is not null && _durableNumber != _lastNumber)
        {
            // Receive counts are not synced by themselves; behind a later segment nothing may be torn.
            await before.File.FlushAsync();
            _durableNumber = _lastNumber;
        }
        int stateLength;
        uint number;
        lock (_gate)
        {
            stateLength = StateRecord().Length;
            number = _index.Segments.Count == 0 ? 1 : _index.Segments.Current.Number + 1;
        }
        var needed = SegmentHeader.RecordsAt + stateLength + (long)length + SealLength;
        var (temporary, file, size, isWritten) = await TakeFileAsync(number, Math.Max(_options.SegmentBytes, needed), needed);
        byte[] state;
        ulong firstMessage;
        lock (_gate)
        {
            // Only now: the file may be that of a segment that has died since, and must not be among those that live. By nothing else can it change.
            state = StateRecord();
            firstMessage = FirstMessageUnderWay();
        }
        if (state.Length > stateLength)
            throw new InvalidOperationException("The state has grown while the writer looked for a file.");
        var writtenAt = NowTicks;
        byte[]? seal = null;
        if (before is not null)
            (seal, _lastChecksum) = OwedSeal.Make(before.Header, ++_lastNumber, _lastChecksum, writtenAt);
        var header = new SegmentHeader(number, _random(), size, _lastNumber + 1, _lastChecksum, firstMessage);
        var start = new byte[SegmentHeader.RecordsAt + state.Length];
        header.WriteTo(start);
        state.CopyTo(start, SegmentHeader.RecordsAt);
        var operations = start.AsSpan(SegmentHeader.RecordsAt + RecordHeader.Length);
        var record = new RecordHeader(_lastChecksum, _lastNumber + 1, _durableNumber, operations.Length, 0, Checksum.Of(operations), RecordType.State, writtenAt);
        var checksum = record.WriteTo(start.AsSpan(SegmentHeader.RecordsAt), header.Salt);
        await file.WriteAsync(0, start);
        await file.FlushAsync();
        await _files.RenameAsync(temporary, Segment.NameOf(number));
        // In this order: a power failure between the two loses the file, in which nothing was acknowledged yet, rather than leave it two names.
        await _files.FlushFolderAsync(SpareFiles.Folder);
        await _files.FlushFolderAsync(Segment.Folder);
        if (before is not null)
        {
            await before.File.WriteAsync(before.Used, seal);
            await before.File.FlushAsync();
        }
        (_lastNumber, _durableNumber, _lastChecksum) = (_lastNumber + 1, _lastNumber + 1, checksum);
        var segment = new Segment(header, file) { Used = start.Length, WrittenTo = isWritten ? size : start.Length };
        lock (_gate)
        {
            if (before is not null)
                (before.Used, before.IsSealed) = (before.Used + SealLength, true);
            _index.Segments.Add(segment);
            WakeHousekeepers();
        }
        return segment;
    }

    /// <summary>The next segment's file: a recycled one, or a new one, or when there is no space one of the reserve.</summary>
    private async ValueTask<(string Name, IJournalFile File, long Size, bool IsWritten)> TakeFileAsync(uint number, long size, long needed)
    {
        while (true)
        {
            if (_spares.TryTake(needed, out var spare))
                return (spare.Name, await _files.OpenAsync(spare.Name, OpenIntent.Write), spare.Size, spare.IsWritten);
            try
            {
                var name = Segment.NameOf(number) + SpareFiles.UnfinishedSuffix;
                await _files.DeleteAsync(name);
                return (name, await SpareFiles.CreateAsync(_files, name, size), size, false);
            }
            catch (Exception e) when (NoSpace.Is(e))
            {
                SetFull();
            }
            if (_spares.TryTakeReserve(needed, out spare))
                return (spare.Name, await _files.OpenAsync(spare.Name, OpenIntent.Write), spare.Size, spare.IsWritten);
            // Everything is used up. What was submitted waits for space rather than fail: a failure would stop the engine for a full disk.
            if (_stopping.IsCancellationRequested)
                throw new StorageFullException("The engine was closed while commits waited for space.");
            await _space.WaitAsync(FullRetry, _time);
        }
    }

    /// <summary>
    /// Writes zeros ahead of a small batch where space was only reserved. The sync of a block's first write makes the file system write metadata too,
    /// and takes about half as long again; so many small batches pay for that once. A large one would pay more for its zeros.
    /// </summary>
    private static async ValueTask WriteAheadAsync(Segment segment, long offset, int length)
    {
        var end = offset + length;
        if (end <= segment.WrittenTo)
            return;
        segment.WrittenTo = length > AheadLength / 4 ? end : Math.Min(end + AheadLength, segment.Header.Size);
        if (segment.WrittenTo > end)
            await segment.File.WriteAsync(end, s_zeros.AsMemory(0, (int)(segment.WrittenTo - end)));
    }

    /// <summary>The state that is not in messages, as a record whose header is still to be written; older segments are not needed for it.</summary>
    private byte[] StateRecord()
    {
        using var writer = new ByteWriter();
        writer.Take(RecordHeader.Length);
        CountersCodec.Write(writer, _index.NextMessage, _index.NextQueue, [.. _index.Keys.Forgotten]);
        SegmentsCodec.Write(writer, [.. _index.Segments.All.Select(segment => segment.Number)]);
        foreach (var queue in _index.VisibleQueues.OrderBy(queue => queue.Identity))
            QueueCodec.Write(writer, queue.Identity, queue.Name, queue.Policy, queue.NextNumber);
        foreach (var (key, value) in _index.Documents)
            DocumentCodec.Write(writer, key, value);
        Operation.Seal(writer.Written[RecordHeader.Length..]);
        return writer.Written.ToArray();
    }

    /// <summary>The lowest id that a record of the next segment can add: those of commits under way have theirs already.</summary>
    private ulong FirstMessageUnderWay()
    {
        var first = _index.NextMessage;
        foreach (var batch in _sealed.Append(_open).Append(_writing))
        {
            foreach (var commit in batch?.Commits ?? [])
            {
                if (commit.FirstAdded is > 0 and var added)
                    first = Math.Min(first, added);
            }
        }
        return first;
    }

    private void SetFull()
    {
        lock (_gate)
        {
            _isFull = true;
            _timesFull++;
            HousekeepIn(FullRetry);
            SetTimer();
        }
    }
}

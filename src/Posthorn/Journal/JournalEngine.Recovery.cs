using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>
/// The start: of sealed segments the hints are read, of the last one every record; the torn tail is cut and leftovers are removed.
/// A segment without a hint that fits is read through as the last one is, and gets its hint again.
/// </summary>
public sealed partial class JournalEngine
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private readonly HintFiles _hintFiles;

    private async Task RecoverAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        // A process that died between naming a segment and flushing its folder leaves a name that only the page cache has:
        // what is written into that segment from now on would go with it.
        await _files.FlushFolderAsync(Segment.Folder);
        var numbers = new List<uint>();
        foreach (var name in _files.List(Segment.Folder))
        {
            if (uint.TryParse(name, out var number))
                numbers.Add(number);
            else if (name.EndsWith(SpareFiles.UnfinishedSuffix, StringComparison.Ordinal))
                await _files.DeleteAsync($"{Segment.Folder}/{name}");
        }
        numbers.Sort();
        await ThrowIfAnyIsMissingAsync(numbers);
        await _hintFiles.RemoveOrphansAsync(number => numbers.BinarySearch(number) >= 0);
        var reported = _time.GetTimestamp();
        for (var i = 0; i < numbers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await RecoverSegmentAsync(numbers[i], newest: numbers[^1]);
            Report(i + 1);
        }
        await ProveSealAsync();
        _index.SetNow(NowTicks);
        await LoadStateAsync();
        for (var i = _index.Segments.Count - 1; i >= 0; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await LoadAsync(_index.Segments.All[i]);
            Report((2 * numbers.Count) - i);
        }
        _index.EndLoading((long)_lastNumber);
        _tailHint?.Dispose();
        _tailHint = null;
        await WarmOldestAsync();
        foreach (var queue in _index.Queues.Values)
            queue.Consumers = ConsumersOf(queue.Name);
        ThrowIfABodyIsMissing();
        await _bodyFiles.RemoveOrphansAsync(_index.IsNamed);
        await OpenOutsideAsync(cancellationToken);
        await _spares.LoadAsync(_index.Segments);
        _durableNumber = _lastNumber;
        if (_current is not { IsSealed: false } last)
            _current = await AddSegmentAsync(0, before: null);
        else if (last.Header.WrittenIn < SegmentHeader.Version)
            _current = await AddSegmentAsync(0, last);

        // Each segment counts twice: opened, and loaded.
        void Report(int steps)
        {
            if (progress is null || _time.GetElapsedTime(reported) < ProgressEvery)
                return;
            reported = _time.GetTimestamp();
            progress.Report((double)steps / (2 * numbers.Count));
        }
    }

    private async ValueTask ThrowIfAnyIsMissingAsync(List<uint> numbers)
    {
        if (MissingSegments.IsNothingLeft(_files, numbers))
            throw new JournalDamagedException(Segment.Folder, 0, MissingSegments.NothingLeft);
        var missing = await MissingSegments.FindAsync(_files, numbers);
        if (missing.Count > 0)
            throw new JournalDamagedException(Segment.NameOf(missing[0]), 0, missing.Count == 1 ? MissingSegments.Reason : $"{MissingSegments.Reason} Missing too: {string.Join(", ", missing.Skip(1))}.");
    }

    // A body's file is on stable storage before a record names it, and goes after the last such message has ended on stable storage.
    private void ThrowIfABodyIsMissing()
    {
        var there = _files.List(BodyFileFormat.Folder).ToHashSet(StringComparer.Ordinal);
        foreach (var body in _index.NamedFiles.Where(body => !body.IsOutside))
        {
            var name = BodyFileFormat.NameOf(body.File);
            if (!there.Contains(Path.GetFileName(name)))
                throw new JournalDamagedException(name, 0, $"the file is missing with the body of message {_index.FirstWith(body)}. Put it back if it is anywhere.");
        }
    }

    /// <summary>Opens a segment and finds where it ends: from its hint when it has one that fits, else by reading it through.</summary>
    private async Task RecoverSegmentAsync(uint number, uint newest)
    {
        var isLast = number == newest;
        var name = Segment.NameOf(number);
        var file = await _files.OpenAsync(name, OpenIntent.Write);
        Segment? segment = null;
        try
        {
            var (header, isFirstDamaged) = await SegmentReader.ReadHeaderAsync(file);
            if (header is null || isFirstDamaged || header.Value.Number != number)
                throw Damage(name, 0, new SegmentEvidence(isLast, header is null ? HeaderState.Lost : HeaderState.CopyOnly, true, SealState.Missing, false, Beyond.Nothing));
            segment = new Segment(header.Value, file);
            var before = _index.Segments.Count > 0 ? _index.Segments.Current : null;
            if (before is not null && before.Number + 1 == number && (header.Value.FirstRecord != _lastNumber + 1 || header.Value.PreviousChecksum != _lastChecksum))
                throw new JournalDamagedException(name, 0, "the segment does not continue the one before.");
            _index.Segments.Add(segment);
            _current = segment;
            if (file.Length >= header.Value.Size && await _hintFiles.ReadHeaderAsync(header.Value, file) is { } hint)
            {
                (segment.Used, segment.IsSealed, segment.HasHint, segment.LastMessage) = (hint.Used, true, true, hint.LastMessage);
                (_lastNumber, _lastChecksum) = (hint.LastRecord, hint.LastChecksum);
            }
            else
                await ReadThroughAsync(segment, name, newest);
            if (segment.IsSealed && new SegmentEvidence(isLast, HeaderState.Right, true, SealState.Written, header.Value.IsSealedBehindNext, Beyond.Nothing) is var end
                && RecoveryTable.For(end).Decision == RecoveryDecision.Refuse)
                throw Damage(Segment.NameOf(number + 1), 0, end);
            // What a killed process wrote may still be in the page cache alone: it counts from now on, so it must be durable.
            if (isLast)
                await file.FlushAsync();
        }
        catch when (segment is null || _index.Segments.Count == 0 || _index.Segments.Current != segment)
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private async Task ReadThroughAsync(Segment segment, string name, uint newest)
    {
        var isLast = segment.Number == newest;
        var reader = new SegmentReader(segment.File, segment.Header);
        using var builder = new HintBuilder(segment.Header);
        var tail = new UnsyncedTail();
        while (await reader.ReadAsync())
        {
            builder.Add(reader);
            tail.Note(reader);
        }
        var beyond = reader.IsSealed ? (Beyond: Beyond.Nothing, FirstAt: -1L, FirstNumber: 0UL, FirstPrevious: 0U) : await reader.LookBeyondAsync();
        var owed = reader.IsSealed || isLast ? null : await OwedSeal.FindAsync(_files, reader, newest);
        var seal = reader.IsSealed ? SealState.Written : owed is null ? SealState.Missing : SealState.Owed;
        var evidence = new SegmentEvidence(isLast, HeaderState.Right, segment.File.Length >= segment.Header.Size, seal, IsSealedBehindNext: false, beyond.Beyond); // whether the next one is there, whoever called this asks
        switch (RecoveryTable.For(evidence).Decision)
        {
            case RecoveryDecision.Refuse:
                throw Damage(name, reader.Offset, evidence);
            case RecoveryDecision.WriteSeal:
                await segment.File.WriteAsync(reader.Offset, owed);
                await segment.File.FlushAsync();
                reader.ContinueAt(reader.Offset, reader.NextNumber, reader.LastChecksum);
                if (!await reader.ReadAsync())
                    throw new IOException($"Segment {segment.Number} does not read as it was written.");
                break;
            case RecoveryDecision.CutTail:
                await WipeAsync(segment, reader.Offset);
                break;
        }
        if (isLast && tail.Offset >= 0)
            await WriteAgainAsync(segment, tail.Offset, reader.Offset);
        (segment.Used, segment.IsSealed) = (reader.Offset, reader.IsSealed);
        (_lastNumber, _lastChecksum) = (reader.NextNumber - 1, reader.LastChecksum);
        var hint = builder.Build(reader);
        segment.LastMessage = hint.Header.LastMessage;
        if (segment.IsSealed)
            await TryWriteHintAsync(segment, hint);
        if (isLast)
            _tailHint = hint;
        else
            hint.Dispose();
    }

    /// <summary>Takes queues and documents from the newest record of the whole state on: as a rule that is the last segment's first record.</summary>
    private async Task LoadStateAsync()
    {
        var from = _index.Segments.Count - 1;
        for (var isFound = false; from > 0; from--)
        {
            await WithHintAsync(_index.Segments.All[from], hint => isFound = !hint.State.IsEmpty);
            if (isFound)
                break;
        }
        for (var i = Math.Max(from, 0); i < _index.Segments.Count; i++)
            await WithHintAsync(_index.Segments.All[i], _index.LoadState);
    }

    private ValueTask LoadAsync(Segment segment) => WithHintAsync(segment, hint => _index.Load(segment, hint, segment.HasHint ? ColdRunMin : 0));

    /// <summary>Writes the seal again that stands before a segment into which nothing was written yet: nothing proves that it is on stable storage.</summary>
    private async ValueTask ProveSealAsync()
    {
        if (_index.Segments.Count < 2 || _lastNumber > _index.Segments.Current.Header.FirstRecord)
            return;
        var before = _index.Segments.All[^2];
        await WriteAgainAsync(before, before.Used - SealLength, before.Used);
        await before.File.FlushAsync();
    }

    /// <summary>Writes what was read once more, so that the flush that follows has something to write.</summary>
    /// <remarks>
    /// An earlier process may have stopped because a flush of these bytes failed: after that Linux calls the pages clean though they are not on
    /// the disk, and reads them from memory all the same. A flush alone would do nothing, and a power failure take them later.
    /// </remarks>
    private static async ValueTask WriteAgainAsync(Segment segment, long from, long to)
    {
        const int atOnce = 1 << 20;
        var bytes = new byte[Math.Min(atOnce, to - from)];
        for (var at = from; at < to; at += atOnce)
        {
            var part = bytes.AsMemory(0, (int)Math.Min(atOnce, to - at));
            if (await segment.File.ReadAsync(at, part) != part.Length)
                throw new IOException($"Segment {segment.Number} became shorter while it was read.");
            await segment.File.WriteAsync(at, part);
        }
    }

    /// <summary>Writes zeros over what lies beyond the end, so that no half of an unsynced write is ever found again.</summary>
    private static async ValueTask WipeAsync(Segment segment, long from)
    {
        const int atOnce = 1 << 20;
        var bytes = new byte[atOnce];
        var zeros = new byte[atOnce];
        var wasWritten = false;
        for (var at = from; at < segment.Header.Size; at += atOnce)
        {
            var length = (int)Math.Min(atOnce, segment.Header.Size - at);
            var count = await segment.File.ReadAsync(at, bytes.AsMemory(0, length));
            if (!bytes.AsSpan(0, count).ContainsAnyExcept((byte)0))
                continue;
            await segment.File.WriteAsync(at, zeros.AsMemory(0, length));
            wasWritten = true;
        }
        if (wasWritten)
            await segment.File.FlushAsync();
    }

    private static JournalDamagedException Damage(string file, long offset, SegmentEvidence evidence) =>
        new(file, offset, RecoveryTable.For(evidence).Reason);

    private void Start()
    {
        lock (_gate)
        {
            foreach (var id in _index.WithholdOverReceived())
                _toDeadLetter.Add(id);
            SetTimer();
        }
        _writer = _files.RunLoopAsync(WriteLoopAsync);
        StartHousekeeping();
    }

    private async Task StopAsync()
    {
        lock (_gate)
        {
            DissolveLines();
            foreach (var consumers in _consumers.Values)
            {
                EndWaits(consumers);
                consumers.EndTelling();
            }
            if (_failure is null)
            {
                AddReceiveCounts();
                SubmitOwn(new PendingCommit { Type = RecordType.Closed, IsInternal = true });
            }
        }
        _stopping.Cancel();
        _work.Set();
        _space.Set();
        await _writer;
        await _housekeepers;
    }
}

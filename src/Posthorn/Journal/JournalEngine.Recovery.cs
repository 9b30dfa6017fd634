using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>The start: every segment read through and verified, the torn tail cut, leftovers removed. The same operations applied as live.</summary>
public sealed partial class JournalEngine
{
    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var numbers = new List<uint>();
        foreach (var name in _files.List(Segment.Folder))
        {
            if (uint.TryParse(name, out var number))
                numbers.Add(number);
            else if (name.EndsWith(SpareFiles.UnfinishedSuffix, StringComparison.Ordinal))
                await _files.DeleteAsync($"{Segment.Folder}/{name}");
        }
        numbers.Sort();
        for (var i = 0; i < numbers.Count; i++)
            await RecoverSegmentAsync(numbers[i], isLast: i == numbers.Count - 1, cancellationToken);
        _index.SetNow(NowTicks);
        _index.EndLoading();
        foreach (var queue in _index.Queues.Values)
            queue.Consumers = ConsumersOf(queue.Name);
        await _bodyFiles.RemoveOrphansAsync(_index.IsNamed);
        await _spares.LoadAsync();
        _durableNumber = _lastNumber;
        if (_current is { IsSealed: false } earlier && earlier.Header.WrittenIn < SegmentHeader.Version)
            await SealAsync(earlier);
        if (_current is null or { IsSealed: true })
            _current = await AddSegmentAsync(0);
    }

    private async Task RecoverSegmentAsync(uint number, bool isLast, CancellationToken cancellationToken)
    {
        var name = Segment.NameOf(number);
        var file = await _files.OpenAsync(name, OpenIntent.Write);
        Segment? segment = null;
        try
        {
            var (header, isFirstDamaged) = await SegmentReader.ReadHeaderAsync(file);
            if (header is null || isFirstDamaged || header.Value.Number != number)
                throw Damage(name, 0, new SegmentEvidence(isLast, header is null ? HeaderState.Lost : HeaderState.CopyOnly, true, false, Beyond.Nothing));
            segment = new Segment(header.Value, file);
            var before = _index.Segments.Count > 0 ? _index.Segments.Current : null;
            if (before is not null && before.Number + 1 == number && (header.Value.FirstRecord != _lastNumber + 1 || header.Value.PreviousChecksum != _lastChecksum))
                throw new JournalDamagedException(name, 0, "the segment does not continue the one before.");
            _index.Segments.Add(segment);
            var reader = new SegmentReader(file, header.Value);
            while (await reader.ReadAsync())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Load(segment, reader);
            }
            var beyond = reader.IsSealed ? (Beyond: Beyond.Nothing, FirstAt: -1L, FirstNumber: 0UL, FirstPrevious: 0U) : await reader.LookBeyondAsync();
            var evidence = new SegmentEvidence(isLast, HeaderState.Right, file.Length >= header.Value.Size, reader.IsSealed, beyond.Beyond);
            switch (RecoveryTable.For(evidence).Decision)
            {
                case RecoveryDecision.Refuse:
                    throw Damage(name, reader.Offset, evidence);
                case RecoveryDecision.CutTail:
                    await WipeAsync(segment, reader.Offset);
                    break;
            }
            (segment.Used, segment.IsSealed) = (reader.Offset, reader.IsSealed);
            (_lastNumber, _lastChecksum) = (reader.NextNumber - 1, reader.LastChecksum);
            _current = segment;
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

    private void Load(Segment segment, SegmentReader reader)
    {
        var operations = reader.Operations.Span;
        var at = (uint)(reader.RecordOffset + RecordHeader.Length);
        if (reader.Record.Type == RecordType.State)
        {
            _index.ReplaceState(operations, new LogPosition(segment.Number, at));
            return;
        }
        while (!operations.IsEmpty)
        {
            var length = Operation.Length(operations);
            var operation = operations[..length];
            _index.Apply(operation, new LogPosition(segment.Number, at));
            operations = operations[length..];
            at += (uint)length;
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
            foreach (var (id, _) in _index.OverReceived())
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
                consumers.Announcer?.End();
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

using Posthorn.Engine;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>
/// The scrub: slowly reads what lies still (sealed segments with their bodies and hints, bodies that are files) and says in <see cref="Health"/> what is
/// not as it was written, so that damage is known while there may still be a copy. A round begins once a day.
/// </summary>
public sealed partial class JournalEngine
{
    private const int ScrubbedAtOnce = 1 << 20;
    private static readonly TimeSpan ScrubAfterStart = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ScrubEvery = TimeSpan.FromDays(1);

    private readonly Wakeup _scrubbing = new();
    private long _scrubbedBytes;

    private async ValueTask ScrubAsync()
    {
        if (_options.ScrubBytesPerSecond == 0)
            return;
        await Task.Delay(ScrubAfterStart, _time, _stopping.Token);
        while (true)
        {
            var started = _time.GetTimestamp();
            await ScrubSegmentsAsync();
            await ScrubBodiesAsync();
            var left = ScrubEvery - _time.GetElapsedTime(started);
            await Task.Delay(left > ScrubAfterStart ? left : ScrubAfterStart, _time, _stopping.Token);
        }
    }

    private async ValueTask ScrubSegmentsAsync()
    {
        uint last = 0;
        while (true)
        {
            Segment? segment;
            lock (_gate)
            {
                segment = _index.Segments.All.FirstOrDefault(candidate => candidate.Number > last && candidate is { IsSealed: true, IsDamaged: false, Live: > 0 });
                if (segment is null)
                    return;
                last = segment.Number;
                segment.Pin();
            }
            try
            {
                await ScrubAsync(segment);
            }
            finally
            {
                segment.Unpin();
            }
            _storage.Set(); // it may be dead by now, and was pinned
        }
    }

    private async ValueTask ScrubAsync(Segment segment)
    {
        var reader = new SegmentReader(segment.File, segment.Header);
        while (await reader.ReadAsync())
        {
            await PaceAsync(reader.Record.RecordLength);
            lock (_gate)
            {
                if (segment.Live == 0 || _isFull)
                    return; // whoever waits for its space shall not wait for this
            }
        }
        if (!reader.IsSealed)
        {
            lock (_gate)
                NoteDamage(segment, reader.Offset);
        }
        else if (segment.HasHint)
            await WithHintAsync(segment, _ => { }); // one that is damaged is made anew
    }

    private async ValueTask ScrubBodiesAsync()
    {
        foreach (var name in _files.List(BodyFileFormat.Folder))
        {
            if (!BodyFileFormat.TryParse(name, out var id))
                continue;
            try
            {
                await _bodyFiles.CheckAsync(id, PaceAsync);
            }
            catch (BodyLostException e) when (e.IsDamaged)
            {
                lock (_gate)
                    _complaint = $"{e.Message} Restore {BodyFileFormat.NameOf(id)} from a copy, or remove the message.";
            }
            catch (BodyLostException)
            {
                // Gone with its last message meanwhile.
            }
        }
    }

    private async ValueTask PaceAsync(int bytes)
    {
        _scrubbedBytes += bytes;
        if (_scrubbedBytes < ScrubbedAtOnce)
            return;
        var pause = TimeSpan.FromSeconds((double)_scrubbedBytes / _options.ScrubBytesPerSecond);
        _scrubbedBytes = 0;
        await Task.Delay(pause, _time, _stopping.Token);
    }
}

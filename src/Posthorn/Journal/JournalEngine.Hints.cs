using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>Hints of sealed segments: written beside the writer's way, read at the start and by paging, made anew from the segment when they are not what was written.</summary>
public sealed partial class JournalEngine
{
    private readonly Wakeup _hinting = new();

    /// <summary>The last segment's, while a start needs it.</summary>
    private Hint? _tailHint;

    /// <summary>Writes the hints that are missing, the oldest first.</summary>
    private async ValueTask WriteHintsAsync()
    {
        while (true)
        {
            Segment? segment;
            lock (_gate)
            {
                // Without a hint nothing can be paged out: when memory is short it is not waited for what dies.
                var isUrgent = _index.Entries.Count > WarmMax;
                segment = _isFull ? null : _index.Segments.All.FirstOrDefault(candidate =>
                    candidate is { IsSealed: true, HasHint: false, IsWithoutHint: false, IsDamaged: false, Live: > 0 } && IsSettled(candidate, isUrgent));
                if (segment is null)
                    return;
                segment.Pin();
            }
            try
            {
                using var hint = await ScanAsync(segment);
                if (hint is null || !await TryWriteHintAsync(segment, hint))
                    segment.IsWithoutHint = true;
            }
            finally
            {
                segment.Unpin();
            }
            _storage.Set(); // it may be dead by now, and was pinned
            WantPageOut();
        }
    }

    /// <summary>A segment's hint, from its file or made anew.</summary>
    /// <exception cref="JournalDamagedException">Neither its hint nor the segment is what was written.</exception>
    private async ValueTask<Hint> HintOfAsync(Segment segment)
    {
        if (segment.HasHint && await _hintFiles.ReadAsync(segment.Header) is { } hint)
            return hint;
        var made = await ScanAsync(segment) ?? throw new JournalDamagedException(Segment.NameOf(segment.Number), 0, "neither its hint nor its records are what was written.");
        if (!segment.HasHint)
            return made;
        lock (_gate)
            _complaint = $"The file {HintFiles.NameOf(segment.Number)} is not what was written and was made anew; nothing is lost, but the disk may be failing.";
        await TryWriteHintAsync(segment, made);
        return made;
    }

    private async ValueTask WithHintAsync(Segment segment, Action<Hint> use)
    {
        if (_tailHint is { } tail && tail.Header.Segment == segment.Number)
        {
            use(tail);
            return;
        }
        using var hint = await HintOfAsync(segment);
        use(hint);
    }

    /// <summary>Makes a hint of a sealed segment's records, whose bodies are not looked at.</summary>
    /// <returns>Null when the segment cannot be read to its end; it is said in <see cref="Health"/>.</returns>
    private async ValueTask<Hint?> ScanAsync(Segment segment)
    {
        var reader = new SegmentReader(segment.File, segment.Header, checksBodies: false);
        using var builder = new HintBuilder(segment.Header);
        while (await reader.ReadAsync())
            builder.Add(reader);
        if (reader.IsSealed)
            return builder.Build(reader);
        lock (_gate)
            NoteDamage(segment, reader.Offset);
        return null;
    }

    /// <summary>Writes a hint.</summary>
    /// <returns>False when that cannot be now: the segment goes without, which costs the next start time and nothing else.</returns>
    private async ValueTask<bool> TryWriteHintAsync(Segment segment, Hint hint)
    {
        try
        {
            await _hintFiles.WriteAsync(hint);
            segment.HasHint = true;
            return true;
        }
        catch (Exception e) when (e is IOException or StorageFullException)
        {
            segment.HasHint = false;
            if (!NoSpace.Is(e))
            {
                lock (_gate)
                    _complaint = $"The file {HintFiles.NameOf(segment.Number)} cannot be written: {e.Message}";
            }
            return false;
        }
    }

    /// <summary>Marks a segment that cannot be read through; under the lock.</summary>
    private void NoteDamage(Segment segment, long offset)
    {
        segment.IsDamaged = true;
        _complaint = $"Segment {segment.Number} cannot be read beyond offset {offset}; it is left as it is. Run 'posthorn journal check'.";
    }
}

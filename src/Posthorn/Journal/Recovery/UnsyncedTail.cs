namespace Posthorn.Journal.Recovery;

/// <summary>
/// Finds where the part of a segment begins of which nothing proves that it is on stable storage: each record names the highest number that was
/// when it was written.
/// </summary>
internal sealed class UnsyncedTail
{
    private readonly Queue<(ulong Number, long Offset)> _unproven = new();

    /// <summary>Where the first record lies that no later one proves; negative when there is none.</summary>
    public long Offset => _unproven.TryPeek(out var first) ? first.Offset : -1;

    /// <summary>Notes the record that was read last.</summary>
    public void Note(SegmentReader reader)
    {
        while (_unproven.TryPeek(out var first) && first.Number <= reader.Record.DurableNumber)
            _unproven.Dequeue();
        _unproven.Enqueue((reader.Record.Number, reader.RecordOffset));
    }
}

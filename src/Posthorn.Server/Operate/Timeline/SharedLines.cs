using System.Runtime.CompilerServices;
using Posthorn.Clustering;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>The lines of the history that nodes share, as one query sees them: pieces are read as they are needed, and each once.</summary>
internal sealed class SharedLines(IChronicle chronicle) : ITimelineLines
{
    private const int PiecesAtOnce = 50;

    /// <summary>Pieces looked at for one key of a query; beyond that lie the lives of long ago.</summary>
    private const int PiecesMax = 5_000;

    private readonly Dictionary<long, (uint Offset, RecordedEvent Event)[]> _pieces = [];

    public async IAsyncEnumerable<TimelinePlace> FindAsync(ulong key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (before, left) = (long.MaxValue, PiecesMax);
        var keys = new List<ulong>();
        while (left > 0)
        {
            var found = await chronicle.FindAsync(key, before, PiecesAtOnce, cancellationToken);
            foreach (var piece in found)
            {
                if (!_pieces.TryGetValue(piece.Id, out var events))
                    _pieces[piece.Id] = events = Read(piece.Content.Span);
                for (var i = events.Length - 1; i >= 0; i--)
                {
                    TimelineKey.Collect(events[i].Event.Event, keys);
                    if (keys.Contains(key))
                        yield return new TimelinePlace(piece.Id, events[i].Offset);
                }
                before = piece.Id;
            }

            left -= found.Count;
            if (found.Count < PiecesAtOnce)
                yield break;
        }
    }

    public RecordedEvent? Read(TimelinePlace place) => Array.Find(_pieces[place.Sequence], e => e.Offset == place.Offset).Event;

    private static (uint Offset, RecordedEvent Event)[] Read(ReadOnlySpan<byte> content)
    {
        var events = new List<(uint, RecordedEvent)>();
        uint number = 0;
        foreach (var range in content.Split((byte)'\n'))
        {
            if (TimelineLine.Read(content[range]) is { } read)
                events.Add((number, read));
            number++;
        }

        return [.. events];
    }
}

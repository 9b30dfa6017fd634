using Microsoft.Win32.SafeHandles;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

// Any thread; sees everything recorded before the call.
public sealed partial class TimelineStore
{
    /// <summary>Lines looked at for one key of a query; beyond that lie the lives of long ago.</summary>
    private const int HitsMax = 100_000;

    /// <summary>Messages of one family that are followed.</summary>
    private const int FamilyMax = 10_000;

    /// <summary>The events of the lives that a query asks for, ordered by time; each life is that of all messages of one origin.</summary>
    /// <exception cref="ArgumentException">The query names no one.</exception>
    public async ValueTask<IReadOnlyList<RecordedEvent>> QueryAsync(TimelineQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        var key = query switch
        {
            { Message: { } message } => TimelineKey.OfMessage(message),
            { MessageIdField: { Length: > 0 } field } => TimelineKey.OfMessageIdField(field),
            { Address: { Length: > 0 } address } => TimelineKey.OfAddress(address),
            _ => throw new ArgumentException("A timeline query names a message, a Message-ID or an address.", nameof(query)),
        };
        await FlushAsync(cancellationToken);
        using var reading = new Reading(this);
        return Lives(query, key, reading, cancellationToken);
    }

    private static List<RecordedEvent> Lives(TimelineQuery query, ulong key, Reading reading, CancellationToken cancellationToken)
    {
        var told = new List<RecordedEvent>();
        var seen = new HashSet<MessageId>();
        foreach (var place in reading.Find(key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reading.Read(place) is not { } hit || !Fits(query, hit.Event) || seen.Contains(hit.Event.Origin) || seen.Contains(hit.Event.Message))
                continue;
            var life = Life(hit.Event.Origin, seen, reading, cancellationToken);
            if (!FitsLife(query, life))
                continue;
            if (told.Count > 0 && told.Count + life.Count > query.Limit)
                break;
            told.AddRange(life);
            if (told.Count >= query.Limit)
                break;
        }

        var ordered = told.OrderBy(e => e.At).ToList();
        return ordered.Count > query.Limit ? ordered[^query.Limit..] : ordered;
    }

    /// <summary>The events of a message and of all that came from it or that it came from, in the order they were written.</summary>
    private static List<RecordedEvent> Life(MessageId origin, HashSet<MessageId> seen, Reading reading, CancellationToken cancellationToken)
    {
        var life = new SortedDictionary<Place, RecordedEvent>();
        var family = new Queue<MessageId>([origin]);
        for (var known = 0; family.Count > 0 && known < FamilyMax; known++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var member = family.Dequeue();
            if (!seen.Add(member))
                continue;
            foreach (var place in reading.Find(TimelineKey.OfMessage(member)))
            {
                if (life.ContainsKey(place) || reading.Read(place) is not { } recorded)
                    continue;
                if (recorded.Event.Message != member && recorded.Event.Origin != member)
                    continue;
                life.Add(place, recorded);
                family.Enqueue(recorded.Event.Message);
                family.Enqueue(recorded.Event.Origin);
            }
        }

        return [.. life.Values];
    }

    private static bool Fits(TimelineQuery query, TimelineEvent happened) => query switch
    {
        { Message: { } message } => happened.Message == message || happened.Origin == message,
        { MessageIdField: { Length: > 0 } field } => HasField(happened, field),
        _ => HasAddress(happened, query.Address!),
    };

    private static bool FitsLife(TimelineQuery query, List<RecordedEvent> life) =>
        (query.MessageIdField is not { Length: > 0 } field || life.Exists(e => HasField(e.Event, field)))
        && (query.Address is not { Length: > 0 } address || life.Exists(e => HasAddress(e.Event, address)));

    private static bool HasField(TimelineEvent happened, string field) =>
        happened.MessageIdField is { } own && string.Equals(TimelineKey.Bare(own), TimelineKey.Bare(field), StringComparison.OrdinalIgnoreCase);

    private static bool HasAddress(TimelineEvent happened, string address) =>
        string.Equals(happened.Sender, address, StringComparison.OrdinalIgnoreCase) || happened.Recipients.Contains(address, StringComparer.OrdinalIgnoreCase);

    /// <summary>Where a line stands; ordered as written.</summary>
    private readonly record struct Place(long Sequence, uint Offset) : IComparable<Place>
    {
        public int CompareTo(Place other) => (Sequence, Offset).CompareTo((other.Sequence, other.Offset));
    }

    /// <summary>The files as they are when a query begins, opened as they are needed.</summary>
    private sealed class Reading : IDisposable
    {
        private readonly TimelineStore _store;
        private readonly TimelineFile? _current;
        private readonly Dictionary<long, TimelineFile> _files;
        private readonly Dictionary<long, SafeFileHandle?> _handles = [];

        public Reading(TimelineStore store)
        {
            _store = store;
            lock (store._lock)
            {
                _current = store._current?.File;
                _files = store._sealed.ToDictionary(f => f.Sequence);
            }

            if (_current is not null)
                _files[_current.Sequence] = _current;
        }

        /// <summary>The places of the lines with a key, latest first.</summary>
        public IEnumerable<Place> Find(ulong key)
        {
            var left = HitsMax;
            foreach (var file in _files.Values.OrderByDescending(f => f.Sequence))
            {
                var offsets = new List<uint>();
                FindIn(file, key, offsets, left);
                left -= offsets.Count;
                foreach (var offset in offsets)
                    yield return new Place(file.Sequence, offset);
                if (left <= 0)
                    yield break;
            }
        }

        public RecordedEvent? Read(Place place)
        {
            if (!_handles.TryGetValue(place.Sequence, out var handle))
                _handles[place.Sequence] = handle = Open(_files[place.Sequence]);
            return handle is null ? null : TimelineFile.ReadLine(handle, place.Offset);
        }

        public void Dispose()
        {
            foreach (var handle in _handles.Values)
                handle?.Dispose();
        }

        private void FindIn(TimelineFile file, ulong key, List<uint> offsets, int max)
        {
            lock (_store._lock)
            {
                if (_store._current?.File == file)
                {
                    _store._current.Index.Find(key, offsets, max);
                    return;
                }
            }

            try
            {
                file.Find(key, offsets, max);
            }
            catch (FileNotFoundException)
            {
                // Its time was over; it has just been removed.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _store.LogReadFailed(e, file.LinesPath);
            }
        }

        private SafeFileHandle? Open(TimelineFile file)
        {
            try
            {
                return file.OpenLines();
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }
}

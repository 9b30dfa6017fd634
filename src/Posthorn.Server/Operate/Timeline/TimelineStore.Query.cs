using Microsoft.Win32.SafeHandles;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

// Any thread; sees everything recorded before the call.
public sealed partial class TimelineStore
{
    /// <summary>Lines looked at for one key of a query; beyond that lie the lives of long ago.</summary>
    private const int HitsMax = 100_000;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> QueryAsync(TimelineQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        _ = LifeSearch.KeyOf(query);
        await FlushAsync(cancellationToken);
        using var reading = new Reading(this);
        return await LifeSearch.LivesAsync(query, reading, cancellationToken);
    }

    /// <summary>The files as they are when a query begins, opened as they are needed.</summary>
    private sealed class Reading : ITimelineLines, IDisposable
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

        public IAsyncEnumerable<TimelinePlace> FindAsync(ulong key, CancellationToken cancellationToken) => Find(key).ToAsyncEnumerable();

        private IEnumerable<TimelinePlace> Find(ulong key)
        {
            var left = HitsMax;
            foreach (var file in _files.Values.OrderByDescending(f => f.Sequence))
            {
                var offsets = new List<uint>();
                FindIn(file, key, offsets, left);
                left -= offsets.Count;
                foreach (var offset in offsets)
                    yield return new TimelinePlace(file.Sequence, offset);
                if (left <= 0)
                    yield break;
            }
        }

        public RecordedEvent? Read(TimelinePlace place)
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

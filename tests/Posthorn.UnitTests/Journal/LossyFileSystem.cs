using Posthorn.Contracts;
using Posthorn.Files;

namespace Posthorn.UnitTests.Journal;

/// <summary>
/// A disk on which only what was synced survives, and which loses power at a given I/O: file contents since the last flush are kept,
/// dropped or cut by the seed; creations, renames and deletions since the last folder flush are kept up to some point.
/// </summary>
internal sealed class LossyFileSystem(int powerFailsAt, int seed) : IJournalFileSystem
{
    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Node> _visible = new(StringComparer.Ordinal);
    private readonly List<Action<SortedDictionary<string, Node>>> _unsyncedNames = [];
    private readonly SortedDictionary<string, Node> _durable = new(StringComparer.Ordinal);
    private int _operations;

    public int Operations => _operations;

    public bool HasFailed { get; private set; }

    public long FreeBytes => 1 << 30;

    /// <summary>What is on the disk when power comes back.</summary>
    public MemoryFileSystem AfterPowerFailure()
    {
        var random = new Random(seed);
        var files = new MemoryFileSystem();
        lock (_gate)
        {
            var kept = random.Next(_unsyncedNames.Count + 1);
            for (var i = 0; i < kept; i++)
                _unsyncedNames[i](_durable);
            foreach (var (name, node) in _durable)
                files[name] = node.AfterPowerFailure(random);
        }
        return files;
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_gate)
        {
            var prefix = folder.Length == 0 ? "" : folder + "/";
            return [.. _visible.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name[prefix.Length..].Contains('/', StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        }
    }

    public ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        lock (_gate)
        {
            if (intent == OpenIntent.Create)
            {
                Step();
                var node = new Node(this);
                Rename(names => names[name] = node);
            }
            return _visible.TryGetValue(name, out var found) ? ValueTask.FromResult<IJournalFile>(found) : throw new FileNotFoundException(name);
        }
    }

    public ValueTask RenameAsync(string from, string to)
    {
        lock (_gate)
        {
            Step();
            Rename(names =>
            {
                if (names.Remove(from, out var node))
                    names[to] = node;
            });
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(string name)
    {
        lock (_gate)
        {
            Step();
            Rename(names => names.Remove(name));
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushFolderAsync(string folder)
    {
        lock (_gate)
        {
            // All names at once: the engine flushes every folder it changed, and a rename between two is one change.
            Step();
            foreach (var change in _unsyncedNames)
                change(_durable);
            _unsyncedNames.Clear();
        }
        return ValueTask.CompletedTask;
    }

    private void Rename(Action<SortedDictionary<string, Node>> change)
    {
        change(_visible);
        _unsyncedNames.Add(change);
    }

    private void Step()
    {
        if (_operations++ >= powerFailsAt)
            HasFailed = true;
        if (HasFailed)
            throw new IOException("Power has failed.");
    }

    private sealed class Node(LossyFileSystem disk) : IJournalFile
    {
        private byte[] _bytes = [];
        private byte[] _synced = [];

        public long Length => _bytes.Length;

        public byte[] AfterPowerFailure(Random random)
        {
            // By sectors of 512 bytes, each as it was or as it became; now and then all or nothing.
            var mode = random.Next(4);
            var result = random.Next(2) == 0 ? new byte[_bytes.Length] : new byte[Math.Max(_synced.Length, mode == 0 ? 0 : _bytes.Length)];
            _synced.AsSpan(0, Math.Min(_synced.Length, result.Length)).CopyTo(result);
            for (var at = 0; at < Math.Min(result.Length, _bytes.Length); at += 512)
            {
                if (mode == 1 || (mode >= 2 && random.Next(2) == 0))
                    _bytes.AsSpan(at, Math.Min(512, Math.Min(_bytes.Length, result.Length) - at)).CopyTo(result.AsSpan(at));
            }
            return result.Length < _synced.Length ? _synced : result;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> target)
        {
            lock (disk._gate)
            {
                var count = (int)Math.Clamp(_bytes.Length - offset, 0, target.Length);
                _bytes.AsMemory((int)Math.Min(offset, _bytes.Length), count).CopyTo(target);
                return ValueTask.FromResult(count);
            }
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
        {
            lock (disk._gate)
            {
                var end = (int)offset + source.Length;
                if (end > _bytes.Length)
                    Array.Resize(ref _bytes, end);
                source.CopyTo(_bytes.AsMemory((int)offset));
                disk.Step();
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync()
        {
            lock (disk._gate)
            {
                disk.Step();
                _synced = [.. _bytes];
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask SetLengthAsync(long length)
        {
            lock (disk._gate)
            {
                disk.Step();
                Array.Resize(ref _bytes, (int)length);
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

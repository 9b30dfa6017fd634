using Posthorn.Files;

namespace Posthorn.Contracts;

/// <summary>A folder in memory that forgets nothing: for what is not about the disk. (What is about it has the simulator's.)</summary>
public sealed class MemoryFileSystem : IJournalFileSystem
{
    private readonly Lock _lock = new(); // Guards the names and every file's bytes.
    private readonly SortedDictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);

    public long FreeBytes { get; set; } = 1L << 40;

    public IReadOnlyList<string> List(string folder)
    {
        lock (_lock)
        {
            var prefix = folder.Length == 0 ? "" : folder + "/";
            return [.. _files.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]).Where(n => !n.Contains('/', StringComparison.Ordinal))];
        }
    }

    public ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        lock (_lock)
        {
            if (intent == OpenIntent.Create && !_files.TryAdd(name, new MemoryFile(_lock)))
                throw new IOException($"{name} exists.");
            return ValueTask.FromResult<IJournalFile>(_files.TryGetValue(name, out var file) ? file : throw new FileNotFoundException($"{name} does not exist."));
        }
    }

    public ValueTask RenameAsync(string from, string to)
    {
        lock (_lock)
        {
            if (!_files.Remove(from, out var file))
                throw new FileNotFoundException($"{from} does not exist.");
            _files[to] = file;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(string name)
    {
        lock (_lock)
            _files.Remove(name);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushFolderAsync(string folder) => ValueTask.CompletedTask;

    private sealed class MemoryFile(Lock guard) : IJournalFile
    {
        private byte[] _bytes = [];
        private int _length;

        public long Length
        {
            get
            {
                lock (guard)
                    return _length;
            }
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> target)
        {
            lock (guard)
            {
                var count = (int)Math.Clamp(_length - offset, 0, target.Length);
                if (count > 0)
                    _bytes.AsSpan((int)offset, count).CopyTo(target.Span);
                return ValueTask.FromResult(count);
            }
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
        {
            lock (guard)
            {
                Grow(offset + source.Length);
                source.CopyTo(_bytes.AsMemory((int)offset));
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync() => ValueTask.CompletedTask;

        public ValueTask SetLengthAsync(long length)
        {
            lock (guard)
            {
                Grow(length);
                _bytes.AsSpan((int)length).Clear();
                _length = (int)length;
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Grow(long length)
        {
            if (length > _bytes.Length)
                Array.Resize(ref _bytes, (int)Math.Max(length, Math.Min(_bytes.Length * 2L, 1 << 30)));
            _length = (int)Math.Max(_length, length);
        }
    }
}

using Posthorn.Files;

namespace Posthorn.UnitTests.Pipeline;

/// <summary>A folder in memory. Never fails; durable at once.</summary>
internal sealed class MemoryFolder : IJournalFileSystem
{
    private readonly Dictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);

    public long FreeBytes => 1L << 40;

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_files)
                return _files.Keys.Order(StringComparer.Ordinal).ToArray();
        }
    }

    public byte[] Read(string name)
    {
        lock (_files)
            return _files[name].ToArray();
    }

    public IReadOnlyList<string> List(string folder)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        lock (_files)
            return _files.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..])
                .Where(n => !n.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
    }

    public ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        lock (_files)
        {
            if (intent == OpenIntent.Create)
            {
                if (!_files.TryAdd(name, new MemoryFile()))
                    throw new IOException($"{name} exists.");
            }
            else if (!_files.ContainsKey(name))
            {
                throw new FileNotFoundException(name);
            }

            return new ValueTask<IJournalFile>(_files[name]);
        }
    }

    public ValueTask RenameAsync(string from, string to)
    {
        lock (_files)
        {
            if (!_files.Remove(from, out var file))
                throw new FileNotFoundException(from);
            _files[to] = file;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(string name)
    {
        lock (_files)
            _files.Remove(name);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushFolderAsync(string folder) => ValueTask.CompletedTask;

    private sealed class MemoryFile : IJournalFile
    {
        private readonly Lock _lock = new();
        private byte[] _bytes = [];
        private int _length;

        public long Length => _length;

        public byte[] ToArray()
        {
            lock (_lock)
                return _bytes[.._length];
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> target)
        {
            lock (_lock)
            {
                var count = (int)Math.Clamp(_length - offset, 0, target.Length);
                _bytes.AsSpan((int)Math.Min(offset, _length), count).CopyTo(target.Span);
                return new ValueTask<int>(count);
            }
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
        {
            lock (_lock)
            {
                Grow((int)offset + source.Length);
                source.Span.CopyTo(_bytes.AsSpan((int)offset));
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync() => ValueTask.CompletedTask;

        public ValueTask SetLengthAsync(long length)
        {
            lock (_lock)
            {
                Grow((int)length);
                _length = (int)length;
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Grow(int length)
        {
            if (length > _bytes.Length)
                Array.Resize(ref _bytes, Math.Max(length, _bytes.Length * 2));
            _length = Math.Max(_length, length);
        }
    }
}
